// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
package import Model
import Production
package import Store

/// What a backup holds, or of a rehearsal would hold.
package struct BackupReport: Sendable {
  /// Nil of a rehearsal.
  package var id: ObjectID?
  package var path: String
  package var conversationCount: Int
  package var itemCount: Int
  package var holdCount: Int
  package var eventCount: Int64
  package var fileCount: Int
  /// Bytes of the store's files, without the manifest.
  package var byteCount: Int64
  package var manifestDigest: SHA256Digest?
}

/// Makes a backup of a store while others work on it.
package struct BackupAction {
  private let store: Store
  private let actor: AuditActor
  private let wait: Duration

  /// - Parameters:
  ///   - store: Opened for writing; for a rehearsal for reading.
  ///   - actor: Who makes the backup.
  ///   - wait: How long to wait while another process makes one.
  package init(store: Store, actor: AuditActor, wait: Duration = .zero) {
    self.store = store
    self.actor = actor
    self.wait = wait
  }

  /// Makes the backup: it appears complete under its name, or not at all.
  ///
  /// - Parameters:
  ///   - path: The folder that it becomes; there must be nothing.
  ///   - progress: Gets the bytes done and those to do; a throw stops the work.
  /// - Returns: What it holds.
  /// - Throws: `StoreError`, `ProductionError`, or what `progress` throws; nothing is left then but
  ///   the record of the attempt.
  package func run(
    to path: String, progress: @escaping (Int64, Int64) throws -> Void = { _, _ in }
  ) throws -> BackupReport {
    let place = try Place(path, of: store)
    let lock = try whenFree(
      within: wait, { try progress(0, 0) }, { try store.lockJob("backup", as: actor, wait: $0) })
    return try withExtendedLifetime(lock) {
      try settleLost()
      let record = try store.change(as: actor) {
        try $0.startBackup(at: place.path, storeName: storeName)
      }
      let manifest: BackupManifest
      let digest: SHA256Digest
      do {
        (manifest, digest) = try make(record, at: place, progress)
      } catch {
        let reason = String(describing: type(of: error))
        try? store.change(as: actor) { change in
          // The name may have been given before something went wrong.
          try stands(record)
            ? change.completeBackup(record) : change.failBackup(record, reason: reason)
        }
        throw error
      }
      try store.change(as: actor) { try $0.completeBackup(record) }
      var report = BackupReport(manifest.facts, path: place.path)
      report.id = record.id
      report.fileCount = manifest.files.count
      report.byteCount = manifest.byteCount
      report.manifestDigest = digest
      return report
    }
  }

  /// Tells what ``run(to:progress:)`` would make now; takes no lock and writes nothing.
  ///
  /// - Throws: `StoreError` as it would.
  package func rehearse(to path: String) throws -> BackupReport {
    let place = try Place(path, of: store)
    let rehearsal = try store.rehearsal()
    try rehearsal.change(as: actor) { change in
      for (record, fate) in try lost() { try settle(record, fate, in: change) }
      _ = try change.startBackup(at: place.path, storeName: storeName)
    }
    let snapshot = try StoreSnapshot(rehearsing: store)
    var report = BackupReport(snapshot.facts, path: place.path)
    report.fileCount = snapshot.fileCount
    report.eventCount = try rehearsal.read { try $0.auditHead().count }
    report.byteCount =
      snapshot.partitionByteCount + (try rehearsal.read { try $0.byteCount() })
    try place.requireSpace(report.byteCount)
    return report
  }

  private var storeName: String { URL(fileURLWithPath: store.folder).lastPathComponent }

  private func make(
    _ record: BackupRecord, at place: Place, _ progress: (Int64, Int64) throws -> Void
  ) throws -> (BackupManifest, SHA256Digest) {
    let snapshot = try StoreSnapshot(store, as: actor)
    let byteCount = snapshot.catalogByteCount + snapshot.partitionByteCount
    try place.requireSpace(byteCount)
    // One name for all backups of the store in a folder, so that the next one removes what a killed
    // one left, whatever that was to be called.
    let staging = try StagingFolder(
      in: place.parent, for: stagingName(snapshot.facts.store.id))
    let folder = staging.path + "/backup"
    // Each byte is copied and then hashed as it lies there.
    let paths = try snapshot.copy(to: folder) { try progress($0, 2 * byteCount) }
    var files: [BackupManifest.File] = []
    var done = byteCount
    for path in paths {
      let file = try hashedFile(path, in: folder) { try progress(done + $0, 2 * byteCount) }
      done += file.byteCount
      files.append(file)
    }
    let manifest = BackupManifest(
      id: record.id, facts: snapshot.facts,
      storeName: storeName, time: record.created, actor: actor, files: files)
    let output = try OutputFile(
      creating: folder + "/" + BackupManifest.name, hashing: .sha256)
    try output.write(manifest.bytes.span)
    try output.close(syncing: true)
    try syncFolder(folder)
    let digest = output.sha256()
    try store.change(as: actor) { try $0.noteWritten(record, manifest.outcome(digest)) }
    try staging.publish("backup", as: place.path, replacing: false)
    return (manifest, digest)
  }

  private func stagingName(_ store: ObjectID) -> String { "custody-backup-" + store.text }

  // MARK: - Backups whose process died

  /// What became of a backup whose process died.
  private enum Fate {
    case complete
    case failed
  }

  /// Whether a backup stands whole under its name.
  private func stands(_ record: BackupRecord) -> Bool {
    (try? BackupManifest.read(in: record.path).0.id) == record.id
  }

  /// The backups on record that never ended, with what became of them.
  ///
  /// One that was written, and neither stands under its name nor lies beside it, is left, and so is one
  /// whose folder is not there: its disk may be elsewhere, with what was copied.
  private func lost() throws -> [(BackupRecord, Fate)] {
    let store = try self.store.read { try $0.storeDescription().id }
    return try self.store.read { try $0.backups() }.filter { $0.state == .running }
      .compactMap { record in
        if stands(record) { return (record, .complete) }
        let left = folder(of: record) + "/." + stagingName(store) + ".partial/backup"
        let isUnnamed = FileManager.default.fileExists(
          atPath: record.manifestDigest == nil ? folder(of: record) : left)
        return isUnnamed ? (record, .failed) : nil
      }
  }

  private func settleLost() throws {
    let id = try store.read { try $0.storeDescription().id }
    let lost = try lost().filter { record, fate in
      // What it left holds content of the store. Making the place anew takes it away; where that cannot
      // be done, it is not settled.
      fate == .complete
        || (try? StagingFolder(in: folder(of: record), for: stagingName(id))) != nil
    }
    guard !lost.isEmpty else { return }
    try store.change(as: actor) { change in
      for (record, fate) in lost { try settle(record, fate, in: change) }
    }
  }

  private func settle(_ record: BackupRecord, _ fate: Fate, in change: Change) throws {
    switch fate {
    case .complete: try change.completeBackup(record)
    case .failed:
      try change.failBackup(record, reason: "the process ended before the backup")
    }
  }

  private func folder(of record: BackupRecord) -> String {
    URL(fileURLWithPath: record.path).deletingLastPathComponent().path
  }
}

extension BackupReport {
  fileprivate init(_ facts: StoreFacts, path: String) {
    self.init(
      path: path, conversationCount: facts.conversationCount, itemCount: facts.itemCount,
      holdCount: facts.holdCount, eventCount: facts.auditHead.count,
      fileCount: facts.partitions.count + 1, byteCount: 0)
  }
}

/// Where a backup is to stand.
private struct Place {
  let path: String
  let parent: String

  /// - Throws: `StoreError` with `.exists` when something is there, `.storage` when the folder that
  ///   it goes into is not, `.usage` for a place in the store itself.
  init(_ path: String, of store: Store) throws {
    let url = URL(fileURLWithPath: path).standardizedFileURL
    self.path = url.path
    parent = url.deletingLastPathComponent().path
    guard !FileManager.default.fileExists(atPath: self.path) else {
      throw StoreError(.exists, "\(self.path) is there already; name another place")
    }
    var isDirectory: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: parent, isDirectory: &isDirectory),
      isDirectory.boolValue
    else { throw StoreError(.storage, "there is no folder \(parent); make it first") }
    guard !isFolder(parent, in: store.folder) else {
      throw StoreError(.usage, "\(self.path) would lie in the store itself; name another place")
    }
  }

  /// Says at once that a disk is too small, rather than when it is full.
  func requireSpace(_ byteCount: Int64) throws {
    try Store.requireSpace(byteCount, in: parent)
  }
}

/// Whether a folder is another or lies in it, whatever links lead there.
func isFolder(_ path: String, in folder: String) -> Bool {
  let inner = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  let outer = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
  return inner == outer || inner.hasPrefix(outer.hasSuffix("/") ? outer : outer + "/")
}
