// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Retention
import Testing

@Suite struct HoldRuleTests {
  private func rule(
    scope: HoldScope = HoldScope(everyone: true), condition: HoldRule.Condition = .everything,
    interval: TimeInterval = TimeInterval(), until: Instant? = nil, name: String = "H",
    queryWording: Int64 = 0
  ) -> HoldRule {
    HoldRule(
      hold: ObjectID(.hold, derivedFrom: name), holdName: name,
      matter: ObjectID(.matter, derivedFrom: "M"), matterName: "M", version: 1, scope: scope,
      condition: condition, interval: interval, protectsUntil: until,
      queryWording: queryWording)
  }

  private let now = Instant(ticks: 1_000)
  private let unknownUnit = UnitFacts(
    accounts: [], isAttributed: false, projects: [], sources: ["src"])

  private func grounds(
    _ rule: HoldRule, _ item: ItemFacts = ItemFacts(time: nil), _ unit: UnitFacts? = nil,
    matches: (Int) throws -> Bool = { _ in false }
  ) -> [ProtectionGround]? {
    rule.decide(item, in: unit ?? unknownUnit, at: now, matches: matches).protection?.grounds
  }

  @Test("a custodian or project hold holds what is not attributed")
  func unattributed() {
    let custodian = rule(scope: HoldScope(namesCustodians: true, accounts: [7]))
    let project = rule(scope: HoldScope(projects: ["p"]))
    #expect(grounds(custodian) == [.custodianNotKnown])
    #expect(grounds(project) == [.projectNotKnown])
    var unit = unknownUnit
    unit.accounts = [8]
    #expect(grounds(custodian, ItemFacts(time: nil), unit) == [.custodianNotKnown])
    unit.isAttributed = true
    #expect(grounds(custodian, ItemFacts(time: nil), unit) == nil)
    unit.accounts = [7]
    #expect(grounds(custodian, ItemFacts(time: nil), unit) == [.covered])
    unit.isAttributed = false
    #expect(grounds(custodian, ItemFacts(time: nil), unit) == [.covered])
    unit.projects = ["q"]
    #expect(grounds(project, ItemFacts(time: nil), unit) == nil)
    unit.projects = ["p"]
    #expect(grounds(project, ItemFacts(time: nil), unit) == [.covered])
    #expect(grounds(rule(scope: HoldScope(sources: ["src"]))) == [.covered])
    #expect(grounds(rule(scope: HoldScope(sources: ["other"]))) == nil)
    #expect(grounds(rule(scope: HoldScope())) == nil)
  }

  @Test(
    "what was read anew with another result since a query was set is held, if nothing selects it")
  func reread() {
    let query = HoldRule.Condition.query([QueryReading(.all)])
    let bounds = TimeInterval(since: Instant(ticks: 10), before: Instant(ticks: 20))
    let changed = ProtectionGround.queryNotDecided(
      "what was read of it has changed since the hold was set")
    func item(_ wording: Int64?, at ticks: Int64? = nil) -> ItemFacts {
      ItemFacts(time: ticks.map { Instant(ticks: $0) }, rereadWording: wording)
    }
    let held = rule(condition: query, queryWording: 5)
    #expect(grounds(held, item(nil)) == nil)
    #expect(grounds(held, item(4)) == nil)
    #expect(grounds(held, item(5)) == [changed])
    #expect(grounds(held, item(6)) == [changed])
    let selected = grounds(held, item(6)) { _ in true }
    #expect(selected == [.covered])
    #expect(grounds(rule(queryWording: 5), item(6)) == [.covered])
    let within = rule(condition: query, interval: bounds, queryWording: 5)
    #expect(grounds(within, item(6, at: 10)) == [changed])
    #expect(grounds(within, item(6, at: 20)) == nil)
    #expect(grounds(within, item(6)) == [.timeNotKnown, changed])
    // A file without text is told of first.
    var partial = item(6)
    partial.obstacle = "a file of it has no text"
    #expect(grounds(held, partial) == [.queryNotDecided("a file of it has no text")])
  }

  @Test("an interval is half-open, and an item without a time is held")
  func interval() {
    let bounds = TimeInterval(since: Instant(ticks: 10), before: Instant(ticks: 20))
    let held = rule(interval: bounds)
    let expected: [(Int64, Bool)] = [(9, false), (10, true), (19, true), (20, false)]
    for (ticks, isHeld) in expected {
      #expect((grounds(held, ItemFacts(time: Instant(ticks: ticks))) == [.covered]) == isHeld)
    }
    #expect(grounds(held, ItemFacts(time: nil)) == [.timeNotKnown])
    #expect(grounds(rule(), ItemFacts(time: nil)) == [.covered])
  }

  @Test("a query that fails, or an item that cannot be read whole, is held")
  func undecided() {
    struct Broken: Error, CustomStringConvertible { var description: String { "no text" } }
    let held = rule(condition: .query([QueryReading(.all)]))
    #expect(grounds(held) { _ in true } == [.covered])
    #expect(grounds(held) { _ in false } == nil)
    #expect(grounds(held) { _ in throw Broken() } == [.queryNotDecided("no text")])
    let partial = ItemFacts(time: nil, obstacle: "a file without text")
    #expect(grounds(held, partial) { _ in true } == [.covered])
    #expect(grounds(held, partial) { _ in false } == [.queryNotDecided("a file without text")])
    #expect(grounds(rule(condition: .unreadable("old"))) == [.queryNotDecided("old")])
    // What is out of the interval for certain is not held for a query that cannot be decided.
    let past = rule(
      condition: .query([QueryReading(.all)]), interval: TimeInterval(since: Instant(ticks: 10)))
    #expect(grounds(past, ItemFacts(time: Instant(ticks: 9))) { _ in throw Broken() } == nil)
  }

  @Test("a rule protects up to the end of its cool-down, which is past")
  func coolDown() {
    #expect(grounds(rule(until: Instant(ticks: 1_001))) == [.covered])
    #expect(grounds(rule(until: Instant(ticks: 1_000))) == nil)
    #expect(grounds(rule(until: Instant(ticks: 999))) == nil)
  }

  @Test("what any reading of the query selects is held, and one that fails is no answer")
  func readings() {
    struct Broken: Error, CustomStringConvertible { var description: String { "no text" } }
    let held = rule(
      condition: .query([
        QueryReading(.all, moment: .at(Instant(ticks: 3))), QueryReading(.not(.all)),
      ]))
    #expect(grounds(held) { $0 == 1 } == [.covered])
    #expect(grounds(held) { _ in false } == nil)
    let half: (Int) throws -> Bool = { number in
      if number == 0 { throw Broken() }
      return false
    }
    #expect(grounds(held, matches: half) == [.queryNotDecided("no text")])
    #expect(
      grounds(held) { number in
        if number == 0 { throw Broken() }
        return true
      } == [.covered])
  }

  @Test("a hold through any of a conversation's accounts or projects holds it")
  func severalOwners() {
    var unit = unknownUnit
    unit.accounts = [7, 8]
    unit.isAttributed = true
    unit.projects = ["p", "q"]
    for account in [Int64(7), 8] {
      let held = rule(scope: HoldScope(namesCustodians: true, accounts: [account]))
      #expect(grounds(held, ItemFacts(time: nil), unit) == [.covered])
    }
    for project in ["p", "q"] {
      #expect(
        grounds(rule(scope: HoldScope(projects: [project])), ItemFacts(time: nil), unit)
          == [.covered])
    }
    let other = rule(scope: HoldScope(namesCustodians: true, accounts: [9], projects: ["r"]))
    #expect(grounds(other, ItemFacts(time: nil), unit) == nil)
  }

  @Test("the query is asked only where its answer can matter")
  func laziness() {
    let out = rule(
      scope: HoldScope(sources: ["other"]), condition: .query([QueryReading(.all)]),
      until: Instant(ticks: 2_000))
    var count = 0
    #expect(
      grounds(out) { _ in
        count += 1
        return true
      } == nil)
    #expect(count == 0)
  }

  @Test("a conversation is protected while any of its items is")
  func conversation() {
    let bounds = TimeInterval(since: Instant(ticks: 10), before: Instant(ticks: 20))
    let rules = HoldRules([rule(interval: bounds, name: "A"), rule(name: "B")])
    func holds(_ times: [Int64?]) -> [String] {
      rules.protections(
        ofConversation: unknownUnit, items: times.map(BareItem.init), at: now,
        facts: { ItemFacts(time: $0.sent.map { Instant(ticks: $0) }) }
      ).map { "\($0.holdName) \($0.isCertain)" }
    }
    #expect(holds([1, 2]) == ["B true"])
    #expect(holds([1, 10, 2]) == ["A true", "B true"])
    #expect(holds([nil]) == ["A false", "B true"])
    #expect(holds([nil, 15]) == ["A true", "B true"])
    #expect(holds([]) == ["A false", "B true"])
  }

  @Test("queries are decided by the evaluator, on each version alone")
  func evaluator() {
    let restriction = PropertyRestriction(
      property: .sent, condition: .time(TimeInterval(since: Instant(ticks: 10))))
    let rules = HoldRules([rule(condition: .query([QueryReading(.restriction(restriction))]))])
    for (ticks, isHeld) in [(9, false), (10, true)] {
      let found = rules.protections(
        of: BareItem(sent: Int64(ticks)), ItemFacts(time: Instant(ticks: Int64(ticks))),
        in: unknownUnit, at: now)
      #expect(!found.isEmpty == isHeld)
    }
    let failing = HoldRules([rule(condition: .query([QueryReading(.restriction(restriction))]))])
    let found = failing.protections(
      of: BareItem(sent: 9, isBroken: true), ItemFacts(time: nil), in: unknownUnit, at: now)
    #expect(found.map(\.isCertain) == [false])
  }

  @Test("a unit without items is judged by its own time, and held by any query")
  func emptyUnit() {
    var unit = unknownUnit
    unit.started = Instant(ticks: 5)
    let bounds = TimeInterval(since: Instant(ticks: 10))
    #expect(rule(interval: bounds).decideEmpty(unit, at: now) == .notProtected)
    #expect(
      rule(condition: .query([QueryReading(.all)])).decideEmpty(unit, at: now).protection?.grounds
        == [.queryNotDecided("it has no items")])
    unit.started = Instant(ticks: 10)
    #expect(rule(interval: bounds).decideEmpty(unit, at: now).protection?.isCertain == true)
  }

  @Test("an explanation names hold, case, ground and end")
  func explanation() {
    let held = rule(
      scope: HoldScope(namesCustodians: true, projects: ["p"]), until: Instant(ticks: 10_000_000))
    let protection = held.decide(ItemFacts(time: nil), in: unknownUnit, at: now) { _ in true }
      .protection
    #expect(
      protection?.explanation
        == "hold H (\(held.hold)) of case M (\(held.matter)): whose it is is not known, so it is "
        + "held until it is attributed; its project is not known, so it is held until it is "
        + "attributed; it ends at 1970-01-01T00:00:01Z")
  }
}

/// An item that has a time and nothing else.
private struct BareItem: DatedItem {
  struct Unreadable: Error {}

  var sent: Int64?
  var isBroken = false

  init(_ sent: Int64?) { self.sent = sent }

  init(sent: Int64, isBroken: Bool = false) {
    self.sent = sent
    self.isBroken = isBroken
  }

  func seen(at moment: DirectoryMoment) -> BareItem { self }
  func segments(of property: Property) -> [String] { [] }
  func fileTexts() -> [String] { [] }
  func keywords(of property: Property) -> [String] { [] }
  func identities(of property: Property) -> [ItemIdentity] { [] }
  func time(of property: Property) throws -> Instant? {
    if isBroken { throw Unreadable() }
    return sent.map { Instant(ticks: $0) }
  }
  func integer(of property: Property) -> Int64? { nil }
  func boolean(of property: Property) -> Bool? { nil }
}
