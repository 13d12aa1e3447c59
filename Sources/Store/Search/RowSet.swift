// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// The rows of one partition that a compiled query selects, as SQL.
///
/// Where the index or the columns know the answer exactly, SQL gives it; else the rows between the
/// two bounds are evaluated one by one.
struct RowSet {
  let reader: PartitionReader
  let directory: SearchDirectory
  let node: QueryNode
  let compiled: CompiledCondition
  /// Nil when rows must be evaluated.
  let exact: SQLCondition?

  init(_ node: QueryNode, reader: PartitionReader, directory: SearchDirectory) throws {
    self.reader = reader
    self.directory = directory
    self.node = node
    compiled = try SearchCompiler(reader: reader, directory: directory).compile(node)
    if compiled.bounds.isExact {
      exact = SQLCondition(compiled.bounds.lower)
    } else if let condition = compiled.condition {
      exact = SQLCondition.all(of: [SQLCondition(compiled.bounds.upper), condition])
    } else {
      exact = nil
    }
  }

  /// The index expression that alone gives the rows; nil when more is needed.
  var indexExpression: IndexExpression? {
    compiled.bounds.isExact ? compiled.bounds.lower : nil
  }

  /// Calls a body with the rows of a range in ascending order.
  func forEachRow(
    in rows: ClosedRange<Int64>, _ body: (Int64) throws -> Bool
  ) throws {
    let cursor = try RowCursor(self, rows: rows)
    while let row = try cursor.next() {
      guard try body(row) else { return }
    }
  }
}

/// Steps over the rows of a set in ascending order.
final class RowCursor {
  private let set: RowSet
  private let evaluator: Evaluator?
  private let candidates: SQLiteStatement
  private let certain: SQLiteStatement?
  private var nextCertain: Int64?

  init(_ set: RowSet, rows: ClosedRange<Int64>) throws {
    self.set = set
    if let exact = set.exact {
      evaluator = nil
      certain = nil
      candidates = try Self.statement(exact, expression: set.indexExpression, of: set, rows: rows)
    } else {
      evaluator = Evaluator(set.node)
      let bounds = set.compiled.bounds
      candidates = try Self.statement(
        SQLCondition(bounds.upper), expression: bounds.upper, of: set, rows: rows)
      if bounds.lower == IndexExpression.none {
        certain = nil
      } else {
        certain = try Self.statement(
          SQLCondition(bounds.lower), expression: bounds.lower, of: set, rows: rows)
        nextCertain = try advanceCertain()
      }
    }
  }

  private static func statement(
    _ condition: SQLCondition, expression: IndexExpression?, of set: RowSet,
    rows: ClosedRange<Int64>
  ) throws -> SQLiteStatement {
    let connection = set.reader.connection
    let statement: SQLiteStatement
    var next = 1
    if expression == IndexExpression.all {
      statement = try connection.prepare(
        "SELECT row FROM item WHERE row BETWEEN ? AND ? ORDER BY row")
    } else if expression == IndexExpression.none {
      statement = try connection.prepare("SELECT row FROM item WHERE 0 AND row BETWEEN ? AND ?")
    } else if let expression {
      statement = try connection.prepare(
        "SELECT rowid FROM fts WHERE fts MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid")
      try statement.bind(expression.match, at: 1)
      next = 2
    } else {
      statement = try connection.prepare(
        "SELECT i.row FROM item i WHERE \(condition.sql) AND i.row BETWEEN ? AND ? ORDER BY i.row")
      next = try statement.bind(condition.values, from: 1)
    }
    try statement.bind(rows.lowerBound, at: next)
    try statement.bind(rows.upperBound, at: next + 1)
    return statement
  }

  /// The next row; nil at the end.
  func next() throws -> Int64? {
    while try candidates.step() {
      let row = candidates.integer(0)
      guard let evaluator else { return row }
      while let certain = nextCertain, certain < row { nextCertain = try advanceCertain() }
      if nextCertain == row { return row }
      let item = StoredItem(row: row, reader: set.reader, directory: set.directory)
      if try evaluator.matches(item) { return row }
    }
    return nil
  }

  private func advanceCertain() throws -> Int64? {
    guard let certain, try certain.step() else { return nil }
    return certain.integer(0)
  }
}
