// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Retention
import Testing

/// The rules of section 2 once more, as possible worlds: what is not known may be anything, and an
/// item is held when it would be in at least one world.
private struct World {
  var owners: Set<Int64>
  var projects: Set<String>
  var time: Int64
  var queryMatches: Bool

  func isHeld(by rule: HoldRule, sources: Set<String>, now: Int64) -> Bool {
    if let end = rule.protectsUntil?.ticks, end <= now { return false }
    var inScope = rule.scope.everyone
    inScope = inScope || !rule.scope.accounts.isDisjoint(with: owners)
    inScope = inScope || !rule.scope.projects.isDisjoint(with: projects)
    for source in sources where rule.scope.sources.contains(source) { inScope = true }
    let afterStart = rule.interval.since.map { $0.ticks <= time } ?? true
    let beforeEnd = rule.interval.before.map { time < $0.ticks } ?? true
    let selected = rule.condition == .everything || queryMatches
    return inScope && afterStart && beforeEnd && selected
  }
}

private struct Unevaluable: Error {}

@Suite struct HoldModelTests {
  @Test("agrees with a model of possible worlds on random holds and items", arguments: 0..<20)
  func possibleWorlds(seed: Int) {
    var random = SplitMix(state: UInt64(seed) &* 0x9E37_79B9 &+ 1)
    var heldCount = 0
    var freeCount = 0
    for _ in 0..<500 {
      let rule = randomRule(&random)
      let accounts = Set((0..<random.below(3)).map { _ in random.below(4) })
      let isAttributed = !accounts.isEmpty && !random.chance(4)
      let known = Set((0..<random.below(3)).map { _ in "p\(random.below(3))" })
      let sources: Set = ["s\(random.below(3))", "s\(random.below(3))"]
      let time: Int64? = random.chance(4) ? nil : random.below(30)
      // True, false, failing; and false on an item that cannot be read whole.
      let answer = random.below(4)
      let now = random.below(30)

      let unit = UnitFacts(
        accounts: accounts, isAttributed: isAttributed, projects: known, sources: sources)
      let item = ItemFacts(
        time: time.map { Instant(ticks: $0) }, obstacle: answer == 3 ? "unreadable" : nil)
      let decision = rule.decide(item, in: unit, at: Instant(ticks: now)) { _ in
        if answer == 2 { throw Unevaluable() }
        return answer == 0
      }

      // Beyond the accounts, projects and times in use stand those that nothing names. An account
      // that is nobody's may be a named person's, whichever its number.
      var owners: [Int64] = isAttributed ? [] : [99]
      if !isAttributed, rule.scope.namesCustodians { owners += Array(rule.scope.accounts) }
      let worlds = isAttributed ? [accounts] : owners.map { accounts.union([$0]) }
      let projectWorlds: [Set<String>] =
        known.isEmpty ? [["p0"], ["p1"], ["p2"], ["other"]] : [known]
      let times = time.map { [$0] } ?? Array(-1...31)
      let answers = answer == 0 ? [true] : answer == 1 ? [false] : [true, false]
      var expected = false
      for owners in worlds {
        for projects in projectWorlds {
          for time in times {
            for matches in answers where !expected {
              let world = World(
                owners: owners, projects: projects, time: time, queryMatches: matches)
              expected = world.isHeld(by: rule, sources: sources, now: now)
            }
          }
        }
      }
      #expect((decision.protection != nil) == expected, "\(rule) \(unit) \(item) \(answer) \(now)")
      if expected { heldCount += 1 } else { freeCount += 1 }
    }
    #expect(heldCount > 50)
    #expect(freeCount > 50)
  }

  private func randomRule(_ random: inout SplitMix) -> HoldRule {
    var scope = HoldScope()
    scope.everyone = random.chance(8)
    if random.chance(2) {
      scope.namesCustodians = true
      scope.accounts = [random.below(4), random.below(4)]
    }
    if random.chance(3) { scope.projects = ["p\(random.below(3))"] }
    if random.chance(5) { scope.sources = ["s\(random.below(3))"] }
    let since = random.below(30)
    let interval = TimeInterval(
      since: random.chance(2) ? Instant(ticks: since) : nil,
      before: random.chance(2) ? Instant(ticks: since + 1 + random.below(10)) : nil)
    return HoldRule(
      hold: ObjectID(.hold, derivedFrom: "h"), holdName: "h",
      matter: ObjectID(.matter, derivedFrom: "m"), matterName: "m", version: 1, scope: scope,
      condition: random.chance(2) ? .everything : .query([QueryReading(.all)]), interval: interval,
      protectsUntil: random.chance(3) ? Instant(ticks: random.below(30)) : nil)
  }
}
