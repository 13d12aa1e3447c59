// SPDX-License-Identifier: Apache-2.0

/// What a statement on the index gives of each row.
enum RowSelection: Hashable {
  /// One row with the count of all.
  case count
  /// The entry's number.
  case entry
  /// What orders and groups a result.
  case row
  /// The same with all that makes an item's ids.
  case reference
  /// The same with all that is shown of a hit.
  case hit
}

/// A statement for what an expression finds in a range of entries: the index leads, and items are
/// read only where a column of them is asked for.
struct IndexQuery {
  /// The text of a statement, without the values: the same shape is prepared once.
  struct Shape: Hashable {
    var selection: RowSelection
    /// Nil for any order; else by the entries' numbers.
    var direction: RowCursor.Direction?
    /// Whether all items are asked for, so that the index is of no use.
    fileprivate var isWhole: Bool
    fileprivate var hasLastRow: Bool
    fileprivate var conditions: [String]
    /// Whether it asks for one entry, whose number is its only value.
    fileprivate var isSingle = false

    /// Asks for the row of one entry.
    static func single(_ selection: RowSelection) -> Shape {
      Shape(
        selection: selection, direction: nil, isWhole: true, hasLastRow: false, conditions: [],
        isSingle: true)
    }
  }

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
    self.conditions = SQLCondition.chunked(conditions)
    self.entries = entries
    lastRow = reader.isAhead ? reader.mark.row : nil
  }

  /// The statement's shape.
  func shape(_ selection: RowSelection, _ direction: RowCursor.Direction? = nil) -> Shape {
    Shape(
      selection: selection, direction: direction, isWhole: expression == .all,
      hasLastRow: lastRow != nil, conditions: conditions.map(\.sql))
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

extension IndexQuery.Shape {
  /// The statement's text.
  var sql: String {
    let needsItems =
      isWhole || hasLastRow || !conditions.isEmpty || ![.count, .entry].contains(selection)
    let entry = isWhole ? "i.entry" : "f.rowid"
    var parts = isWhole ? [] : ["f.fts MATCH ?"]
    parts.append(isSingle ? "\(entry) = ?" : "\(entry) BETWEEN ? AND ?")
    if hasLastRow { parts.append("i.row <= ?") }
    parts += conditions.map { "(\($0))" }
    var source = isWhole ? "item i" : "fts f"
    if needsItems, !isWhole { source += " CROSS JOIN item i ON i.entry = f.rowid" }
    var columns: [String]
    switch selection {
    case .count: columns = ["count(*)"]
    case .entry: columns = [entry]
    case .row: columns = FoundRow.columns
    case .reference: columns = FoundRow.columns + ItemReference.columns
    case .hit: columns = FoundRow.columns + ItemReference.columns + SearchHit.columns
    }
    // An outer join: what a damaged partition lacks must not hide a row.
    if selection == .hit { source += " LEFT JOIN item_text t ON t.row = i.row" }
    let order =
      switch direction {
      case nil: ""
      case .ascending: " ORDER BY \(entry) ASC"
      case .descending: " ORDER BY \(entry) DESC"
      }
    return "SELECT \(columns.joined(separator: ", ")) FROM \(source) WHERE "
      + parts.joined(separator: " AND ") + order
  }
}
