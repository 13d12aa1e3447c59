// SPDX-License-Identifier: Apache-2.0

/// Evaluates a query on one item at a time, in memory: the reference for every other engine and the
/// verifier of what an index cannot decide.
///
/// An item is asked only for what the query needs, cheap values first, and each of its fields is
/// cut into tokens once.
package struct Evaluator: Sendable {
  private let plan: Plan

  /// Prepares a query for many items.
  package init(_ node: QueryNode) {
    plan = Plan(node)
  }

  /// Whether one version of an item matches.
  ///
  /// - Throws: What the item throws; `EvaluationError` when a NEAR cannot be decided.
  package func matches(_ item: some QueryableItem) throws -> Bool {
    var texts = ItemTexts(item)
    return try plan.matches(&texts)
  }

  /// Whether one version of an item matches; what is cut into tokens is kept for the next query.
  ///
  /// - Parameters:
  ///   - item: The version.
  ///   - tokens: Of the same texts, whatever else is known of the item meanwhile.
  /// - Returns: Whether it matches.
  /// - Throws: What the item throws; `EvaluationError` when a NEAR cannot be decided.
  package func matches(
    _ item: some QueryableItem, keeping tokens: inout ItemTokens
  ) throws -> Bool {
    var texts = ItemTexts(item)
    // Never two owners, or a further field would copy those that are there.
    swap(&texts.tokens, &tokens)
    defer { swap(&texts.tokens, &tokens) }
    return try plan.matches(&texts)
  }
}

/// A query with its words as bytes and the cheap operands first.
private indirect enum Plan: Sendable {
  case all
  case phrase(Phrase, TextScope)
  case near(ProximityMatcher, TextScope)
  case restriction(RestrictionMatcher)
  case and([Plan])
  case or([Plan])
  case not(Plan)

  init(_ node: QueryNode) {
    switch node {
    case .all: self = .all
    case .text(let match, let scope): self = .phrase(Phrase(match), scope)
    case .near(let proximity, let scope): self = .near(ProximityMatcher(proximity), scope)
    case .restriction(let restriction): self = .restriction(RestrictionMatcher(restriction))
    case .and(let nodes): self = .and(Plan.cheapFirst(nodes))
    case .or(let nodes): self = .or(Plan.cheapFirst(nodes))
    case .not(let node): self = .not(Plan(node))
    }
  }

  func matches(_ texts: inout ItemTexts<some QueryableItem>) throws -> Bool {
    switch self {
    case .all: return true
    case .phrase(let phrase, let scope):
      return try texts.contains(in: scope) { $0.contains(phrase) }
    case .near(let proximity, let scope):
      return try texts.contains(in: scope) { try proximity.matches($0) }
    case .restriction(let restriction): return try restriction.matches(texts.item)
    case .and(let plans):
      for plan in plans where try !plan.matches(&texts) { return false }
      return true
    case .or(let plans):
      for plan in plans where try plan.matches(&texts) { return true }
      return false
    case .not(let plan): return try !plan.matches(&texts)
    }
  }

  private static func cheapFirst(_ nodes: [QueryNode]) -> [Plan] {
    // The sort is stable.
    nodes.map(Plan.init).sorted { $0.cost < $1.cost }
  }

  /// A rank, not a time: values before texts, one field before all of them.
  private var cost: Int {
    switch self {
    case .all: 0
    case .restriction(let restriction): restriction.readsText ? 2 : 1
    case .phrase(_, let scope), .near(_, let scope): scope == .fullText ? 4 : 3
    case .and(let plans), .or(let plans): plans.map(\.cost).max() ?? 0
    case .not(let plan): plan.cost
    }
  }
}
