// SPDX-License-Identifier: Apache-2.0
import Model
import Retention
import Testing

@testable import Store

@Suite("Groups that policies name")
struct PolicyGroupTests {
  @Test("groups follow the newest snapshot; of whom none is known nothing is deleted")
  func groups() async throws {
    let clock = TestClock("2035-01-01T00:00:00Z")
    try await withStore(clock: clock) { store in
      try store.change(as: .test()) { change in
        for name in ["Ada", "Bob"] {
          try change.createCustodian(
            name: name, identities: [IdentityDefinition(.account, name)])
        }
      }
      try store.ingest([
        conversation("of Ada", account: "Ada", "t"), conversation("of Bob", account: "Bob", "t"),
      ])
      let group = try #require(GroupName("department=Sales"))
      let sales = PolicyScope(included: PolicyNames(groups: [group]))
      try store.policy("drop", .test(.retainThenDelete, "1d", scope: sales))
      func fates() throws -> [String] {
        try ["of Ada", "of Bob"].map { try store.fate(of: $0).outcome.name }
      }
      #expect(try fates() == ["not-deleted", "not-deleted"])
      #expect(try store.fate(of: "of Ada").settings.map(\.grounds) == [[.groupNotKnown]])
      try store.change(as: .test()) { change in
        let ada = try change.catalog.custodian("Ada")
        #expect(try change.setGroups([group], of: ada))
        #expect(try !change.setGroups([group], of: ada))
        try change.setGroups([], of: change.catalog.custodian("Bob"))
      }
      #expect(try fates() == ["due", "not-deleted"])
      #expect(try store.fate(of: "of Bob").settings.isEmpty)
    }
  }

  @Test("a merged person is in the groups of both until a snapshot tells those of the person")
  func mergedGroups() async throws {
    let clock = TestClock("2035-01-01T00:00:00Z")
    try await withStore(clock: clock) { store in
      let (sales, legal) = (
        try #require(GroupName("department=Sales")), try #require(GroupName("department=Legal"))
      )
      let (ada, bob) = try store.change(as: .test()) { change in
        let persons = try ["Ada", "Bob"].map { name in
          try change.createCustodian(
            name: name, identities: [IdentityDefinition(.account, name)])
        }
        try change.setGroups([sales], of: persons[0])
        try change.setGroups([legal], of: persons[1])
        return (persons[0], persons[1])
      }
      try store.ingest([
        conversation("of Ada", account: "Ada", "t"), conversation("of Bob", account: "Bob", "t"),
      ])
      func scope(_ group: GroupName) -> PolicyScope {
        PolicyScope(included: PolicyNames(groups: [group]))
      }
      var others = PolicyScope(everyone: true)
      others.excluded.groups = [legal]
      try store.policy("keep sales", .test(.retain, "90y", scope: scope(sales)))
      try store.policy("keep others", .test(.retain, "80y", scope: others))
      try store.policy("drop legal", .test(.delete, "1d", scope: scope(legal)))
      func applied(_ id: String) throws -> [String] {
        try store.fate(of: id).settings.filter {
          $0.retainsUntil != nil || $0.deletesAt != nil
        }.map(\.rule.name)
      }
      #expect(try applied("of Ada") == ["keep sales", "keep others"])
      #expect(try applied("of Bob") == ["drop legal"])
      try store.change(as: .test()) { try $0.mergeCustodians([ada], into: bob) }
      // Nothing goes that was kept, and nothing is deleted that was not.
      for id in ["of Ada", "of Bob"] {
        #expect(try applied(id) == ["keep sales", "keep others"], "\(id)")
      }
      #expect(try store.read { try $0.groups(of: bob) } == [legal, sales])
      try store.change(as: .test()) { change in
        let isNew = try change.setGroups([legal], of: bob)
        let isNewAgain = try change.setGroups([legal], of: bob)
        #expect(isNew && !isNewAgain)
      }
      #expect(try applied("of Ada") == ["drop legal"])
      #expect(try store.read { try $0.groups(of: bob) } == [legal])
    }
  }

  @Test("a person merged into one of whom no snapshot tells keeps the groups")
  func mergedIntoUnknown() async throws {
    try await withStore(clock: TestClock("2035-01-01T00:00:00Z")) { store in
      let sales = try #require(GroupName("department=Sales"))
      try store.ingest([conversation("of Ada", account: "Ada", "t")])
      try store.policy(
        "keep", .test(.retain, "90y", scope: PolicyScope(included: PolicyNames(groups: [sales]))))
      try store.change(as: .test()) { change in
        let ada = try change.createCustodian(
          name: "Ada", identities: [IdentityDefinition(.account, "Ada")])
        try change.setGroups([sales], of: ada)
        let other = try change.createCustodian(name: "A. L.")
        try change.mergeCustodians([ada], into: other)
        #expect(try change.catalog.groups(of: other) == [sales])
        // The same groups of the person, told now, are still news of the other record.
        #expect(try change.setGroups([sales], of: other))
      }
      let fate = try store.fate(of: "of Ada")
      #expect(fate.outcome.name == "retained")
      #expect(fate.settings.map(\.grounds) == [[]])
    }
  }
}
