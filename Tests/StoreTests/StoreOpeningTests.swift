// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
import Model
import TestSupport
import Testing

@testable import Store

@Suite struct StoreOpeningTests {
  @Test("a new store is private: folders 0700, files 0600")
  func modes() async throws {
    try await withStore { store in
      try store.change(as: .test()) { try $0.record(AuditEvent("test.touch", of: "x")) }
      let manager = FileManager.default
      var modes: [String: Int] = [:]
      let paths =
        [""] + (manager.enumerator(atPath: store.folder)?.compactMap { $0 as? String } ?? [])
      for path in paths {
        let attributes = try manager.attributesOfItem(atPath: store.folder + "/" + path)
        modes[path] = attributes[.posixPermissions] as? Int
      }
      #expect(modes[""] == 0o700)
      #expect(modes["locks"] == 0o700)
      #expect(modes["partitions"] == 0o700)
      #expect(modes["catalog.sqlite"] == 0o600)
      #expect(modes["catalog.sqlite-wal"] == 0o600)
      #expect(modes["catalog.sqlite-shm"] == 0o600)
      #expect(modes["locks/write.lock"] == 0o600)
      #expect(modes.count == 7)
    }
  }

  @Test("create refuses a folder with something in it, and a store")
  func createRefuses() async throws {
    try await withTemporaryDirectory { folder in
      try Data("x".utf8).write(to: folder.appendingPathComponent("note.txt"))
      #expect(status { _ = try Store.create(at: folder.path, as: .test()) } == .exists)
      let inner = folder.appendingPathComponent("a/b").path
      _ = try Store.create(at: inner, as: .test())
      #expect(status { _ = try Store.create(at: inner, as: .test()) } == .exists)
    }
  }

  @Test("create follows an attempt that was killed half-way")
  func createAfterCrash() async throws {
    try await withTemporaryDirectory { folder in
      let path = folder.path
      try FileManager.default.createDirectory(
        atPath: path + "/locks", withIntermediateDirectories: true)
      try Data("half".utf8).write(to: folder.appendingPathComponent("catalog.sqlite.new"))
      try Data("half".utf8).write(to: folder.appendingPathComponent("catalog.sqlite.new-wal"))
      #expect(status { _ = try Store.open(at: path, access: .reading) } == .noStore)
      let store = try Store.create(at: path, as: .test())
      #expect(try store.read { try $0.auditHead().count } == 1)
    }
  }

  @Test("NFS and SMB are network file systems, ext4, xfs, btrfs, tmpfs and overlay are not")
  func networkFileSystems() {
    for type: Int64 in [0x6969, 0x517B, 0xFE53_4D42, 0xFF53_4D42, -11_317_950] {
      #expect(FileSystem.isNetwork(type: type))
    }
    for type: Int64 in [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0x794C_7630] {
      #expect(!FileSystem.isNetwork(type: type))
    }
  }

  @Test("open says what is not there, not ours, too old or too new")
  func openRefuses() async throws {
    try await withTemporaryDirectory { folder in
      let path = folder.appendingPathComponent("store").path
      #expect(status { _ = try Store.open(at: path, access: .reading) } == .noStore)
      #expect(status { _ = try Store.open(at: folder.path, access: .writing) } == .noStore)
      try Store.create(at: path, as: .test()).close()
      for access in [Store.Access.reading, .writing] {
        #expect(status { _ = try Store.open(at: path, access: access) } == nil)
      }
      let queue = try DatabaseQueue(path: path + "/catalog.sqlite")
      try await queue.write { db in
        try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')")
      }
      #expect(status { _ = try Store.open(at: path, access: .reading) } == .version)
      #expect(status { _ = try Store.upgrade(at: path, as: .test()) } == .version)
      #expect(status { _ = try Store.plannedUpgrade(at: path) } == .version)
      try await queue.write { db in try db.execute(sql: "DELETE FROM grdb_migrations") }
      #expect(status { _ = try Store.open(at: path, access: .writing) } == .version)
      try await queue.write { db in
        try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('1')")
        try db.execute(sql: "PRAGMA application_id = 7")
      }
      #expect(status { _ = try Store.open(at: path, access: .reading) } == .damaged)
      #expect(status { _ = try Store.upgrade(at: path, as: .test()) } == .damaged)
      try queue.close()
      try Data("no database at all, but long enough to be read as one".utf8).write(
        to: folder.appendingPathComponent("store/catalog.sqlite"))
      #expect(status { _ = try Store.open(at: path, access: .reading) } == .damaged)
    }
  }

  @Test("a store opened for reading cannot be changed")
  func readingOnly() async throws {
    try await withStore { store in
      let reader = try Store.open(at: store.folder, access: .reading)
      #expect(
        status { try reader.change(as: .test()) { try $0.record(AuditEvent("x", of: "y")) } }
          == .denied)
    }
  }

  @Test("a file that is read without a lock and changes meanwhile gives nothing more")
  func changedMeanwhile() async throws {
    try await withStore { store in
      try store.ingest([conversation("c", "one", "two", "three")])
      let row = try #require(try store.read { try PartitionRow.all($0.db) }.first)
      let path = store.layout.partitions + "/" + PartitionFile.name(row.number)
      let writer = try DirectConnection(path: path, access: .write)
      #expect(try writer.checkpoint())
      let reader = try DirectConnection(path: path, access: .immutable)
      let rows = try reader.prepare("SELECT row FROM item")
      let hasFirst = try rows.step()
      #expect(hasFirst)
      // What lies in the log is not read; the file changes when it is folded in.
      try writer.execute("UPDATE item SET position = position + 10")
      let hasSecond = try rows.step()
      #expect(hasSecond)
      rows.reset()
      #expect(try writer.checkpoint())
      #expect(status { _ = try rows.step() } == .locked)
      #expect(status { _ = try reader.integer("SELECT count(*) FROM item") } == .locked)
    }
  }

  @Test("upgrade of a current store changes nothing")
  func upgradeCurrent() async throws {
    try await withStore { store throws in
      let version = Migrations.formatVersion
      let upgrade = StoreUpgrade(from: version, to: version, steps: 0)
      #expect(try Store.plannedUpgrade(at: store.folder) == upgrade)
      #expect(try Store.upgrade(at: store.folder, as: .test()) == upgrade)
      #expect(try store.read { try $0.auditHead().count } == 1)
    }
  }

  @Test("upgrade applies what is missing, once, on record, and goes on after a crash")
  func upgradeOlder() async throws {
    try await withStore { store in
      let folder = store.folder
      try store.close()
      let next = Migrations.formatVersion + 1
      var migrator = Migrations.migrator()
      migrator.registerMigration(String(next)) { db in
        try db.execute(sql: "CREATE TABLE addition (value INTEGER NOT NULL) STRICT")
      }
      let planned = StoreUpgrade(from: Migrations.formatVersion, to: next, steps: 1)
      let dry = try Store.plannedUpgrade(at: folder, with: migrator, to: next)
      #expect(dry == planned && !dry.isDone)
      #expect(try Store.plannedUpgrade(at: folder).isDone)

      // Killed after the migration, before it was on record.
      let queue = try DatabaseQueue(path: folder + "/catalog.sqlite")
      try migrator.migrate(queue)
      try queue.close()
      let rest = try Store.plannedUpgrade(at: folder, with: migrator, to: next)
      #expect(rest == StoreUpgrade(from: Migrations.formatVersion, to: next, steps: 0))
      #expect(!rest.isDone)
      let now = TestClock().now
      let done = try Store.upgrade(
        at: folder, as: .test(), with: migrator, to: next, now: now)
      #expect(done == rest)
      let again = try Store.upgrade(
        at: folder, as: .test(), with: migrator, to: next, now: now)
      #expect(again == StoreUpgrade(from: next, to: next, steps: 0) && again.isDone)
      // This program is now the older one.
      #expect(status { _ = try Store.open(at: folder, access: .reading) } == .version)
      let check = try DatabaseQueue(path: folder + "/catalog.sqlite")
      let events = try await check.read { db in
        try String.fetchAll(db, sql: "SELECT action FROM event ORDER BY seq")
      }
      let additions = try await check.read { db in
        try Int.fetchOne(db, sql: "SELECT count(*) FROM addition")
      }
      #expect(events == ["store.create", "store.upgrade"])
      #expect(additions == 0)
      try check.close()
    }
  }

  @Test("every table is STRICT and every reference holds")
  func schemaRules() async throws {
    try await withStore { store in
      try store.read { catalog throws in
        let loose = try String.fetchAll(
          catalog.db,
          sql: """
            SELECT name FROM pragma_table_list
            WHERE schema = 'main' AND type = 'table' AND strict = 0
            """)
        #expect(Set(loose) == ["sqlite_schema", "sqlite_sequence", "grdb_migrations"])
        #expect(try Row.fetchAll(catalog.db, sql: "PRAGMA foreign_key_check").isEmpty)
        #expect(try String.fetchOne(catalog.db, sql: "PRAGMA integrity_check") == "ok")
      }
    }
  }

  @Test("a change without an audit event, or with an error, leaves nothing behind")
  func changeNeedsEvent() async throws {
    try await withStore { store in
      let insert = "INSERT INTO setting (name, value, changed) VALUES ('a', 'b', 0)"
      #expect(
        status { try store.change(as: .test()) { try $0.db.execute(sql: insert) } } == .failure)
      #expect(
        status {
          try store.change(as: .test()) { change in
            try change.db.execute(sql: insert)
            try change.record(AuditEvent("setting.update", of: "a"))
            throw StoreError(.held, "stop")
          }
        } == .held)
      try store.read { catalog throws in
        #expect(try Int.fetchOne(catalog.db, sql: "SELECT count(*) FROM setting") == 0)
        #expect(try catalog.auditHead().count == 1)
      }
    }
  }
}
