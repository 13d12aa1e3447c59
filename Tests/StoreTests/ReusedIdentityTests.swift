// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Query
import Retention
import Testing

@testable import Store

/// Identities that one person bore before a day, and that another is to bear since.
@Suite struct ReusedIdentityTests {
  private static let day = Instant(rfc3339: "2024-01-01T00:00:00Z")

  private func account(_ id: String, _ valid: TimeInterval) -> IdentityDefinition {
    IdentityDefinition(.account, id, valid: valid)
  }

  @Test("an account is one person's, whatever the dates of its identity")
  func oneBearer() async throws {
    try await withStore { store in
      try store.ingest([conversation("c", account: "acc1", "one")])
      let (ada, bob) = try store.change(as: .test()) { change in
        (try change.createCustodian(name: "Ada"), try change.createCustodian(name: "Bob"))
      }
      try store.change(as: .test()) {
        _ = try $0.addIdentity(account("acc1", TimeInterval(before: Self.day)), to: ada)
      }
      for identity in [
        account("ACC1", TimeInterval(since: Self.day)), IdentityDefinition(.userID, "acc1"),
      ] {
        #expect(
          status { try store.change(as: .test()) { _ = try $0.addIdentity(identity, to: bob) } }
            == .exists)
      }
      #expect(try store.read { try $0.accounts(of: ada).map(\.nativeID) } == ["acc1"])
      #expect(try store.read { try $0.accounts(of: bob).isEmpty })
    }
  }

  @Test("a capture that names an account after its time gives it to who bears it")
  func capture() async throws {
    try await withStore { store in
      let ada = try store.change(as: .test()) { change in
        try change.createCustodian(
          name: "Ada", identities: [account("acc1", TimeInterval(before: Self.day))])
      }
      let person = try store.change(as: .test()) { change in
        let person = try change.attribute(
          CapturedPerson(
            route: "claude.ai-export", accountID: "Acc1", fullName: "Help Desk",
            emailAddress: "help@example.org", native: []), route: "claude.ai-export")
        try change.record(AuditEvent("test.touch", of: "x"))
        return person
      }
      #expect(person.id == ada.id)
      #expect(try store.read { try $0.accounts(of: ada).map(\.nativeID) } == ["Acc1"])
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
