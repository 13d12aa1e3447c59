// SPDX-License-Identifier: Apache-2.0
package import Model
import Query

/// All holds that are in force, decided together.
///
/// Pure: no clock, no store.
package struct HoldRules: Sendable {
  /// In force when they were read.
  package let rules: [HoldRule]
  /// For each rule one a reading of its query; none where it has no query that can be read.
  private let prepared: [[Prepared]]

  private struct Prepared {
    var reading: QueryReading
    var evaluator: Evaluator
    var asksForLaterWord: Bool

    init(_ reading: QueryReading) {
      self.reading = reading
      evaluator = Evaluator(reading.node)
      asksForLaterWord = reading.asksForLaterWord
    }

    func matches(_ item: some DatedItem, keeping tokens: inout ItemTokens) throws -> Bool {
      let item = try item.seen(at: reading.moment)
      if try evaluator.matches(item, keeping: &tokens) { return true }
      guard asksForLaterWord else { return false }
      for state in try item.earlierStates()
      where try evaluator.matches(state, keeping: &tokens) {
        return true
      }
      return false
    }
  }

  package init(_ rules: [HoldRule]) {
    self.rules = rules
    prepared = rules.map { rule in
      guard case .query(let readings) = rule.condition else { return [] }
      return readings.map(Prepared.init)
    }
  }

  /// Every hold that protects one version of an item, in the order of the rules; several versions of
  /// a hold may appear.
  ///
  /// - Parameters:
  ///   - item: The stored record, never an index that may lag.
  ///   - facts: What is known of it.
  ///   - unit: The conversation that it belongs to.
  ///   - now: The time of the decision.
  ///   - chosen: The places of the rules to decide, ascending; nil for all.
  /// - Returns: One protection for each rule that protects it.
  package func protections(
    of item: some DatedItem, _ facts: ItemFacts, in unit: UnitFacts, at now: Instant,
    among chosen: [Int]? = nil
  ) -> [Protection] {
    var tokens = ItemTokens()
    return (chosen ?? Array(rules.indices)).compactMap { index in
      decide(index, item, facts, in: unit, at: now, keeping: &tokens).protection
    }
  }

  /// Every hold that protects a unit that has no items.
  ///
  /// - Parameters:
  ///   - unit: What is known of it.
  ///   - now: The time of the decision.
  ///   - chosen: The places of the rules to decide, ascending; nil for all.
  /// - Returns: One protection for each rule that protects it.
  package func protections(
    ofEmpty unit: UnitFacts, at now: Instant, among chosen: [Int]? = nil
  ) -> [Protection] {
    (chosen ?? Array(rules.indices)).compactMap {
      rules[$0].decideEmpty(unit, at: now).protection
    }
  }

  /// Every hold that protects a conversation: it is protected while any of its items is
  /// (holds-and-retention section 1).
  ///
  /// - Parameters:
  ///   - unit: The conversation's facts.
  ///   - items: All versions of all its items; empty for a unit without any.
  ///   - now: The time of the decision.
  ///   - facts: Gives an item's facts.
  /// - Returns: One protection a rule, in the order of the rules: that of the first item covered for
  ///   certain, else that of the first one protected.
  package func protections<Item: DatedItem>(
    ofConversation unit: UnitFacts, items: some Sequence<Item>, at now: Instant,
    facts: (Item) -> ItemFacts
  ) -> [Protection] {
    var found: [Int: Protection] = [:]
    var isEmpty = true
    for item in items {
      isEmpty = false
      let itemFacts = facts(item)
      var tokens = ItemTokens()
      for index in rules.indices where found[index]?.isCertain != true {
        let decision = decide(index, item, itemFacts, in: unit, at: now, keeping: &tokens)
        guard let protection = decision.protection else { continue }
        if found[index] == nil || protection.isCertain { found[index] = protection }
      }
    }
    if isEmpty { return protections(ofEmpty: unit, at: now) }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }

  private func decide(
    _ index: Int, _ item: some DatedItem, _ facts: ItemFacts, in unit: UnitFacts,
    at now: Instant, keeping tokens: inout ItemTokens
  ) -> HoldDecision {
    let rule = rules[index]
    guard case .query = rule.condition else {
      return rule.decide(facts, in: unit, at: now) { _ in true }
    }
    return rule.decide(facts, in: unit, at: now) { number in
      try prepared[index][number].matches(item, keeping: &tokens)
    }
  }
}
