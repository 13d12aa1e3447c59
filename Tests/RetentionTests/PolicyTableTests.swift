// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Retention
import Testing

/// The table of holds-and-retention section 3.2, row by row.
@Suite struct PolicyTableTests {
  static let start = Instant(ticks: 1_600_000_000 * Instant.ticksPerSecond)

  static func id(_ name: String) -> ObjectID { ObjectID(.policy, derivedFrom: name) }

  static func rule(
    _ action: RetentionAction, _ period: String, named: Bool = false, label: Bool = false,
    start: RetentionStart = .lastActivity, mode: PolicyMode = .on, review: Bool = false,
    name: String = "P"
  ) -> PolicyRule {
    let scope =
      named
      ? PolicyRuleScope(included: PolicyRuleScope.Side(namesPersons: true, accounts: [1]))
      : PolicyRuleScope(everyone: true)
    return PolicyRule(
      policy: id(name), name: name, kind: label ? .label : .policy, action: action,
      period: RetentionPeriod(period) ?? .forever, start: start, isExplicit: named, mode: mode,
      disposition: review ? .review : .automatic, retainScope: scope, deleteScope: scope)
  }

  static func facts(
    account: Int64? = 1, lastActivity: Instant? = start, label: String? = nil
  ) -> RetentionFacts {
    RetentionFacts(
      unit: UnitFacts(
        accounts: account.map { [$0] } ?? [], isAttributed: account != nil, projects: [],
        sources: ["src"], started: start),
      lastActivity: lastActivity, captured: start,
      label: label.map { AssignedLabel(policy: id($0), since: start) })
  }

  static func decide(
    _ rules: [PolicyRule], _ facts: RetentionFacts = facts(), holds: [Protection] = [],
    at now: Instant = start, modes: Set<PolicyMode> = [.on]
  ) -> RetentionDecision {
    RetentionQuestion(facts: facts, holds: holds, now: now, modes: modes)
      .decide(rules) { _, _ in .applies }
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var rules: [PolicyRule]
    var label: String?
    var retainUntil: String?
    var purgeAt: String?
  }

  static let rows: [Row] = [
    Row(
      testDescription: "everyone delete 3y; everyone retain-then-delete 5y",
      rules: [rule(.delete, "3y"), rule(.retainThenDelete, "5y")], retainUntil: "5y",
      purgeAt: "5y"),
    Row(
      testDescription: "policies delete 5y and delete 10y; label delete 7y",
      rules: [
        rule(.delete, "5y"), rule(.delete, "10y"), rule(.delete, "7y", label: true, name: "L"),
      ], label: "L", purgeAt: "7y"),
    Row(
      testDescription: "policy retain-then-delete 10y; label delete 7y",
      rules: [rule(.retainThenDelete, "10y"), rule(.delete, "7y", label: true, name: "L")],
      label: "L", retainUntil: "10y", purgeAt: "10y"),
    Row(
      testDescription: "retain 5y; retain 7y", rules: [rule(.retain, "5y"), rule(.retain, "7y")],
      retainUntil: "7y"),
    Row(
      testDescription: "named person delete 1y; everyone delete 2y",
      rules: [rule(.delete, "1y", named: true), rule(.delete, "2y")], purgeAt: "1y"),
    Row(
      testDescription: "named person delete 2y; everyone delete 1y",
      rules: [rule(.delete, "2y", named: true), rule(.delete, "1y")], purgeAt: "2y"),
    Row(
      testDescription: "everyone delete 1y; everyone delete 2y",
      rules: [rule(.delete, "1y"), rule(.delete, "2y")], purgeAt: "1y"),
    Row(
      testDescription: "retain 5y alone", rules: [rule(.retain, "5y")], retainUntil: "5y"),
    Row(
      testDescription: "label retain 5y without deletion; everyone delete 1y",
      rules: [rule(.retain, "5y", label: true, name: "L"), rule(.delete, "1y")], label: "L",
      retainUntil: "5y", purgeAt: "5y"),
    Row(
      testDescription: "a label that is not this one's counts for nothing",
      rules: [rule(.delete, "1d", label: true, name: "L"), rule(.delete, "2y")], label: "M",
      purgeAt: "2y"),
    Row(testDescription: "no setting", rules: []),
  ]

  @Test("the dates of the table", arguments: rows)
  func dates(row: Row) {
    let decision = Self.decide(row.rules, Self.facts(label: row.label))
    func date(_ period: String?) -> RetentionDate? {
      period.flatMap { RetentionPeriod($0)?.end(after: Self.start) }.map { .at($0) }
    }
    #expect(decision.retainUntil == date(row.retainUntil))
    #expect(decision.purgeAt == date(row.purgeAt))
    guard case .at(let due) = date(row.purgeAt) else {
      let later = Self.decide(
        row.rules, Self.facts(label: row.label), at: Self.start.advanced(byDays: 99_999))
      #expect(later.outcome == .notDeleted)
      return
    }
    let before = Self.decide(
      row.rules, Self.facts(label: row.label), at: Instant(ticks: due.ticks - 1))
    #expect(!before.isDue)
    let then = Self.decide(row.rules, Self.facts(label: row.label), at: due)
    #expect(then.outcome == .due(needsReview: false))
  }

  @Test("retain forever; label delete 1d: never")
  func never() {
    let decision = Self.decide(
      [Self.rule(.retain, "forever"), Self.rule(.delete, "1d", label: true, name: "L")],
      Self.facts(label: "L"), at: Self.start.advanced(byDays: 99_999))
    #expect(decision.outcome == .retained(until: .never))
    #expect(decision.purgeAt == .never)
  }

  @Test("a label whose period has not started decides: not due")
  func notStarted() {
    var facts = Self.facts(label: "L")
    facts.unit.started = nil
    let decision = Self.decide(
      [
        Self.rule(.delete, "1d", label: true, start: .created, name: "L"), Self.rule(.delete, "1y"),
      ],
      facts, at: Self.start.advanced(byDays: 9_999))
    #expect(decision.outcome == .notDue(.unknown))
    let retained = Self.decide(
      [
        Self.rule(.retain, "1d", label: true, start: .created, name: "L"), Self.rule(.delete, "1y"),
      ],
      facts, at: Self.start.advanced(byDays: 9_999))
    #expect(retained.outcome == .retained(until: .unknown))
  }

  @Test("delete 30d; hold active: kept; on release the cool-down, then due at once")
  func hold() {
    let matter = ObjectID(.matter, derivedFrom: "M")
    func protections(until: Instant?, at now: Instant, facts: RetentionFacts) -> [Protection] {
      let rule = HoldRule(
        hold: ObjectID(.hold, derivedFrom: "H"), holdName: "H", matter: matter, matterName: "M",
        version: 1, scope: HoldScope(namesCustodians: true, accounts: [1]),
        condition: .everything, interval: TimeInterval(), protectsUntil: until)
      return HoldRules([rule]).protections(ofEmpty: facts.unit, at: now)
    }
    let rules = [Self.rule(.delete, "30d")]
    let later = Self.start.advanced(byDays: 365)
    for facts in [Self.facts(), Self.facts(account: nil)] {
      let held = Self.decide(
        rules, facts, holds: protections(until: nil, at: later, facts: facts), at: later)
      #expect(held.outcome == .held)
      #expect(held.purgeAt == .at(Self.start.advanced(byDays: 30)))
    }
    let end = later.advanced(byDays: 30)
    let facts = Self.facts()
    for (now, outcome) in [
      (Instant(ticks: end.ticks - 1), RetentionOutcome.held), (end, .due(needsReview: false)),
    ] {
      let holds = protections(until: end, at: now, facts: facts)
      #expect(Self.decide(rules, facts, holds: holds, at: now).outcome == outcome)
    }
  }

  @Test("delete 30d, mode simulate: nothing happens; a plan says what would")
  func simulation() {
    let rules = [Self.rule(.delete, "30d", mode: .simulate), Self.rule(.delete, "1d", mode: .off)]
    let later = Self.start.advanced(byDays: 30)
    #expect(Self.decide(rules, at: later).outcome == .notDeleted)
    #expect(
      Self.decide(rules, at: later, modes: [.on, .simulate]).outcome == .due(needsReview: false))
  }

  @Test("delete 1y, start last-activity, new message after 11 months: the period starts again")
  func activity() throws {
    let message = Self.start.advanced(byMonths: 11)
    let decision = Self.decide([Self.rule(.delete, "1y")], Self.facts(lastActivity: message))
    #expect(decision.purgeAt == .at(message.advanced(byMonths: 12)))
  }

  @Test("a message dated in the future is not due until its own time and the period")
  func future() {
    let message = Self.start.advanced(byDays: 10_000)
    let decision = Self.decide(
      [Self.rule(.delete, "1d")], Self.facts(lastActivity: message), at: message)
    #expect(decision.outcome == .notDue(.at(message.advanced(byDays: 1))))
  }

  @Test("a review set of an open case keeps what is due, and a hold comes before it")
  func reviewSet() {
    let set = KeepingReviewSet(
      set: ObjectID(.reviewSet, derivedFrom: "S"), name: "S",
      matter: ObjectID(.matter, derivedFrom: "M"), matterName: "M")
    let question = RetentionQuestion(
      facts: Self.facts(), reviewSets: [set], now: Self.start.advanced(byDays: 9))
    let decision = question.decide([Self.rule(.delete, "1d")]) { _, _ in .applies }
    #expect(decision.outcome == .inReviewSet)
  }

  @Test("what a deciding policy asks to be reviewed waits for a reviewer")
  func review() {
    let later = Self.start.advanced(byDays: 9_999)
    let reviewed = Self.rule(.delete, "1y", named: true, review: true, name: "R")
    #expect(Self.decide([reviewed], at: later).outcome == .due(needsReview: true))
    #expect(
      Self.decide([reviewed, Self.rule(.delete, "1d")], at: later).outcome
        == .due(needsReview: true))
    // Another setting decides: nobody asks for a review.
    let other = Self.rule(.delete, "1d", label: true, name: "L")
    #expect(
      Self.decide([reviewed, other], Self.facts(label: "L"), at: later).outcome
        == .due(needsReview: false))
    // What retains only puts it off: who deletes still asks for the review.
    #expect(
      Self.decide([reviewed, Self.rule(.retain, "5y", name: "K")], at: later).outcome
        == .due(needsReview: true))
    // What retained it longest decides with it.
    let retaining = Self.rule(.retainThenDelete, "2y", review: true, name: "R")
    #expect(
      Self.decide([retaining, other], Self.facts(label: "L"), at: later).outcome
        == .due(needsReview: true))
  }

  @Test("a removal on request is due now, and everything that keeps still keeps")
  func request() {
    func decide(_ rules: [PolicyRule], holds: [Protection] = []) -> RetentionOutcome {
      RetentionQuestion(
        facts: Self.facts(), holds: holds, request: RemovalRequest(reason: "erasure"),
        now: Self.start
      ).decide(rules) { _, _ in .applies }.outcome
    }
    #expect(decide([]) == .due(needsReview: false))
    #expect(decide([Self.rule(.delete, "9y", named: true)]) == .due(needsReview: false))
    let kept = Self.start.advanced(byDays: 5)
    #expect(decide([Self.rule(.retain, "5d")]) == .retained(until: .at(kept)))
  }

  @Test("the steps tell each setting, each principle that decided, and the result")
  func steps() {
    let decision = Self.decide(
      [
        Self.rule(.delete, "1y", name: "A"), Self.rule(.delete, "3y", named: true, name: "B"),
        Self.rule(.delete, "2y", named: true, name: "C"), Self.rule(.retain, "4y", name: "D"),
        Self.rule(.retain, "1y", name: "E"),
      ])
    #expect(
      decision.steps.map(\.principle) == [nil, nil, nil, nil, nil, 2, 3, 4, 1, nil])
    #expect(decision.steps.last?.text == "it is retained until 2024-09-13T12:26:40Z")
    #expect(decision.decidingPolicies == [Self.id("D")])
  }
}
