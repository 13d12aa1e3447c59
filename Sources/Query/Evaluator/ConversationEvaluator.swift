// SPDX-License-Identifier: Apache-2.0

/// A query evaluated over a whole conversation (query-language section 8.3): all Boolean operators
/// see the union of its items; phrases and proximity still need one field.
///
/// The leaves are asked of each version of each item; what one of them matched stays matched.
package struct ConversationEvaluator: Sendable {
  private let node: QueryNode
  /// The conditions without Boolean operators, without repeats.
  package let leaves: [QueryNode]
  private let evaluators: [Evaluator]
  private var matched: [Bool]
  private var obstacle: String?

  package init(_ node: QueryNode) {
    self.node = node
    var leaves: [QueryNode] = []
    node.collectLeaves(into: &leaves)
    self.leaves = leaves
    evaluators = leaves.map { Evaluator($0) }
    matched = Array(repeating: false, count: leaves.count)
  }

  /// Takes one version of an item.
  ///
  /// - Parameters:
  ///   - item: The version.
  ///   - obstacle: Why not all of it can be read; nil when it can.
  package mutating func take(_ item: some QueryableItem, obstacle: String?) {
    if let obstacle { self.obstacle = self.obstacle ?? obstacle }
    var tokens = ItemTokens()
    for index in evaluators.indices where !matched[index] {
      do {
        matched[index] = try evaluators[index].matches(item, keeping: &tokens)
      } catch {
        self.obstacle = self.obstacle ?? String(describing: error)
      }
    }
  }

  /// Starts over for another conversation.
  package mutating func reset() {
    matched = Array(repeating: false, count: leaves.count)
    obstacle = nil
  }

  /// What the items so far say.
  package var answer: ConversationAnswer {
    node.answer { leaf in
      guard let index = leaves.firstIndex(of: leaf) else { return .doesNotMatch }
      if matched[index] { return .matches }
      return obstacle.map { .undecided($0) } ?? .doesNotMatch
    }
  }
}

/// Whether a conversation matches a query.
package enum ConversationAnswer: Hashable, Sendable {
  case matches
  case doesNotMatch
  /// An item of it cannot be read whole, and why.
  case undecided(String)

  private var rank: Int {
    switch self {
    case .doesNotMatch: 0
    case .undecided: 1
    case .matches: 2
    }
  }

  fileprivate func and(_ other: ConversationAnswer) -> ConversationAnswer {
    rank <= other.rank ? self : other
  }

  fileprivate func or(_ other: ConversationAnswer) -> ConversationAnswer {
    rank >= other.rank ? self : other
  }

  fileprivate var complement: ConversationAnswer {
    switch self {
    case .matches: .doesNotMatch
    case .doesNotMatch: .matches
    case .undecided: self
    }
  }
}

extension QueryNode {
  /// The answer of the whole from the answers of its leaves.
  package func answer(_ leaf: (QueryNode) -> ConversationAnswer) -> ConversationAnswer {
    switch self {
    case .all: .matches
    case .text, .near, .restriction: leaf(self)
    case .and(let parts): parts.reduce(.matches) { $0.and($1.answer(leaf)) }
    case .or(let parts): parts.reduce(.doesNotMatch) { $0.or($1.answer(leaf)) }
    case .not(let part): part.answer(leaf).complement
    }
  }

  fileprivate func collectLeaves(into leaves: inout [QueryNode]) {
    switch self {
    case .all: break
    case .text, .near, .restriction: if !leaves.contains(self) { leaves.append(self) }
    case .and(let parts), .or(let parts): for part in parts { part.collectLeaves(into: &leaves) }
    case .not(let part): part.collectLeaves(into: &leaves)
    }
  }
}
