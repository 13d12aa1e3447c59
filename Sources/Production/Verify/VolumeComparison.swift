// SPDX-License-Identifier: Apache-2.0
import Bytes
import Glibc
import Model

/// One thing in which two volumes differ.
package struct VolumeDifference: Sendable, Hashable {
  /// What kind of thing.
  ///
  /// The texts are stable: scripts may compare them.
  package enum Kind: String, Sendable, CaseIterable {
    /// A document that the second volume alone has.
    case documentAdded = "document-added"
    /// A document that the first volume alone has.
    case documentRemoved = "document-removed"
    /// A document of both with other values or files.
    case documentChanged = "document-changed"
    /// What the manifests say of options, scope or counts.
    case manifest
    /// A file outside the documents.
    case file
  }

  package var kind: Kind
  /// A control number, a member of the manifest, or a path.
  package var object: String
  /// The fields or files of a document that differ, in order; of a member both values.
  package var details: [String]

  package init(kind: Kind, object: String, details: [String]) {
    self.kind = kind
    self.object = object
    self.details = details
  }
}

/// Says what differs between two volumes, document by document.
package enum VolumeComparison {
  /// Compares two folders, bags or archives of one layout.
  ///
  /// Documents are told apart by their control numbers, which a case gives once. Every byte is read,
  /// and nothing is kept but digests.
  ///
  /// - Parameters:
  ///   - first: A volume.
  ///   - second: Another one.
  ///   - passphrase: Opens those that are encrypted.
  /// - Returns: The differences: manifest, documents in the order of their numbers, files.
  /// - Throws: `ProductionError`: `.notAVolume` when one of them is none, cannot be read whole or has
  ///   another layout than the other, `.encrypted` when the passphrase does not open one.
  package static func differences(
    _ first: String, _ second: String, passphrase: String? = nil
  ) throws -> [VolumeDifference] {
    let old = try contents(first, passphrase)
    let new = try contents(second, passphrase)
    func layout(_ manifest: JSONValue) -> String? { manifest["options"]?["layout"]?.stringValue }
    guard layout(old.manifest) == layout(new.manifest) else {
      throw ProductionError(
        .notAVolume, "one has load files and the other is a report, so they cannot be compared")
    }
    var result = manifestDifferences(old.manifest, new.manifest)
    result += documentDifferences(old.contents, new.contents)
    result += fileDifferences(old.contents, new.contents)
    return result
  }

  private static func contents(
    _ path: String, _ passphrase: String?
  ) throws -> (contents: VolumeContents, manifest: JSONValue) {
    var report = VerificationReport(path: path)
    var facts = stat()
    guard unsafe stat(path, &facts) == 0 else { throw fileError("examine", path) }
    let isBag = exists(path + "/bagit.txt")
    var contents = VolumeContents(withFields: true, passphrase: passphrase)
    if facts.st_mode & S_IFMT == S_IFDIR {
      try contents.read(folder: isBag ? path + "/data" : path, report: &report)
    } else {
      try contents.read(archive: path, report: &report)
    }
    if contents.isPassphraseRefused {
      throw ProductionError(.encrypted, "the passphrase does not open \(path)")
    }
    if contents.hasEncryptedMembers, passphrase == nil {
      throw ProductionError(.encrypted, "\(path) is encrypted, and no passphrase was given")
    }
    if let problem = report.problems.first {
      throw ProductionError(.notAVolume, "\(path) cannot be read whole: \(problem)")
    }
    guard let bytes = contents.lists["MANIFEST/manifest.json"],
      let manifest = JSONValue(canonicalFile: bytes),
      contents.loadFile.hasConcordance || contents.loadFile.report != nil,
      contents.loadFile.defects.isEmpty
    else {
      throw ProductionError(
        .notAVolume, "\(path) is no volume whose documents can be read; see custody export verify")
    }
    return (contents, manifest)
  }

  private static func manifestDifferences(
    _ old: JSONValue, _ new: JSONValue
  ) -> [VolumeDifference] {
    // What follows from the rest.
    let derived: Set<String> = ["manifest_id", "files_sha256", "tree"]
    let (before, after) = (flattened(old), flattened(new))
    return Set(before.keys).union(after.keys).sorted().filter { key in
      before[key] != after[key] && !derived.contains(String(key.prefix { $0 != "." }))
    }.map { key in
      VolumeDifference(
        kind: .manifest, object: key, details: [before[key] ?? "", after[key] ?? ""])
    }
  }

  private static func flattened(_ value: JSONValue, _ prefix: String = "") -> [String: String] {
    guard case .object(let members) = value else {
      return [prefix: value.stringValue ?? value.canonical]
    }
    var result: [String: String] = [:]
    for (key, member) in members {
      result.merge(flattened(member, prefix.isEmpty ? key : prefix + "." + key)) { $1 }
    }
    return result
  }

  private static func documentDifferences(
    _ old: VolumeContents, _ new: VolumeContents
  ) -> [VolumeDifference] {
    let (before, oldNames) = documents(old)
    let (after, newNames) = documents(new)
    let columns = columns(oldNames, newNames)
    var result: [VolumeDifference] = []
    for number in Set(before.keys).union(after.keys).sorted(by: {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }) {
      guard let first = before[number] else {
        result.append(VolumeDifference(kind: .documentAdded, object: number, details: []))
        continue
      }
      guard let second = after[number] else {
        result.append(VolumeDifference(kind: .documentRemoved, object: number, details: []))
        continue
      }
      var details: [String] = []
      for column in columns
      where column.old.map({ first.fieldHashes[$0] }) != column.new.map({ second.fieldHashes[$0] })
      {
        details.append(column.name)
      }
      for (index, paths) in zip(first.paths, second.paths).enumerated() {
        guard !paths.0.isEmpty, !paths.1.isEmpty, index > 0,
          old.entries[paths.0]?.digests.sha256 != new.entries[paths.1]?.digests.sha256
        else { continue }
        details.append(paths.1)
      }
      if !details.isEmpty {
        result.append(
          VolumeDifference(kind: .documentChanged, object: number, details: details))
      }
    }
    return result
  }

  private struct Document {
    var fieldHashes: [UInt64]
    var paths: [String]
  }

  // By control number, with the names of their fields.
  private static func documents(
    _ contents: VolumeContents
  ) -> (documents: [String: Document], names: [String]) {
    if let report = contents.loadFile.report {
      let documents = report.items.map {
        ($0.number, Document(fieldHashes: $0.fieldHashes, paths: $0.paths))
      }
      return (Dictionary(documents) { first, _ in first }, report.itemColumns)
    }
    let documents = contents.loadFile.records.map {
      ($0.begin, Document(fieldHashes: $0.fieldHashes, paths: $0.paths))
    }
    return (Dictionary(documents) { first, _ in first }, contents.loadFile.fieldNames)
  }

  // The fields of both load files with their places in each.
  private static func columns(
    _ old: [String], _ new: [String]
  ) -> [(name: String, old: Int?, new: Int?)] {
    (old + new.filter { !old.contains($0) }).map { name in
      (name, old.firstIndex(of: name), new.firstIndex(of: name))
    }
  }

  // Files of documents are told with them, lists follow from the files, and signatures from the lists
  // and the signer that the manifest names.
  private static func fileDifferences(
    _ old: VolumeContents, _ new: VolumeContents
  ) -> [VolumeDifference] {
    let before = Set(old.entries.keys)
    let after = Set(new.entries.keys)
    let folders: Set<Substring> = [
      "MANIFEST", "NATIVES", "TEXT", "HTML", "RSMF", "EML", "natives", "text", "transcripts",
    ]
    return before.union(after).sorted().filter { path in
      let folder = path.prefix { $0 != "/" }
      return (!folders.contains(folder) || EvidenceFile.recorded.contains(path))
        && old.entries[path]?.digests.sha256 != new.entries[path]?.digests.sha256
    }.map { path in
      let what =
        !before.contains(path) ? "added" : !after.contains(path) ? "removed" : "changed"
      return VolumeDifference(kind: .file, object: path, details: [what])
    }
  }
}
