// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// A condition as one partition can check it.
struct CompiledCondition {
  let bounds: IndexBounds
  /// Whether the index knows it exactly.
  let isExact: Bool
  private let inSQL: SQLCondition?

  init(bounds: IndexBounds, condition: SQLCondition?) {
    self.bounds = bounds
    isExact = bounds.isExact
    inSQL = condition
  }

  /// A condition that the index knows exactly.
  init(_ expression: IndexExpression) {
    bounds = IndexBounds(expression)
    isExact = true
    inSQL = nil
  }

  /// The same exactly, in SQL; nil when only the evaluator knows.
  ///
  /// What the index knows is written down only when it is asked for: most is asked of the index alone.
  var condition: SQLCondition? { isExact ? SQLCondition(bounds.lower) : inSQL }

  /// A condition that the index knows nothing of.
  init(_ condition: SQLCondition) { self.init(bounds: .unknown, condition: condition) }

  /// A condition that only the evaluator can check, between bounds.
  init(evaluatedWithin bounds: IndexBounds) { self.init(bounds: bounds, condition: nil) }
}

/// Compiles a query for one partition: its names are numbered there.
struct SearchCompiler {
  /// FTS5's parser and that of SQLite have stacks for some more levels of parentheses.
  private static let maximumDepth = 12
  private static let maximumConditionDepth = 8
  /// Names in a disjunction beyond which a comparison of the item's own column is faster.
  static let maximumAlternatives = 64
  /// Combinations into which a proximity with alternatives is multiplied out.
  private static let maximumCombinations = 64

  let reader: PartitionReader
  let people: PeopleMatches

  var directory: SearchDirectory { people.directory }

  func compile(_ node: QueryNode) throws -> CompiledCondition {
    switch node {
    case .all: CompiledCondition(.all)
    case .text(let match, let scope): try compile(match, in: scope)
    case .near(let proximity, let scope): try compile(proximity, in: scope)
    case .restriction(let restriction): try compile(restriction)
    case .and(let parts): conjunction(try parts.map(compile))
    case .or(let parts): disjunction(try parts.map(compile))
    case .not(let inner): complement(try compile(inner))
    }
  }

  func conjunction(_ parts: [CompiledCondition]) -> CompiledCondition {
    bounded(parts, IndexExpression.all(of:), join: SQLCondition.all(of:))
  }

  func disjunction(_ parts: [CompiledCondition]) -> CompiledCondition {
    bounded(parts, IndexExpression.any(of:), join: SQLCondition.any(of:))
  }

  private func bounded(
    _ parts: [CompiledCondition], _ expression: ([IndexExpression]) -> IndexExpression,
    join: ([SQLCondition]) -> SQLCondition
  ) -> CompiledCondition {
    let upper = expression(parts.map(\.bounds.upper))
    let lower =
      parts.allSatisfy(\.isExact) ? upper : expression(parts.map(\.bounds.lower))
    return bounded(
      IndexBounds(lower: lower, upper: upper), by: parts, join: join)
  }

  func complement(_ part: CompiledCondition) -> CompiledCondition {
    bounded(part.bounds.complement, by: [part]) { $0[0].complement }
  }

  private func bounded(
    _ bounds: IndexBounds, by parts: [CompiledCondition],
    join: ([SQLCondition]) -> SQLCondition
  ) -> CompiledCondition {
    let isTooDeep =
      max(bounds.lower.depth, bounds.upper.depth) > SearchCompiler.maximumDepth
    if !isTooDeep, bounds.isExact { return CompiledCondition(bounds.lower) }
    let known = parts.compactMap(\.condition)
    var condition = known.count == parts.count ? join(known) : nil
    if let depth = condition?.depth, depth > SearchCompiler.maximumConditionDepth {
      condition = nil
    }
    return CompiledCondition(bounds: isTooDeep ? .unknown : bounds, condition: condition)
  }

  // MARK: - Text

  private func compile(_ match: TextMatch, in scope: TextScope) throws -> CompiledCondition {
    switch scope {
    case .fullText: CompiledCondition(.phrase(match, column: nil))
    case .property(.project):
      try projects { try Evaluation.matches(.text(match, in: scope), $0) }
    case .property(.hold), .property(.retentionlabel):
      try state(.text(match, in: scope), in: scope)
    case .property(let property):
      CompiledCondition(.phrase(match, column: try column(of: property)))
    }
  }

  func column(of property: Property) throws -> String {
    switch property {
    case .body: "body"
    case .title: "title"
    case .attachment: "names"
    default:
      throw StoreError(.usage, "'\(property.rawValue)' cannot be searched for words here")
    }
  }

  private func compile(
    _ proximity: Proximity, in scope: TextScope
  ) throws -> CompiledCondition {
    if case .property(.project) = scope {
      return try projects { try Evaluation.matches(.near(proximity, in: scope), $0) }
    }
    if scope == .property(.hold) || scope == .property(.retentionlabel) {
      return try state(.near(proximity, in: scope), in: scope)
    }
    var column: String?
    if case .property(let property) = scope { column = try self.column(of: property) }
    guard proximity.operands.count == 2, let first = plainMatches(proximity.operands[0]),
      let second = plainMatches(proximity.operands[1]),
      first.count * second.count <= SearchCompiler.maximumCombinations
    else {
      // FTS5 counts the tokens of inner operands, the query language does not.
      return CompiledCondition(
        evaluatedWithin: IndexBounds(
          lower: .none,
          upper: .all(of: proximity.operands.map { containing($0, column: column) })))
    }
    let pairs = first.flatMap { left in
      second.map { right in
        IndexExpression.near([left, right], distance: proximity.distance, column: column)
      }
    }
    let near = IndexExpression.any(of: pairs)
    if proximity.isOrdered {
      return CompiledCondition(evaluatedWithin: IndexBounds(lower: .none, upper: near))
    }
    // The index counts a segment's end as one token; across it nothing is near.
    return CompiledCondition(
      evaluatedWithin: IndexBounds(
        lower: .all(of: [near, .not(.facet(Facet.severalSegments))]), upper: near))
  }

  /// The matches that an operand stands for; nil when it holds another proximity.
  private func plainMatches(_ operand: ProximityOperand) -> [TextMatch]? {
    switch operand {
    case .match(let match): return [match]
    case .near: return nil
    case .any(let parts):
      var matches: [TextMatch] = []
      for part in parts {
        guard let inner = plainMatches(part) else { return nil }
        matches += inner
      }
      return matches
    }
  }

  private func containing(_ operand: ProximityOperand, column: String?) -> IndexExpression {
    switch operand {
    case .match(let match): .phrase(match, column: column)
    case .any(let parts): .any(of: parts.map { containing($0, column: column) })
    case .near(let inner): .all(of: inner.operands.map { containing($0, column: column) })
    }
  }
}
