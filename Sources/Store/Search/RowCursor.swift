// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// A row of a result, with what orders and groups it.
struct FoundRow {
  var row: Int64
  /// The row of the item's first version.
  var first: Int64
  var time: Int64?
  var idKey: Int64
  var conversation: Int64
  var account: Int64?
  var byteCount: Int64
  var flags: ItemFlags
}

/// Steps over the rows that a plan finds in a range of rows.
final class RowCursor {
  enum Direction: Hashable {
    case ascending, descending
  }

  /// Which candidates belong to the result without being evaluated.
  enum Certainty {
    case everyRow
    case noRow
    case rowsOfOneSegment
    case rows(IndexExpression)
  }

  private let plan: SearchPlan
  private let certainty: Certainty
  private let direction: Direction
  private let sql: String
  private let candidates: DirectStatement
  private var certain: (sql: String, rows: DirectStatement, next: Int64?)?

  init(
    _ plan: SearchPlan, expression: IndexExpression, certainty: Certainty,
    rows: ClosedRange<Int64>, direction: Direction
  ) throws {
    self.plan = plan
    self.certainty = certainty
    self.direction = direction
    sql = Self.sql(
      expression, conditions: plan.conditions,
      columns: """
        i.row, i.first, i.time, i.id_key, i.conversation, i.account, i.byte_count, i.flags
        """, order: direction == .ascending ? "ASC" : "DESC")
    candidates = try plan.reader.connection.borrow(sql)
    try Self.bind(candidates, expression, conditions: plan.conditions, rows: rows)
    if case .rows(let lower) = certainty {
      let sql = Self.sql(
        lower, conditions: [], columns: "i.row",
        order: direction == .ascending ? "ASC" : "DESC")
      let statement = try plan.reader.connection.borrow(sql)
      try Self.bind(statement, lower, conditions: [], rows: rows)
      certain = (sql, statement, nil)
      try advanceCertain()
    }
  }

  deinit {
    plan.reader.connection.giveBack(candidates, sql: sql)
    if let certain { plan.reader.connection.giveBack(certain.rows, sql: certain.sql) }
  }

  /// The next row; nil at the end.
  func next() throws -> FoundRow? {
    while try candidates.step() {
      let row = FoundRow(
        row: candidates.integer(0), first: candidates.integer(1),
        time: candidates.optionalInteger(2), idKey: candidates.integer(3),
        conversation: candidates.integer(4), account: candidates.optionalInteger(5),
        byteCount: candidates.integer(6), flags: ItemFlags(rawValue: candidates.integer(7)))
      if try belongs(row) { return row }
    }
    return nil
  }

  private func belongs(_ row: FoundRow) throws -> Bool {
    guard let evaluator = plan.evaluator else { return true }
    switch certainty {
    case .everyRow: return true
    case .noRow: break
    case .rowsOfOneSegment:
      if !row.flags.contains(.severalSegments) { return true }
    case .rows:
      while let next = certain?.next, isBefore(next, row.row) { try advanceCertain() }
      if certain?.next == row.row { return true }
    }
    return try evaluator.matches(
      StoredItem(row: row.row, reader: plan.reader, directory: plan.directory))
  }

  private func isBefore(_ row: Int64, _ other: Int64) -> Bool {
    direction == .ascending ? row < other : row > other
  }

  private func advanceCertain() throws {
    guard let rows = certain?.rows else { return }
    certain?.next = try rows.step() ? rows.integer(0) : nil
  }

  // MARK: - Statements

  /// The statement for an expression with conditions: the index leads, and items are read only where
  /// a column of them is asked for.
  static func sql(
    _ expression: IndexExpression, conditions: [SQLCondition], columns: String, order: String
  ) -> String {
    let isWhole = expression == .all
    let needsItems = isWhole || !conditions.isEmpty || columns.contains("i.")
    var parts: [String] = []
    let row = isWhole ? "i.row" : "f.rowid"
    if !isWhole { parts.append("f.fts MATCH ?") }
    parts.append("\(row) BETWEEN ? AND ?")
    parts += conditions.map { "(\($0.sql))" }
    let source =
      isWhole
      ? "item i" : needsItems ? "fts f CROSS JOIN item i ON i.row = f.rowid" : "fts f"
    return "SELECT \(columns) FROM \(source) WHERE " + parts.joined(separator: " AND ")
      + (order.isEmpty ? "" : " ORDER BY \(row) \(order)")
  }

  /// Binds what `sql` left open.
  static func bind(
    _ statement: DirectStatement, _ expression: IndexExpression, conditions: [SQLCondition],
    rows: ClosedRange<Int64>
  ) throws {
    var index = 1
    if expression != .all {
      try statement.bind(expression.match, at: index)
      index += 1
    }
    try statement.bind(rows.lowerBound, at: index)
    try statement.bind(rows.upperBound, at: index + 1)
    index += 2
    for condition in conditions { index = try statement.bind(condition.values, from: index) }
  }
}
