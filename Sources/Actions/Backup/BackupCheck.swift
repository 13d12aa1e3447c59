// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import Model
import Production
package import Store

/// Something that is not as it was when a backup was made.
package struct BackupFinding: Hashable, Sendable, CustomStringConvertible {
  /// What is wrong; the texts are stable.
  package enum Code: String, Sendable, CaseIterable {
    case fileMissing = "FILE_MISSING"
    /// Something that the manifest does not name.
    case fileAdded = "FILE_ADDED"
    case sizeMismatch = "SIZE_MISMATCH"
    case digestMismatch = "DIGEST_MISMATCH"
    /// A database cannot be read, or SQLite's own check of it fails.
    case fileDamaged = "FILE_DAMAGED"
    /// The audit chain does not verify.
    case auditBroken = "AUDIT_BROKEN"
    /// Catalog and manifest tell different things.
    case factMismatch = "FACT_MISMATCH"
    /// A partition does not end where the catalog says.
    case markMismatch = "MARK_MISMATCH"
  }

  package var code: Code
  /// From the backup's folder.
  package var path: String
  /// One sentence; escaped when shown.
  package var detail: String

  package var description: String { "\(code.rawValue) \(path): \(detail)" }
}

/// What a check of a backup found.
package struct BackupVerification: Sendable {
  package var path: String
  package var manifest: BackupManifest
  package var manifestDigest: SHA256Digest
  package var findings: [BackupFinding]

  package var isIntact: Bool { findings.isEmpty }
  /// Whether the audit chain is all that is wrong.
  package var isAuditAlone: Bool {
    !isIntact && findings.allSatisfy { $0.code == .auditBroken }
  }
}

/// Checks a backup; needs no store and writes nothing.
package enum BackupCheck {
  /// Reads every byte and compares it with the manifest, then the databases with each other.
  ///
  /// - Parameters:
  ///   - path: The backup.
  ///   - progress: Gets the bytes read and those to read; a throw stops the work.
  /// - Returns: What was found.
  /// - Throws: `StoreError` with `.notFound` when there is nothing, `.damaged` when it is no backup,
  ///   `.format` or `.version` for one of another version; what `progress` throws.
  package static func verify(
    _ path: String, progress: (Int64, Int64) throws -> Void = { _, _ in }
  ) throws -> BackupVerification {
    guard FileManager.default.fileExists(atPath: path) else {
      throw StoreError(.notFound, "there is no backup \(path)", objects: [path])
    }
    let (manifest, digest) = try BackupManifest.read(in: path)
    var findings = try strangers(in: path, manifest)
    var done: Int64 = 0
    for file in manifest.files {
      let all = manifest.byteCount
      if let finding = try compare(file, in: path, { try progress(done + $0, all) }) {
        findings.append(finding)
      }
      done += file.byteCount
    }
    // What a file of other bytes says is not worth hearing.
    if findings.allSatisfy({ $0.code == .fileAdded }) {
      findings += try contentFindings(in: path, manifest)
    }
    return BackupVerification(
      path: path, manifest: manifest, manifestDigest: digest, findings: findings)
  }

  private static func compare(
    _ file: BackupManifest.File, in folder: String, _ progress: (Int64) throws -> Void
  ) throws -> BackupFinding? {
    let path = folder + "/" + file.path
    guard let input = try? InputFile(path) else {
      return BackupFinding(
        code: .fileMissing, path: file.path,
        detail: "the manifest names it, and there is no such file that can be read")
    }
    let byteCount = try input.byteCount()
    guard byteCount == file.byteCount else {
      return BackupFinding(
        code: .sizeMismatch, path: file.path,
        detail: "it has \(byteCount) bytes, the manifest says \(file.byteCount)")
    }
    let found: BackupManifest.File
    do {
      found = try hashedFile(file.path, in: folder, progress)
    } catch let error as ProductionError {
      return BackupFinding(code: .fileDamaged, path: file.path, detail: error.message)
    }
    guard found.sha256 == file.sha256 else {
      return BackupFinding(
        code: .digestMismatch, path: file.path,
        detail: "its SHA-256 is not the one in the manifest")
    }
    return nil
  }

  /// Files, folders and links that the manifest does not name.
  private static func strangers(
    in folder: String, _ manifest: BackupManifest
  ) throws -> [BackupFinding] {
    let known = Set(manifest.files.map(\.path) + [BackupManifest.name, "partitions", "blobs"])
    return try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
      .filter { !known.contains($0) }
      .map {
        BackupFinding(code: .fileAdded, path: $0, detail: "the manifest does not name it")
      }
  }

  private static func contentFindings(
    in folder: String, _ manifest: BackupManifest
  ) throws -> [BackupFinding] {
    let contents = BackupContents(folder: folder)
    let catalog = StoreSnapshot.catalogName
    var findings: [BackupFinding] = []
    do {
      let facts = try contents.facts()
      let beginning = try contents.beginning(of: manifest.id)
      let name = beginning.flatMap {
        JSONValue(canonicalFile: Array($0.after.utf8))?["store_name"]?.stringValue
      }
      if facts != manifest.facts || beginning?.time != manifest.time
        || beginning?.actor != manifest.actor || name != manifest.storeName
      {
        findings.append(
          BackupFinding(
            code: .factMismatch, path: catalog,
            detail: "the manifest tells another store, backup, actor, count or audit head"))
      }
      let check = try contents.checkCatalog()
      findings += check.findings.map {
        BackupFinding(code: .fileDamaged, path: catalog, detail: $0.detail)
      }
      findings += check.audit.defects.map {
        BackupFinding(code: .auditBroken, path: catalog, detail: $0.detail)
      }
      let listed = Dictionary(manifest.files.map { ($0.path, $0) }) { first, _ in first }
      for blob in try contents.blobs() where listed[blob.path]?.sha256 != blob.digest {
        findings.append(
          BackupFinding(
            code: .factMismatch, path: blob.path,
            detail: "the catalog names this file, and the manifest does not have it so"))
      }
    } catch let error as StoreError where error.code == .damaged {
      findings.append(BackupFinding(code: .fileDamaged, path: catalog, detail: error.description))
    }
    for partition in manifest.facts.partitions {
      do {
        let last = try contents.lastRecord(of: partition)
        guard last != partition.mark.record else { continue }
        findings.append(
          BackupFinding(
            code: .markMismatch, path: partition.path,
            detail: "it ends at record \(last), the catalog at \(partition.mark.record)"))
      } catch let error as StoreError {
        findings.append(
          BackupFinding(code: .fileDamaged, path: partition.path, detail: error.description))
      }
    }
    return findings
  }
}

/// Whether a backup on record still stands where it was made.
package enum BackupPresence: String, Sendable, CaseIterable {
  /// Its manifest is the recorded one, and each file has its size.
  case present
  /// Something else stands there, or a file lacks or has another size.
  case changed
  case missing
  /// It was never complete.
  case none

  /// Looks at the sizes of the files alone; ``BackupCheck/verify(_:progress:)`` reads them.
  package init(of record: BackupRecord) {
    guard record.state != .failed else {
      self = .none
      return
    }
    guard FileManager.default.fileExists(atPath: record.path) else {
      self = record.state == .complete ? .missing : .none
      return
    }
    guard let (manifest, digest) = try? BackupManifest.read(in: record.path),
      manifest.id == record.id, record.state == .running || digest == record.manifestDigest
    else {
      self = .changed
      return
    }
    let isWhole = manifest.files.allSatisfy { file in
      (try? InputFile(record.path + "/" + file.path).byteCount()) == file.byteCount
    }
    self = isWhole ? .present : .changed
  }
}
