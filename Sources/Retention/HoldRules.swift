// SPDX-License-Identifier: Apache-2.0
package import Model
package import Query

/// All holds that are in force, decided together.
///
/// Pure: no clock, no store.
package struct HoldRules: Sendable {
  /// In force when they were read.
  package let rules: [HoldRule]

  package init(_ rules: [HoldRule]) {
    self.rules = rules
  }

  /// Every hold that protects one version of an item, in the order of the rules; several versions of
  /// a hold may appear.
  package func protections(
    of item: ItemFacts, in unit: UnitFacts, at now: Instant,
    matches: (QueryNode) throws -> Bool
  ) -> [Protection] {
    rules.compactMap { $0.decide(item, in: unit, at: now, matches: matches).protection }
  }

  /// Every hold that protects a unit that has no items.
  package func protections(ofEmpty unit: UnitFacts, at now: Instant) -> [Protection] {
    rules.compactMap { $0.decideEmpty(unit, at: now).protection }
  }

  /// Every hold that protects a conversation: it is protected while any of its items is
  /// (holds-and-retention section 1).
  ///
  /// - Parameters:
  ///   - unit: The conversation's facts.
  ///   - items: All versions of all its items; empty for a unit without any.
  ///   - now: The time of the decision.
  ///   - facts: Gives an item's facts.
  ///   - matches: Evaluates a query on an item; a throw means that it cannot be evaluated.
  /// - Returns: One protection a rule, in the order of the rules: that of the first item covered for
  ///   certain, else that of the first one protected.
  package func protections<Item>(
    ofConversation unit: UnitFacts, items: some Sequence<Item>, at now: Instant,
    facts: (Item) -> ItemFacts, matches: (QueryNode, Item) throws -> Bool
  ) -> [Protection] {
    var found: [Int: Protection] = [:]
    var isEmpty = true
    for item in items {
      isEmpty = false
      let itemFacts = facts(item)
      for (index, rule) in rules.enumerated() where found[index]?.isCertain != true {
        let decision = rule.decide(itemFacts, in: unit, at: now) { try matches($0, item) }
        guard let protection = decision.protection else { continue }
        if found[index] == nil || protection.isCertain { found[index] = protection }
      }
    }
    if isEmpty { return protections(ofEmpty: unit, at: now) }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }
}
