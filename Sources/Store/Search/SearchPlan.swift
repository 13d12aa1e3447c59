// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// How one partition finds the rows of a query.
///
/// The query is a conjunction: what the index knows exactly goes into one expression, what columns
/// know into SQL conditions, and only what is left is asked of the evaluator, row by row and for
/// nothing but the rows between the bounds.
struct SearchPlan {
  let reader: PartitionReader
  let directory: SearchDirectory
  /// Every row of the result matches it.
  private(set) var upper = IndexExpression.all
  /// Every candidate that matches it belongs to the result.
  private(set) var lower = IndexExpression.all
  /// Candidates that must be evaluated.
  private(set) var doubtful = IndexExpression.none
  /// What every row of the result fulfils besides.
  private(set) var conditions: [SQLCondition] = []
  /// What a doubtful row must fulfil besides; nil when no row is doubtful.
  private(set) var evaluator: Evaluator?
  /// Whether a row is doubtful only if a field of it has several segments.
  private(set) var doubtIsInSegments = false

  /// Compiles a query.
  ///
  /// - Throws: `StoreError` for a property that cannot be searched.
  init(_ node: QueryNode, reader: PartitionReader, directory: SearchDirectory) throws {
    self.reader = reader
    self.directory = directory
    let compiler = SearchCompiler(reader: reader, directory: directory)
    var uppers: [IndexExpression] = []
    var lowers: [IndexExpression] = []
    var residual: [QueryNode] = []
    var areProximities = true
    for part in SearchPlan.conjuncts(of: node) {
      let compiled = try compiler.compile(part)
      uppers.append(compiled.bounds.upper)
      if compiled.bounds.isExact {
        lowers.append(compiled.bounds.upper)
      } else if let condition = compiled.condition {
        conditions.append(condition)
        lowers.append(compiled.bounds.upper)
      } else {
        residual.append(part)
        lowers.append(compiled.bounds.lower)
        areProximities =
          areProximities && compiled.bounds.lower == compiled.bounds.upper.inOneSegment
      }
    }
    upper = .all(of: uppers)
    lower = .all(of: lowers)
    guard !residual.isEmpty else { return }
    evaluator = Evaluator(residual.count == 1 ? residual[0] : .and(residual))
    doubtIsInSegments = areProximities
    doubtful =
      areProximities
      ? .all(of: [upper, .facet(Facet.severalSegments)])
      : .all(of: [upper, lower.complement])
  }

  /// The rows of the plan that match a facet as well.
  func restricted(to facet: String) -> SearchPlan {
    restricted(to: IndexExpression.facet(facet))
  }

  /// The rows of the plan that fulfil an SQL condition as well.
  func restricted(to condition: SQLCondition) -> SearchPlan {
    var plan = self
    plan.conditions.append(condition)
    return plan
  }

  private func restricted(to expression: IndexExpression) -> SearchPlan {
    var plan = self
    plan.upper = .all(of: [upper, expression])
    plan.lower = .all(of: [lower, expression])
    plan.doubtful = .all(of: [doubtful, expression])
    return plan
  }

  private static func conjuncts(of node: QueryNode) -> [QueryNode] {
    if case .and(let parts) = node { return parts.flatMap(conjuncts) }
    return [node]
  }

  // MARK: - Counting

  /// How many items match: one counts once, whichever of its rows match.
  ///
  /// Fetches no row that the index or the columns decide.
  func itemCount() throws -> Int {
    guard upper != .none, reader.mark.row > 0 else { return 0 }
    var count = try rowCount(lower)
    if evaluator != nil {
      try forEachRow(of: doubtful, certain: .noRow) { _ in count += 1 }
    }
    guard reader.hasLaterVersions else { return count }
    return try count - surplus()
  }

  private func rowCount(_ expression: IndexExpression) throws -> Int {
    guard expression != .none else { return 0 }
    let sql = RowCursor.sql(
      expression, conditions: conditions, columns: "count(*)", order: "")
    let statement = try reader.connection.cached(sql)
    defer { statement.reset() }
    try RowCursor.bind(
      statement, expression, conditions: conditions, rows: 0...reader.mark.row)
    guard try statement.step() else { return 0 }
    return Int(statement.integer(0))
  }

  /// How many rows of the result stand for an item that another row of it stands for too.
  private func surplus() throws -> Int {
    var laterCounts: [Int64: Int] = [:]
    try restricted(to: Facet.later).forEachRow { row in laterCounts[row.first, default: 0] += 1 }
    guard !laterCounts.isEmpty else { return 0 }
    var surplus = laterCounts.values.reduce(0) { $0 + $1 - 1 }
    let firsts = restricted(
      to: SQLCondition(
        "i.row IN (SELECT value FROM json_each(?))", [.list(laterCounts.keys.sorted())]))
    try firsts.forEachRow { row in
      if row.first == row.row { surplus += 1 }
    }
    return surplus
  }

  // MARK: - Rows

  /// Calls a body with every row of the result in ascending order.
  func forEachRow(_ body: (FoundRow) throws -> Void) throws {
    try forEachRow(of: upper, certain: certainty, body)
  }

  private func forEachRow(
    of expression: IndexExpression, certain: RowCursor.Certainty,
    _ body: (FoundRow) throws -> Void
  ) throws {
    guard expression != .none, reader.mark.row > 0 else { return }
    let cursor = try RowCursor(
      self, expression: expression, certainty: certain, rows: 0...reader.mark.row,
      direction: .ascending)
    while let row = try cursor.next() { try body(row) }
  }

  /// How a cursor over `upper` knows which rows need no evaluation.
  var certainty: RowCursor.Certainty {
    guard evaluator != nil else { return .everyRow }
    if doubtIsInSegments { return .rowsOfOneSegment }
    return lower == .none ? .noRow : .rows(lower)
  }
}

extension IndexExpression {
  /// What is left of a proximity where no field has several segments.
  var inOneSegment: IndexExpression { .all(of: [self, .not(.facet(Facet.severalSegments))]) }
}
