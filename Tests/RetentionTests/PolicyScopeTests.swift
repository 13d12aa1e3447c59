// SPDX-License-Identifier: Apache-2.0
import Model
import Retention
import Testing

@Suite struct PolicyScopeTests {
  private func facts(
    _ accounts: Set<Int64> = [1], attributed: Bool = true, projects: Set<String> = ["p"],
    models: Set<String> = ["m"], modelsAreKnown: Bool = true
  ) -> RetentionFacts {
    RetentionFacts(
      unit: UnitFacts(
        accounts: accounts, isAttributed: attributed, projects: projects, sources: ["s"]),
      models: models, modelsAreKnown: modelsAreKnown)
  }

  private func persons(_ accounts: Set<Int64>, undecided: Set<Int64> = []) -> PolicyRuleScope.Side {
    PolicyRuleScope.Side(namesPersons: true, accounts: accounts, undecidedAccounts: undecided)
  }

  @Test("included things add up, and any of them suffices")
  func included() {
    var side = PolicyRuleScope.Side(sources: ["other"])
    #expect(PolicyRuleScope(included: side).covers(facts()) == .doesNot)
    side.projects = ["p"]
    #expect(PolicyRuleScope(included: side).covers(facts()) == .applies)
    #expect(
      PolicyRuleScope(included: PolicyRuleScope.Side(sources: ["s"])).covers(facts()) == .applies)
    #expect(
      PolicyRuleScope(included: PolicyRuleScope.Side(models: ["m", "n"])).covers(facts())
        == .applies)
    #expect(PolicyRuleScope(included: persons([1, 2])).covers(facts()) == .applies)
    #expect(PolicyRuleScope(included: persons([])).covers(facts()) == .doesNot)
    #expect(PolicyRuleScope().covers(facts()) == .doesNot)
  }

  @Test("what is not known of a conversation is not decided")
  func undecided() {
    let cases: [(PolicyRuleScope.Side, RetentionFacts, PolicyGround)] = [
      (persons([2]), facts([1], attributed: false), .custodianNotKnown),
      (persons([2]), facts([], attributed: false), .custodianNotKnown),
      (persons([2]), facts([1, 2]), .severalCustodians),
      (persons([1]), facts([1], attributed: false), .severalCustodians),
      (persons([2], undecided: [1]), facts([1]), .groupNotKnown),
      (PolicyRuleScope.Side(projects: ["p"]), facts(projects: []), .projectNotKnown),
      (PolicyRuleScope.Side(projects: ["p"]), facts(projects: ["p", "q"]), .severalProjects),
      (
        PolicyRuleScope.Side(models: ["n"]), facts(modelsAreKnown: false), .modelNotKnown
      ),
    ]
    for (side, facts, ground) in cases {
      #expect(PolicyRuleScope(included: side).covers(facts) == .undecided([ground]))
      #expect(
        PolicyRuleScope(everyone: true, excluded: side).covers(facts) == .undecided([ground]))
    }
  }

  @Test("excludes are taken off, whatever includes them")
  func excluded() {
    let scope = PolicyRuleScope(included: persons([1, 2]), excluded: persons([2]))
    #expect(scope.covers(facts([1])) == .applies)
    #expect(scope.covers(facts([2])) == .doesNot)
    #expect(scope.covers(facts([1, 2])) == .undecided([.severalCustodians]))
    #expect(scope.covers(facts([3])) == .doesNot)
    #expect(PolicyRuleScope(everyone: true, excluded: persons([2])).covers(facts([2])) == .doesNot)
  }

  @Test("what cannot be decided is retained and not deleted")
  func sides() {
    let scope = PolicyRuleScope(included: persons([2]))
    let now = Instant(ticks: 0).advanced(byDays: 9_999)
    for action in RetentionAction.allCases {
      let rule = PolicyRule(
        policy: ObjectID(.policy, derivedFrom: "p"), name: "p", action: action,
        period: .years(100), start: .created, isExplicit: true, retainScope: scope,
        deleteScope: scope)
      var facts = facts([], attributed: false)
      facts.unit.started = Instant(ticks: 0)
      let decision = RetentionQuestion(facts: facts, now: now).decide([rule]) { _, _ in .applies }
      #expect((decision.retainUntil != nil) == action.retains)
      #expect(decision.deleteAt == nil)
      #expect(decision.settings.map(\.grounds) == [[.custodianNotKnown]])
    }
  }
}
