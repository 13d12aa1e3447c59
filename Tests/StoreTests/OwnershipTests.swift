// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Query
import Retention
import Testing

@testable import Store

extension Store {
  /// The names of the holds that protect a conversation of the export route.
  func holds(on nativeID: String) throws -> [String] {
    let (record, facts, situation) = try read { catalog in
      let record = try catalog.conversation(written: nativeID)
      return (record, try catalog.unitFacts(of: record.key), try catalog.holdSituation())
    }
    return try Searcher(self).protections(of: record, facts: facts, in: situation).map(\.holdName)
  }

  /// Sets a hold of a case that is made with it.
  func hold(_ name: String, _ scope: Scope, query text: String? = nil) throws {
    try change(as: .test()) { change in
      let query = try text.map { text -> StoredQuery in
        let compiled = try QueryCompiler.compile(
          text, options: QueryOptions(clock: change.now, purpose: .hold),
          directory: change.catalog.directory)
        return StoredQuery(
          text: text, dialect: "keyql", normalForm: compiled.normalForm ?? "", resolved: "{}")
      }
      let matter = try change.createMatter(name: "Case of \(name)")
      try change.createHold(name: name, in: matter, HoldDefinition(scope: scope, query: query))
    }
  }
}

@Suite struct OwnershipTests {
  private func custodians(_ store: Store) throws -> (ada: Custodian, bob: Custodian) {
    try store.change(as: .test()) { change in
      (
        try change.createCustodian(name: "Ada", identities: [IdentityDefinition(.account, "a1")]),
        try change.createCustodian(name: "Bob", identities: [IdentityDefinition(.account, "b1")])
      )
    }
  }

  /// The same conversation, found in the store of another account and in another project.
  private func moved(to account: String?, project: String?, title: String) -> CapturedUnit {
    var unit = conversation("c", title: title, account: account, "one", "two")
    unit.projectID = project
    return unit
  }

  @Test("a later capture that names another account or project takes it from no hold")
  func movedConversation() async throws {
    try await withStore { store in
      let (ada, bob) = try custodians(store)
      try store.ingest([moved(to: "a1", project: "p1", title: "first")])
      try store.ingest([moved(to: "b1", project: "p2", title: "second")])
      try store.ingest([moved(to: nil, project: nil, title: "third")])
      try store.hold("of Ada", Scope(custodians: [ada.id.text]))
      try store.hold("of Bob", Scope(custodians: [bob.id.text]))
      try store.hold("of p1", Scope(projects: ["p1"]))
      try store.hold("of p2", Scope(projects: ["p2"]))
      try store.hold("of p3", Scope(projects: ["p3"]))
      #expect(try store.holds(on: "c") == ["of Ada", "of Bob", "of p1", "of p2"])
      let coverage = try store.read { catalog in
        try [ada, bob].map { try catalog.captureCoverage(of: $0).map(\.conversationCount) }
      }
      #expect(coverage == [[1], [1]])
      #expect(try store.read { try $0.unattributedConversationCount() } == 0)
    }
  }

  @Test("one account that is nobody's keeps a conversation unattributed")
  func partlyAttributed() async throws {
    try await withStore { store in
      let (ada, bob) = try custodians(store)
      try store.ingest([moved(to: "a1", project: nil, title: "first")])
      try store.hold("of Bob", Scope(custodians: [bob.id.text]))
      #expect(try store.holds(on: "c") == [])
      try store.ingest([moved(to: "x9", project: nil, title: "second")])
      #expect(try store.holds(on: "c") == ["of Bob"])
      #expect(try store.read { try $0.unattributedConversationCount() } == 1)
      try store.change(as: .test()) {
        _ = try $0.addIdentity(IdentityDefinition(.account, "x9"), to: ada)
      }
      #expect(try store.holds(on: "c") == [])
    }
  }

  @Test("upgrading a store of the first version finds every account and project in the partitions")
  func upgrade() async throws {
    try await withStore { store in
      try store.ingest([moved(to: "a1", project: "p1", title: "first")])
      try store.ingest([moved(to: "b1", project: "p2", title: "second")])
      try store.ingest([conversation("d", "three"), conversation("e", account: nil, "four")])
      func owners(_ store: Store) throws -> [[String]] {
        try store.read { catalog in
          try Row.fetchAll(
            catalog.db,
            sql: """
              SELECT c.native_id, a.native_id, '' FROM conversation_account o
                JOIN conversation c ON c.key = o.conversation JOIN account a ON a.key = o.account
              UNION ALL SELECT c.native_id, '', p.native_id FROM conversation_project o
                JOIN conversation c ON c.key = o.conversation JOIN project p ON p.key = o.project
              UNION ALL SELECT native_id, newest_item, '' FROM conversation ORDER BY 1, 2, 3
              """
          ).map { row in row.databaseValues.map(\.description) }
        }
      }
      let before = try owners(store)
      #expect(before.count == 8)
      let folder = store.folder
      try replaceCatalog(of: store, withVersion: 1)
      #expect(status { _ = try Store.open(at: folder, access: .reading) } == .version)
      let versions = try Store.upgrade(at: folder, as: .test())
      #expect(versions == (1, Migrations.formatVersion))
      #expect(try owners(Store.open(at: folder, access: .reading)) == before)
    }
  }
}

/// Puts a catalog of an older version with the same content in a store's place.
func replaceCatalog(of store: Store, withVersion version: Int) throws {
  let path = store.layout.catalog
  try store.close()
  let old = try DatabaseQueue(path: path + ".old")
  try Migrations.migrator(store.layout).migrate(old, upTo: String(version))
  try old.writeWithoutTransaction { db in
    try db.execute(sql: "PRAGMA foreign_keys = OFF")
    try db.execute(sql: "ATTACH ? AS new", arguments: [path])
    let tables = try String.fetchAll(
      db, sql: "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'grdb%'")
    for table in tables {
      let columns = try String.fetchAll(
        db, sql: "SELECT name FROM pragma_table_info(?)", arguments: [table]
      ).joined(separator: ", ")
      try db.execute(
        sql: "INSERT INTO main.\(table) (\(columns)) SELECT \(columns) FROM new.\(table)")
    }
    try db.execute(sql: "UPDATE main.store SET format_version = ?", arguments: [version])
    try db.execute(sql: "PRAGMA application_id = \(Migrations.applicationID)")
    try db.execute(sql: "DETACH new")
  }
  try old.close()
  for suffix in ["", "-wal", "-shm"] { try FileSystem.remove(path + suffix) }
  try FileSystem.rename(path + ".old", to: path, in: store.layout.folder)
}
