// SPDX-License-Identifier: Apache-2.0

/// A value of a statement.
enum SQLValue: Hashable, Sendable {
  case integer(Int64)
  case text(String)
  case blob([UInt8])

  /// Numbers as a JSON list, for `json_each`: a list of any length in one parameter.
  static func list(_ numbers: some Sequence<Int64>) -> SQLValue {
    .text("[" + numbers.map(String.init).joined(separator: ",") + "]")
  }
}

/// An exact condition on a row `i` of `item`.
struct SQLCondition: Hashable, Sendable {
  var sql: String
  var values: [SQLValue]
  /// How deep operators are nested: SQLite's parser has a fixed stack.
  private(set) var depth = 0

  init(_ sql: String, _ values: [SQLValue] = []) {
    self.sql = sql
    self.values = values
  }

  /// The rows that the index finds.
  init(_ expression: IndexExpression) {
    switch expression {
    case .all: self.init("1")
    case .none: self.init("0")
    default:
      self.init(
        "i.entry IN (SELECT rowid FROM fts WHERE fts MATCH ?)", [.text(expression.match)])
    }
  }

  static func all(of conditions: [SQLCondition]) -> SQLCondition { joined(conditions, " AND ") }

  static func any(of conditions: [SQLCondition]) -> SQLCondition { joined(conditions, " OR ") }

  var complement: SQLCondition {
    var condition = SQLCondition("NOT coalesce((\(sql)), 0)", values)
    condition.depth = depth + 1
    return condition
  }

  // SQLite's expressions have a greatest depth, and a chain of operators is as deep as it is long.
  private static let chainLength = 100

  /// Conditions joined so that no chain of them is too long, in a list that may go into one statement.
  static func chunked(_ conditions: [SQLCondition]) -> [SQLCondition] {
    guard conditions.count > chainLength else { return conditions }
    return chunked(chunks(conditions).map { joined($0, " AND ") })
  }

  private static func chunks(_ conditions: [SQLCondition]) -> [[SQLCondition]] {
    stride(from: 0, to: conditions.count, by: chainLength).map {
      Array(conditions[$0..<min($0 + chainLength, conditions.count)])
    }
  }

  private static func joined(_ conditions: [SQLCondition], _ word: String) -> SQLCondition {
    guard conditions.count <= chainLength else {
      return joined(chunks(conditions).map { joined($0, word) }, word)
    }
    var condition = SQLCondition(
      "(" + conditions.map { "coalesce((\($0.sql)), 0)" }.joined(separator: word) + ")",
      conditions.flatMap(\.values))
    condition.depth = 1 + (conditions.map(\.depth).max() ?? 0)
    return condition
  }
}

extension DirectStatement {
  /// Binds values from a position on; gives the position after them.
  func bind(_ values: [SQLValue], from index: Int) throws(StoreError) -> Int {
    for (offset, value) in values.enumerated() {
      switch value {
      case .integer(let number): try bind(number, at: index + offset)
      case .text(let text): try bind(text, at: index + offset)
      case .blob(let bytes): try bind(blob: bytes, at: index + offset)
      }
    }
    return index + values.count
  }
}
