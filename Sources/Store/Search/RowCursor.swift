// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// A row of a result, with what orders and groups it.
struct FoundRow {
  var row: Int64
  /// Its number in the index.
  var entry: Int64
  /// The row of the item's first version.
  var first: Int64
  var time: Int64?
  var idKey: Int64
  var conversation: Int64
  var account: Int64?
  var byteCount: Int64
  var flags: ItemFlags
}

/// Steps over the rows that a plan finds in a range of entries, in the order of their numbers.
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
    entries: ClosedRange<Int64>, direction: Direction
  ) throws {
    self.plan = plan
    self.certainty = certainty
    self.direction = direction
    let query = IndexQuery(
      expression, conditions: plan.conditions, entries: entries, in: plan.reader)
    let order = direction == .ascending ? "ASC" : "DESC"
    sql = query.sql(
      columns: """
        i.row, i.entry, i.first, i.time, i.id_key, i.conversation, i.account, i.byte_count, i.flags
        """, order: order)
    candidates = try plan.reader.connection.borrow(sql)
    try query.bind(to: candidates)
    if case .rows(let lower) = certainty {
      let query = IndexQuery(lower, conditions: [], entries: entries, in: plan.reader)
      let sql = query.sql(columns: "i.entry", order: order)
      let statement = try plan.reader.connection.borrow(sql)
      try query.bind(to: statement)
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
        row: candidates.integer(0), entry: candidates.integer(1), first: candidates.integer(2),
        time: candidates.optionalInteger(3), idKey: candidates.integer(4),
        conversation: candidates.integer(5), account: candidates.optionalInteger(6),
        byteCount: candidates.integer(7), flags: ItemFlags(rawValue: candidates.integer(8)))
      if plan.isInInterval(row.time), try belongs(row) { return row }
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
      while let next = certain?.next, isBefore(next, row.entry) { try advanceCertain() }
      if certain?.next == row.entry { return true }
    }
    return try evaluator.matches(
      StoredItem(row: row.row, reader: plan.reader, directory: plan.directory))
  }

  private func isBefore(_ entry: Int64, _ other: Int64) -> Bool {
    direction == .ascending ? entry < other : entry > other
  }

  private func advanceCertain() throws {
    guard let rows = certain?.rows else { return }
    certain?.next = try rows.step() ? rows.integer(0) : nil
  }
}
