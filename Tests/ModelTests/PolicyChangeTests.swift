// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

@Suite struct PolicyChangeTests {
  private static let base = PolicyDefinition(
    action: .retainThenDelete, period: .years(5),
    scope: PolicyScope(
      included: PolicyNames(custodians: ["a", "b"]), excluded: PolicyNames(projects: ["p"])),
    mode: .on, disposition: .review)

  private static func changed(_ change: (inout PolicyDefinition) -> Void) -> PolicyDefinition {
    var definition = base
    change(&definition)
    return definition
  }

  private static let condition = StoredQuery(
    text: "x", dialect: "keyql", normalForm: "x", resolved: "{}")

  /// The change, whether it lets go more, deletes more, and breaks a lock.
  static let cases: [(String, PolicyDefinition, Bool, Bool, Bool)] = [
    ("nothing", base, false, false, false),
    ("longer", changed { $0.period = .years(6) }, false, false, false),
    ("shorter", changed { $0.period = .years(4) }, true, true, true),
    ("not comparable", changed { $0.period = .days(1826) }, true, true, true),
    ("forever", changed { $0.period = .forever }, false, false, false),
    ("wider", changed { $0.scope.included.custodians = ["a", "b", "c"] }, false, true, false),
    ("everyone", changed { $0.scope = PolicyScope(everyone: true) }, false, true, false),
    ("less excluded", changed { $0.scope.excluded = PolicyNames() }, false, true, false),
    ("narrower", changed { $0.scope.included.custodians = ["a"] }, true, false, true),
    ("more excluded", changed { $0.scope.excluded.models = ["m"] }, true, false, true),
    ("other persons", changed { $0.scope.included.custodians = ["c"] }, true, true, true),
    ("a condition", changed { $0.condition = condition }, true, true, true),
    ("another start", changed { $0.start = .created }, true, true, true),
    ("off", changed { $0.mode = .off }, true, false, true),
    ("simulated", changed { $0.mode = .simulate }, true, false, true),
    ("no deletion", changed { $0.action = .retain }, true, false, true),
    ("no retention", changed { $0.action = .delete }, true, false, true),
    ("no review", changed { $0.disposition = .automatic }, false, true, true),
  ]

  @Test("each change of a policy that counts is classed", arguments: cases.indices)
  func classes(index: Int) {
    let (name, new, loosens, tightens, breaksLock) = Self.cases[index]
    let change = PolicyChange(from: Self.base, to: new, kind: .policy)
    #expect(!change.loosens.isEmpty == loosens, "\(name): \(change.loosens)")
    #expect(!change.tightens.isEmpty == tightens, "\(name): \(change.tightens)")
    #expect(!change.breaksLock.isEmpty == breaksLock, "\(name): \(change.breaksLock)")
  }

  @Test("a change of a policy that does not count is mild until it is switched on")
  func simulated() {
    var old = Self.base
    old.mode = .simulate
    for (name, new, _, _, _) in Self.cases {
      var new = new
      new.mode = .simulate
      #expect(!PolicyChange(from: old, to: new, kind: .policy).isSevere, "\(name)")
      new.mode = .on
      #expect(
        PolicyChange(from: old, to: new, kind: .policy).isSevere == new.action.deletes, "\(name)")
    }
  }

  @Test("narrowing an explicit deletion may bring a shorter one forward")
  func explicitDeletion() {
    var old = Self.base
    old.action = .delete
    var new = old
    new.scope.included.custodians = ["a"]
    #expect(!PolicyChange(from: old, to: new, kind: .policy).loosens.isEmpty)
    new = old
    new.mode = .off
    #expect(!PolicyChange(from: old, to: new, kind: .policy).loosens.isEmpty)
    #expect(!PolicyChange(deleting: old, kind: .policy).loosens.isEmpty)
    #expect(!PolicyChange(deleting: Self.base, kind: .policy).loosens.isEmpty)
  }

  @Test("a label decides when to delete whatever its scope: switching it off is severe")
  func label() {
    var old = Self.base
    old.action = .delete
    old.scope = PolicyScope(everyone: true)
    var new = old
    new.mode = .off
    #expect(PolicyChange(from: old, to: new, kind: .label).isSevere)
    #expect(PolicyChange(deleting: old, kind: .label).isSevere)
    #expect(PolicyChange(from: old, to: new, kind: .policy).isSevere)
    // Without a review an earlier date than that of others was its own.
    old.disposition = .automatic
    new.disposition = .automatic
    #expect(!PolicyChange(from: old, to: new, kind: .policy).isSevere)
  }

  @Test("a deletion for everyone that is narrowed to persons joins those that are for them")
  func explicitTier() {
    var old = Self.base
    old.action = .delete
    old.scope = PolicyScope(everyone: true)
    old.disposition = .automatic
    var new = old
    new.scope = PolicyScope(included: PolicyNames(custodians: ["a"]))
    #expect(PolicyChange(from: old, to: new, kind: .policy).isSevere)
    new = old
    new.scope.excluded = PolicyNames(custodians: ["a"])
    #expect(!PolicyChange(from: old, to: new, kind: .policy).isSevere)
  }

  @Test("a deletion with a review that reaches less leaves others that go without one")
  func lostReview() {
    var old = Self.base
    old.action = .delete
    old.scope = PolicyScope(everyone: true)
    for change in [
      { (new: inout PolicyDefinition) in new.scope.excluded = PolicyNames(custodians: ["a"]) },
      { $0.period = .years(6) },
    ] {
      var new = old
      change(&new)
      #expect(PolicyChange(from: old, to: new, kind: .policy).isSevere)
      old.disposition = .automatic
      new.disposition = .automatic
      #expect(!PolicyChange(from: old, to: new, kind: .policy).isSevere)
      old.disposition = .review
    }
  }

  @Test("a label that begins to set itself, or does so for more, may displace another one")
  func displacement() {
    var old = Self.base
    old.action = .retain
    old.mode = .off
    var new = old
    new.mode = .on
    #expect(PolicyChange(from: old, to: new, kind: .label).isSevere)
    #expect(!PolicyChange(from: old, to: new, kind: .policy).isSevere)
  }
}
