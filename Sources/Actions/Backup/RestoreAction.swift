// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
package import Model
import Production
import Store

/// Makes a store of a backup.
package struct RestoreAction {
  private let actor: AuditActor

  package init(actor: AuditActor) {
    self.actor = actor
  }

  /// Verifies the backup, copies it, comparing each byte again, and disarms purging in the new store.
  ///
  /// - Parameters:
  ///   - backup: The backup's folder.
  ///   - folder: New or empty.
  ///   - progress: Gets the bytes done and those to do; a throw stops the work.
  /// - Returns: What the check of the backup found, which is nothing.
  /// - Throws: `StoreError` with `.damaged` or `.audit` for a backup that does not verify, `.exists`
  ///   for a folder that is not empty; what `progress` throws. Nothing is left in the folder then.
  package func run(
    _ backup: String, to folder: String,
    progress: (Int64, Int64) throws -> Void = { _, _ in }
  ) throws -> BackupVerification {
    try check(backup, folder)
    let verified = try verifiedBackup(backup) { try progress($0, 2 * $1) }
    let manifest = verified.manifest
    let restoration = try StoreRestoration(at: folder)
    try Store.requireSpace(manifest.byteCount, in: folder)
    var done = manifest.byteCount
    for file in manifest.files {
      try copy(file, from: backup, to: restoration.staging) {
        try progress(done + $0, 2 * manifest.byteCount)
      }
      done += file.byteCount
    }
    try restoration.finish(
      manifest.id, manifest.outcome(verified.manifestDigest),
      from: URL(fileURLWithPath: backup).standardizedFileURL.path, as: actor)
    return verified
  }

  /// Checks all that ``run(_:to:progress:)`` checks, and writes nothing.
  ///
  /// - Parameters:
  ///   - backup: The backup's folder.
  ///   - folder: New or empty.
  ///   - progress: Gets the bytes done and those to do; a throw stops the work.
  /// - Returns: What the check of the backup found, which is nothing.
  /// - Throws: As it does.
  package func rehearse(
    _ backup: String, to folder: String,
    progress: (Int64, Int64) throws -> Void = { _, _ in }
  ) throws -> BackupVerification {
    try check(backup, folder)
    return try verifiedBackup(backup, progress)
  }

  private func check(_ backup: String, _ folder: String) throws {
    guard !isFolder(folder, in: backup) else {
      throw StoreError(.usage, "\(folder) would lie in the backup itself; name another place")
    }
    try StoreRestoration.checkCanRestore(at: folder)
  }

  private func verifiedBackup(
    _ backup: String, _ progress: (Int64, Int64) throws -> Void
  ) throws -> BackupVerification {
    let verified = try BackupCheck.verify(backup, progress: progress)
    guard let first = verified.findings.first else { return verified }
    throw StoreError(
      verified.isAuditAlone ? .audit : .damaged,
      "the backup \(backup) does not verify (\(first)); restore another one, or take another copy "
        + "of it", objects: verified.findings.map(\.path))
  }

  private func copy(
    _ file: BackupManifest.File, from backup: String, to staging: String,
    _ progress: (Int64) throws -> Void
  ) throws {
    let input = try InputFile(backup + "/" + file.path)
    let output = try OutputFile(creating: staging + "/" + file.path, hashing: .sha256)
    try input.forEachPiece(byteCount: file.byteCount) { piece in
      try output.write(piece)
      try progress(output.byteCount)
    }
    try output.close(syncing: true)
    guard output.sha256() == file.sha256 else {
      throw StoreError(
        .damaged, "\(input.path) changed while it was read; restore again",
        objects: [file.path])
    }
  }
}
