// SPDX-License-Identifier: Apache-2.0

/// A statement for what an expression finds in a range of entries: the index leads, and items are
/// read only where a column of them is asked for.
struct IndexQuery {
  private let expression: IndexExpression
  private let conditions: [SQLCondition]
  private let entries: ClosedRange<Int64>
  /// Rows above it do not count; nil while there are none.
  private let lastRow: Int64?

  /// Asks for the rows of an expression that fulfil conditions as well.
  init(
    _ expression: IndexExpression, conditions: [SQLCondition], entries: ClosedRange<Int64>,
    in reader: PartitionReader
  ) {
    self.expression = expression
    self.conditions = conditions
    self.entries = entries
    lastRow = reader.isAhead ? reader.mark.row : nil
  }

  /// The statement.
  ///
  /// - Parameters:
  ///   - columns: Of the item `i`, or a count.
  ///   - order: ASC or DESC by the entries' numbers; empty for any order.
  /// - Returns: A text that is the same for all values, so that it is prepared once.
  func sql(columns: String, order: String = "") -> String {
    let isWhole = expression == .all
    let needsItems =
      isWhole || lastRow != nil || !conditions.isEmpty || columns.contains("i.")
    let entry = isWhole ? "i.entry" : "f.rowid"
    var parts = isWhole ? [] : ["f.fts MATCH ?"]
    parts.append("\(entry) BETWEEN ? AND ?")
    if lastRow != nil { parts.append("i.row <= ?") }
    parts += conditions.map { "(\($0.sql))" }
    let source =
      isWhole
      ? "item i" : needsItems ? "fts f CROSS JOIN item i ON i.entry = f.rowid" : "fts f"
    return "SELECT \(columns) FROM \(source) WHERE " + parts.joined(separator: " AND ")
      + (order.isEmpty ? "" : " ORDER BY \(entry) \(order)")
  }

  /// Binds what the statement left open.
  func bind(to statement: DirectStatement) throws {
    var index = 1
    if expression != .all {
      try statement.bind(expression.match, at: index)
      index += 1
    }
    try statement.bind(entries.lowerBound, at: index)
    try statement.bind(entries.upperBound, at: index + 1)
    index += 2
    if let lastRow {
      try statement.bind(lastRow, at: index)
      index += 1
    }
    for condition in conditions { index = try statement.bind(condition.values, from: index) }
  }
}
