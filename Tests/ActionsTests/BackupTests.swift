// SPDX-License-Identifier: Apache-2.0
import Actions
import Bytes
import Foundation
import Model
import Query
import Store
import TestSupport
import Testing

/// What several tests of backups need.
enum BackupSample {
  static let actor = AuditActor.current(program: "test", command: "test")

  /// A store of the sample matter with a hold, a policy and several partitions.
  static func store(in folder: URL, _ name: String = "store") throws -> Store {
    let store = try Store.create(at: folder.appendingPathComponent(name).path, as: actor)
    _ = try ImportAction(store: store, actor: actor).run([
      Repository.root.appendingPathComponent("Samples/export.zip").path
    ])
    try store.change(as: actor) { change in
      let matter = try change.createMatter(name: "pier")
      _ = try change.createHold(
        name: "kept", in: matter, HoldDefinition(scope: Scope(everyone: true), reason: "a claim"))
    }
    return store
  }

  /// All files, folders and links below a folder.
  static func paths(in folder: URL) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
  }

  /// A backup of a new sample store.
  static func backup(in folder: URL) throws -> (store: Store, backup: URL) {
    let store = try store(in: folder)
    let backup = folder.appendingPathComponent("backup", isDirectory: true)
    _ = try BackupAction(store: store, actor: actor).run(to: backup.path)
    return (store, backup)
  }
}

/// The status that a body's error asks for; nil when it throws none of the store's.
func status(_ body: () throws -> Void) -> Model.ExitStatus? {
  do {
    try body()
    return nil
  } catch {
    return (error as? StoreError)?.code
  }
}

@Suite("A backup")
struct BackupTests {
  private static var actor: AuditActor { BackupSample.actor }

  /// What a store says to those who ask.
  private static func answers(_ store: Store) throws -> [String] {
    var lines: [String] = []
    try Searcher(store).forEachHit(.all) { hit in
      lines.append("\(hit.id) \(hit.version) \(hit.custodian) \(hit.title) \(hit.body)")
      return true
    }
    try store.read { catalog in
      lines += try catalog.holds().map { "\($0)" }
      lines += try catalog.policies().map { "\($0)" }
      lines += try catalog.custodians().map { "\($0)" }
    }
    return lines
  }

  private static func findings(_ store: Store) throws -> [Finding] {
    var findings: [Finding] = []
    _ = try ContentVerifier(store, actor: actor).verify { findings.append($0) }
    return findings
  }

  @Test("restored, has the content, holds, policies and audit chain of its source")
  func restored() async throws {
    try await withTemporaryDirectory { folder in
      let (source, backup) = try BackupSample.backup(in: folder)
      let verified = try RestoreAction(actor: Self.actor).run(
        backup.path, to: folder.appendingPathComponent("restored").path)
      #expect(verified.isIntact)
      let store = try Store.open(
        at: folder.appendingPathComponent("restored").path, access: .writing)
      #expect(try Self.answers(store) == Self.answers(source))
      #expect(try Self.findings(store) == [])
      let head = verified.manifest.facts.auditHead
      let events = try (
        source.read { try $0.events() }, store.read { try $0.events() }
      )
      // Newest first: the source went on with the backup's end, the copy with its restoration.
      #expect(events.0.dropFirst(2).first?.digest == head.digest.bytes)
      #expect(
        events.0.dropFirst(2).map(\.line) == events.1.filter { $0.seq <= head.count }.map(\.line))
      let added = events.1.filter { $0.seq > head.count }
      #expect(added.map(\.action) == ["retention.disarm", "store.restore"])
      #expect(added.last?.after.contains(verified.manifestDigest.hexadecimal) == true)
      #expect(try store.read { try $0.verifyAudit().isSound })
      // The backup's own copy of the catalog has it as running; the restored store knows better.
      let records = try (source.read { try $0.backups() }, store.read { try $0.backups() })
      #expect(records.1.map(\.state) == [.complete])
      #expect(records.0.first?.manifestDigest == records.1.first?.manifestDigest)
      #expect(records.0.first?.eventCount == head.count)
      #expect(records.1.first?.eventCount == head.count)
      // It is a store like any other.
      _ = try ImportAction(store: store, actor: Self.actor).run([
        Repository.root.appendingPathComponent("Samples/export.zip").path
      ])
      #expect(try Self.answers(store) == Self.answers(source))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: store.folder).filter {
          $0.hasPrefix(".")
        } == [])
    }
  }

  @Test("restored, purges nothing until a person armed it; its source and a plain copy stay armed")
  func disarmed() async throws {
    try await withTemporaryDirectory { folder in
      let (source, backup) = try BackupSample.backup(in: folder)
      let path = folder.appendingPathComponent("restored").path
      _ = try RestoreAction(actor: Self.actor).run(backup.path, to: path)
      let store = try Store.open(at: path, access: .writing)
      #expect(try store.read { try $0.disarming()?.reason } == .restored)
      #expect(status { try store.read { try $0.requireArmed() } } == .disarmed)
      #expect(try source.read { try $0.disarming() } == nil)

      // A backup of a store that nobody armed yet is restored disarmed, too.
      let second = folder.appendingPathComponent("second")
      _ = try BackupAction(store: store, actor: Self.actor).run(to: second.path)
      let again = folder.appendingPathComponent("again").path
      _ = try RestoreAction(actor: Self.actor).run(second.path, to: again)
      #expect(
        try Store.open(at: again, access: .reading).read { try $0.disarming()?.reason }
          == .restored)

      // Armed, backed up and restored: disarmed anew.
      // Somebody who was told of no restore has not confirmed it.
      for told in [nil, Disarming.Reason.clock] {
        let refused = status {
          _ = try store.change(as: Self.actor) { try $0.arm(confirmed: told) }
        }
        #expect(refused == .stale)
      }
      _ = try store.change(as: Self.actor) {
        try $0.arm(confirmed: .restored, reason: "holds checked")
      }
      #expect(try store.read { try $0.disarming() } == nil)
      let third = folder.appendingPathComponent("third")
      _ = try BackupAction(store: store, actor: Self.actor).run(to: third.path)
      let last = folder.appendingPathComponent("last").path
      _ = try RestoreAction(actor: Self.actor).run(third.path, to: last)
      let restored = try Store.open(at: last, access: .reading)
      #expect(try restored.read { try $0.disarming()?.reason } == .restored)
      #expect(try restored.read { try $0.verifyAudit().isSound })
      #expect(try restored.read { try $0.holds().map(\.name) } == ["kept"])
    }
  }

  @Test("is on record before it is written, whatever becomes of it")
  func record() async throws {
    struct Stop: Error {}
    try await withTemporaryDirectory { folder in
      let store = try BackupSample.store(in: folder)
      let action = BackupAction(store: store, actor: Self.actor)
      let path = folder.appendingPathComponent("backup").path
      var states: [BackupState] = []
      #expect(throws: Stop.self) {
        _ = try action.run(to: path) { _, _ in
          states = try store.read { try $0.backups().map(\.state) }
          throw Stop()
        }
      }
      #expect(states == [.running])
      #expect(try store.read { try $0.backups().map(\.state) } == [.failed])
      // Nothing is left of it.
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["store"])
      let report = try action.run(to: path)
      let backups = try store.read { try $0.backups() }
      #expect(backups.map(\.state) == [.complete, .failed])
      #expect(backups.first?.id == report.id)
      #expect(backups.map { BackupPresence(of: $0) } == [.present, .none])
      #expect(status { _ = try action.run(to: path) } == .exists)
      #expect(try store.read { try $0.backups().count } == 2)

      // Which of them may hold what was captured and removed at these times?
      let record = try #require(backups.first)
      let finished = try #require(record.finished)
      func holding(_ first: Instant, _ last: Instant?) throws -> [ObjectID] {
        try store.read { try $0.backups(from: first, before: last).map(\.id) }
      }
      #expect(try holding(record.created, nil) == [record.id])
      #expect(try holding(Instant(ticks: 0), finished) == [record.id])
      #expect(try holding(Instant(ticks: 0), Instant(ticks: record.created.ticks - 1)) == [])
      #expect(try holding(Instant(ticks: finished.ticks + 1), nil) == [])
      #expect(try store.read { try $0.verifyAudit().isSound })
    }
  }

  @Test("whose process died is settled by the next: complete where it stands, else failed")
  func settled() async throws {
    try await withTemporaryDirectory { folder in
      let store = try BackupSample.store(in: folder)
      let action = BackupAction(store: store, actor: Self.actor)
      // One dies before it is there; of another the last change is lost, as a copy of the catalog
      // from the moment before has it.
      _ = try store.change(as: Self.actor) {
        try $0.startBackup(
          at: folder.appendingPathComponent("never").path, storeName: "store")
      }
      #expect(
        try store.read { try $0.backups(from: $0.now, before: nil).count } == 1)
      let lost = folder.appendingPathComponent("lost")
      let report = try action.run(to: lost.path)
      _ = try RestoreAction(actor: Self.actor).run(
        lost.path, to: folder.appendingPathComponent("second").path)
      #expect(try store.read { try $0.backups().map(\.state) } == [.complete, .failed])

      // Another died between its name and its record: what stands there is complete.
      let id = try #require(report.id).text
      let forgot = try await Tool.run(
        "sqlite3",
        [
          "store/catalog.sqlite",
          "UPDATE backup SET state = 'running', finished = NULL WHERE id = '\(id)'",
        ], in: folder)
      #expect(forgot.status == 0, "\(forgot.errorText)")
      #expect(try BackupPresence(of: store.read { try $0.backup(id) }) == .present)
      _ = try action.run(to: folder.appendingPathComponent("after").path)
      let settled = try store.read { try $0.backup(id) }
      #expect(settled.state == .complete)
      #expect(settled.manifestDigest == report.manifestDigest)
      #expect(settled.eventCount == report.eventCount)

      let copy = try Store.open(
        at: folder.appendingPathComponent("second").path, access: .writing)
      let running = try copy.change(as: Self.actor) {
        try $0.startBackup(at: lost.path, storeName: "store")
      }
      // What stands there is another backup than the one that died.
      _ = try BackupAction(store: copy, actor: Self.actor).run(
        to: folder.appendingPathComponent("next").path)
      #expect(try copy.read { try $0.backup(running.id.text).state } == .failed)
      #expect(
        try copy.read { try $0.backup(try #require(report.id).text).state } == .complete)
    }
  }

  @Test("that was written and is nowhere to be seen stays on record; what a killed one left goes")
  func unsettled() async throws {
    try await withTemporaryDirectory { folder in
      let (store, backup) = try BackupSample.backup(in: folder)
      let (manifest, digest) = try BackupManifest.read(in: backup.path)
      let away = folder.appendingPathComponent("away")
      let other = folder.appendingPathComponent("other")
      for url in [away, other] {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
      }
      let id = try store.read { try $0.storeDescription().id.text }
      let left = other.appendingPathComponent(".custody-backup-\(id).partial/backup")
      try FileManager.default.createDirectory(at: left, withIntermediateDirectories: true)
      try Data("content".utf8).write(to: left.appendingPathComponent("catalog.backup"))
      let (gone, killed, unplugged) = try store.change(as: Self.actor) { change in
        // Killed while it copied to a disk that is not there now.
        let unplugged = try change.startBackup(
          at: folder.path + "/disk/b", storeName: "store")
        let gone = try change.startBackup(at: away.path + "/b", storeName: "store")
        try change.noteWritten(gone, manifest.outcome(digest))
        let killed = try change.startBackup(at: other.path + "/b", storeName: "store")
        try change.noteWritten(killed, manifest.outcome(digest))
        return (gone, killed, unplugged)
      }
      _ = try BackupAction(store: store, actor: Self.actor).run(
        to: folder.appendingPathComponent("next").path)
      // Its disk may be elsewhere, so what was removed may be on it.
      #expect(try store.read { try $0.backup(gone.id.text).state } == .running)
      #expect(
        try store.read { try Set($0.backups(from: $0.now, before: nil).map(\.id)) }
          == [gone.id, unplugged.id])
      #expect(try store.read { try $0.backup(unplugged.id.text).state } == .running)
      #expect(try store.read { try $0.backup(killed.id.text).state } == .failed)
      #expect(try BackupSample.paths(in: other) == [])
      // Another backup at its place is not it.
      try FileManager.default.copyItem(at: backup, to: away.appendingPathComponent("b"))
      #expect(try store.read { BackupPresence(of: try $0.backup(gone.id.text)) } == .changed)
    }
  }

  @Test("lies neither in its store, nor does a restored store lie in it")
  func places() async throws {
    try await withTemporaryDirectory { folder in
      let (store, backup) = try BackupSample.backup(in: folder)
      let link = folder.appendingPathComponent("link")
      try FileManager.default.createSymbolicLink(
        at: link, withDestinationURL: URL(fileURLWithPath: store.folder))
      let before = try BackupSample.paths(in: folder)
      let action = BackupAction(store: store, actor: Self.actor)
      for path in [store.folder + "/b", store.folder + "/partitions/b", link.path + "/b"] {
        #expect(status { _ = try action.run(to: path) } == .usage)
        #expect(status { _ = try action.rehearse(to: path) } == .usage)
      }
      let restore = RestoreAction(actor: Self.actor)
      #expect(
        status { _ = try restore.run(backup.path, to: backup.path + "/store") } == .usage)
      #expect(status { _ = try restore.run(backup.path, to: backup.path) } == .usage)
      #expect(try BackupSample.paths(in: folder) == before)
    }
  }

  @Test("tells whether it still stands where it was made")
  func presence() async throws {
    try await withTemporaryDirectory { folder in
      let (store, backup) = try BackupSample.backup(in: folder)
      let record = try #require(try store.read { try $0.backups().first })
      #expect(BackupPresence(of: record) == .present)
      let file = backup.appendingPathComponent("partitions/0001.sqlite")
      let bytes = try Data(contentsOf: file)
      try (bytes + [0]).write(to: file)
      #expect(BackupPresence(of: record) == .changed)
      try bytes.write(to: file)
      #expect(BackupPresence(of: record) == .present)
      let manifest = backup.appendingPathComponent("manifest.json")
      try (Data(contentsOf: manifest) + [0x20]).write(to: manifest)
      #expect(BackupPresence(of: record) == .changed)
      let elsewhere = folder.appendingPathComponent("elsewhere")
      try FileManager.default.moveItem(at: backup, to: elsewhere)
      #expect(BackupPresence(of: record) == .missing)
    }
  }

  @Test("of captured files verifies, and restores each byte of them")
  func capturedFiles() async throws {
    try await withTemporaryDirectory { folder in
      let synced = try SyncedStore(in: folder)
      defer { synced.standIn.stop() }
      try synced.sync()
      let backup = folder.appendingPathComponent("backup")
      let action = BackupAction(store: synced.store, actor: Self.actor)
      let told = try action.rehearse(to: backup.path)
      let report = try action.run(to: backup.path)
      let blobs = try synced.store.read { try $0.blobs() }
      #expect(blobs.count > 1)
      #expect(report.fileCount == told.fileCount)
      let onDisk = try BackupSample.paths(in: backup).filter { path in
        !["manifest.json", "partitions", "blobs"].contains(path)
      }
      #expect(report.fileCount == onDisk.count)
      let verified = try BackupCheck.verify(backup.path)
      #expect(verified.findings == [])
      #expect(verified.manifest.files.suffix(blobs.count).map(\.path) == blobs.map(\.path))
      let place = folder.appendingPathComponent("restored").path
      #expect(try RestoreAction(actor: Self.actor).run(backup.path, to: place).isIntact)
      let clock = synced.clock
      let restored = try Store.open(at: place, access: .writing, clock: { clock.now })
      #expect(try Self.findings(restored) == [])
      #expect(try restored.read { try $0.blobs() } == blobs)
      for blob in blobs {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: restored.blobPath(blob.digest)))
        #expect(SHA256Digest(of: [UInt8](bytes).span) == blob.digest)
      }
      // The next backup of it is one, too.
      let second = folder.appendingPathComponent("second").path
      _ = try BackupAction(store: restored, actor: Self.actor).run(to: second)
      #expect(try BackupCheck.verify(second).isIntact)
    }
  }

  @Test("whose manifest names anything but files of captures beside its databases is none")
  func otherPaths() async throws {
    try await withTemporaryDirectory { folder in
      let (_, backup) = try BackupSample.backup(in: folder)
      let file = backup.appendingPathComponent("manifest.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      let (low, high) = (String(repeating: "0", count: 64), String(repeating: "f", count: 64))
      let empty = SHA256Digest(of: "").hexadecimal
      /// The manifest with further files that have no bytes.
      func named(_ paths: [String]) -> Data {
        let entries = paths.map { path in
          #",{"bytes":0,"path":"\#(path)","sha256":"\#(empty)"}"#
        }.joined()
        return Data(text.replacing("],\"format", with: entries + "],\"format").utf8)
      }
      try named(["blobs/" + low, "blobs/" + high]).write(to: file)
      #expect(
        try BackupCheck.verify(backup.path).findings.map(\.code) == [.fileMissing, .fileMissing])
      for paths in [
        ["blobs/" + high, "blobs/" + low], ["blobs/" + low, "blobs/" + low],
        ["blobs/" + high.uppercased()], ["blobs/" + high.dropLast()], ["blobs/" + high + "0"],
        ["blobs/../" + low], ["blobs//" + low], ["/blobs/" + low], ["blob/" + low], [low],
        ["blobs/../../etc/passwd"], ["blobs/"], ["partitions/0009.sqlite"],
      ] {
        try named(paths).write(to: file)
        #expect(status { _ = try BackupCheck.verify(backup.path) } == .damaged, "\(paths)")
      }
    }
  }

  @Test("is for its owner alone")
  func modes() async throws {
    try await withTemporaryDirectory { folder in
      let (_, backup) = try BackupSample.backup(in: folder)
      _ = try RestoreAction(actor: Self.actor).run(
        backup.path, to: folder.appendingPathComponent("restored").path)
      for root in [backup, folder.appendingPathComponent("restored")] {
        for path in try BackupSample.paths(in: root) + [""] {
          let facts = try FileManager.default.attributesOfItem(
            atPath: root.appendingPathComponent(path).path)
          let isFolder = facts[.type] as? FileAttributeType == .typeDirectory
          #expect(facts[.posixPermissions] as? Int == (isFolder ? 0o700 : 0o600), "\(path)")
        }
      }
    }
  }
}
