// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Query
import Retention
import Testing

@testable import Store

/// Identities that one person bore before a day and another bears since.
@Suite struct ReusedIdentityTests {
  private static let day = Instant(rfc3339: "2024-01-01T00:00:00Z")

  private func account(_ id: String, _ valid: TimeInterval) -> IdentityDefinition {
    IdentityDefinition(.account, id, valid: valid)
  }

  /// A store in which acc1 was Ada's before a day and is Bob's since.
  private func withSharedAccount(
    _ body: (Store, TestClock, _ ada: Custodian, _ bob: Custodian) throws -> Void
  ) async throws {
    let clock = TestClock()
    try await withStore(clock: clock) { store in
      try store.ingest([
        conversation("shared", account: "acc1", "one"), conversation("other", account: "b1", "two"),
      ])
      let (ada, bob) = try store.change(as: .test()) { change in
        (
          try change.createCustodian(name: "Ada"),
          try change.createCustodian(name: "Bob", identities: [account("b1", TimeInterval())])
        )
      }
      try store.change(as: .test()) {
        _ = try $0.addIdentity(account("acc1", TimeInterval(before: Self.day)), to: ada)
      }
      clock.advance(days: 1)
      try store.change(as: .test()) {
        _ = try $0.addIdentity(account("ACC1", TimeInterval(since: Self.day)), to: bob)
      }
      clock.advance(days: 1)
      try body(store, clock, ada, bob)
    }
  }

  private func names(_ store: Store, of person: Custodian) throws -> [String] {
    try store.read { try $0.accounts(of: person).map(\.nativeID) }
  }

  /// Whether a conversation is held for certain, by the name of the hold.
  private func grounds(_ store: Store, on nativeID: String) throws -> [String: Bool] {
    let (record, facts, situation) = try store.read { catalog in
      let record = try catalog.conversation(written: nativeID)
      return (record, try catalog.unitFacts(of: record.key), try catalog.holdSituation())
    }
    let found = try Searcher(store).protections(of: record, facts: facts, in: situation)
    return Dictionary(uniqueKeysWithValues: found.map { ($0.holdName, $0.isCertain) })
  }

  @Test("an account that two persons bear at different times is held for each of them")
  func holds() async throws {
    try await withSharedAccount { store, clock, ada, bob in
      #expect(try names(store, of: ada) == ["acc1"])
      #expect(try names(store, of: bob) == ["acc1", "b1"])
      try store.hold("on Ada", Scope(custodians: [ada.id.text]))
      try store.hold("on Bob", Scope(custodians: [bob.id.text]))
      try store.hold("asks for Bob", Scope(everyone: true), query: "custodian:Bob")
      let everybody = ["on Ada": true, "on Bob": true, "asks for Bob": true]
      #expect(try grounds(store, on: "shared") == everybody)
      #expect(try grounds(store, on: "other") == ["on Bob": true, "asks for Bob": true])
      // A later capture under the id goes the same way.
      try store.ingest([conversation("later", account: "acc1", "three")])
      #expect(try grounds(store, on: "later") == everybody)
      #expect(try store.read { try $0.unattributedAccounts().map(\.nativeID) } == ["acc1"])
      // What was Ada's when her hold was set stays held when the id is taken from her.
      let removed = try store.change(as: .test()) {
        try $0.removeIdentity(.account, "acc1", from: ada)
      }
      #expect(removed == 1)
      clock.advance(days: 60)
      #expect(try grounds(store, on: "shared") == everybody)
      #expect(try names(store, of: bob) == ["acc1", "b1"])
      #expect(try names(store, of: ada) == [])
      #expect(try store.read { try $0.unattributedAccounts().isEmpty })
    }
  }

  @Test("an account of a kind of id that another bears under another kind is held for both")
  func kinds() async throws {
    try await withStore { store in
      try store.ingest([conversation("c", account: "u1", "one")])
      let (ada, bob) = try store.change(as: .test()) { change in
        (
          try change.createCustodian(name: "Ada", identities: [IdentityDefinition(.userID, "u1")]),
          try change.createCustodian(name: "Bob", identities: [IdentityDefinition(.account, "u1")])
        )
      }
      try store.hold("on Ada", Scope(custodians: [ada.id.text]))
      try store.hold("on Bob", Scope(custodians: [bob.id.text]))
      #expect(try grounds(store, on: "c") == ["on Ada": true, "on Bob": true])
    }
  }

  @Test("what deletes the conversations of one of two bearers leaves their account alone")
  func policies() async throws {
    try await withSharedAccount { store, _, ada, bob in
      func scope(_ person: Custodian) -> PolicyScope {
        PolicyScope(included: PolicyNames(custodians: [person.id.text]))
      }
      try store.policy("drop his", .test(.delete, "1d", scope: scope(bob)))
      #expect(try store.fate(of: "other").isDue)
      #expect(try !store.fate(of: "shared").isDue)
      // What retains acts where it is not known whose something was.
      try store.policy("drop all", .test(.delete, "2d"))
      #expect(try store.fate(of: "shared").isDue)
      try store.policy("keep hers", .test(.retain, "90y", scope: scope(ada)))
      #expect(try !store.fate(of: "shared").isDue)
      #expect(try store.fate(of: "other").isDue)
    }
  }

  @Test("a search for either of the two finds what the account wrote")
  func searches() async throws {
    try await withSharedAccount { store, _, ada, bob in
      let searcher = try Searcher(store)
      for (person, count) in [(ada, 1), (bob, 2)] {
        let scope = QueryNode.restriction(
          PropertyRestriction(
            property: .custodian,
            condition: .identity(
              IdentityMatch(text: person.id.text, form: .exact, custodians: [person.id.text]))))
        #expect(try searcher.counts(scope, scope: .all).items == count, "\(person.name)")
      }
    }
  }

  @Test("merging the two makes the account the one person's")
  func merge() async throws {
    try await withSharedAccount { store, _, ada, bob in
      try store.change(as: .test()) { try $0.mergeCustodians([bob], into: ada) }
      #expect(try names(store, of: ada) == ["acc1", "b1"])
      #expect(try store.read { try $0.unattributedAccounts().isEmpty })
      #expect(try store.read { try $0.accounts(of: ada).map(\.custodian) } == [ada.key, ada.key])
    }
  }

  @Test("a capture that names the account makes nobody new of it")
  func capture() async throws {
    try await withSharedAccount { store, _, ada, bob in
      func captured(_ address: String) throws -> ObjectID {
        try store.change(as: .test()) { change in
          let person = try change.attribute(
            CapturedPerson(
              route: "claude.ai-export", accountID: "acc1", fullName: "Help Desk",
              emailAddress: address, native: []), route: "claude.ai-export")
          try change.record(AuditEvent("test.touch", of: "x"))
          return person.id
        }
      }
      #expect(try captured("help@example.org") == bob.id)
      // Nobody bears it today: whoever bore it last.
      try store.change(as: .test()) { _ = try $0.removeIdentity(.account, "acc1", from: bob) }
      let past = TimeInterval(since: Self.day, before: Instant(rfc3339: "2024-01-01T00:01:00Z"))
      try store.change(as: .test()) { _ = try $0.addIdentity(account("acc1", past), to: bob) }
      #expect(try captured("") == bob.id)
      #expect(try store.read { try $0.custodians().count } == 2)
    }
  }

  @Test("a row of a list is a new person where another bore its address at another time only")
  func importedList() async throws {
    try await withStore { store in
      let ada = try store.change(as: .test()) { change in
        try change.createCustodian(
          name: "Ada",
          identities: [
            IdentityDefinition(.emailAddress, "help@x.org", valid: TimeInterval(before: Self.day))
          ])
      }
      func row(_ name: String, _ valid: TimeInterval) -> CustodianRow {
        CustodianRow(
          name: name, identities: [IdentityDefinition(.emailAddress, "help@x.org", valid: valid)])
      }
      let rows = [
        row("Bob", TimeInterval(since: Self.day)), row("Ada", TimeInterval(before: Self.day)),
      ]
      let counts = try store.change(as: .test()) { try $0.importCustodians(rows) }
      #expect((counts.added, counts.updated, counts.already) == (1, 0, 1))
      #expect(counts.custodians.map(\.name) == ["Bob", "Ada"])
      #expect(counts.custodians.last?.id == ada.id)
      let known = try store.read { catalog in
        try catalog.identities(of: ada).map(\.value)
      }
      #expect(known == ["help@x.org", "Ada"])
      let again = try store.change(as: .test()) { try $0.importCustodians(rows) }
      #expect(again.already == 2)
      // Without dates it is both.
      #expect(
        status {
          try store.change(as: .test()) {
            _ = try $0.importCustodians([row("Cleo", TimeInterval())])
          }
        } == .ambiguous)
    }
  }

  @Test("accounts are found by id without going through all of them")
  func index() async throws {
    try await withStore { store in
      let plan = try store.read { catalog in
        try Row.fetchAll(
          catalog.db,
          sql: """
            EXPLAIN QUERY PLAN \(Change.accountsByID)
            """, arguments: ["a"]
        ).map { $0["detail"] as String }
      }
      #expect(!plan.isEmpty)
      #expect(!plan.contains { $0.hasPrefix("SCAN") }, "\(plan)")
    }
  }
}
