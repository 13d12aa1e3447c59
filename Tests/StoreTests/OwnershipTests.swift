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
      let coverage = try store.read { try $0.captureCoverage(of: [ada, bob]) }
      #expect(coverage.map(\.custodian.key) == [ada.key, bob.key])
      #expect(coverage.map(\.conversationCount) == [1, 1])
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
}
