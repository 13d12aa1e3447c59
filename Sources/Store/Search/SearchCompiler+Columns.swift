// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import Query

/// Restrictions that columns of items, records and conversations answer.
extension SearchCompiler {
  // MARK: - Time

  func time(_ restriction: PropertyRestriction) throws -> CompiledCondition {
    let column =
      switch restriction.property {
      case .sent: "i.time"
      case .deleted:
        """
        (SELECT max(r.deleted) FROM record r
          WHERE r.conversation = i.conversation AND r.row <= \(reader.mark.record))
        """
      case .modified: "coalesce(i.updated, (SELECT r.updated FROM record r WHERE r.row = i.record))"
      default: "(SELECT r.captured FROM record r WHERE r.row = i.record)"
      }
    if restriction.property == .deleted,
      try reader.connection.integer(
        "SELECT EXISTS (SELECT 1 FROM record WHERE deleted IS NOT NULL)") == 0
    {
      return CompiledCondition(.none)
    }
    switch restriction.condition {
    case .exists:
      if restriction.property == .sent, !reader.hasUntimed { return CompiledCondition(.all) }
      return CompiledCondition(SQLCondition("\(column) IS NOT NULL"))
    case .time(let interval):
      guard restriction.property == .sent else {
        return CompiledCondition(Self.condition(on: column, interval))
      }
      return sent(interval)
    default:
      return CompiledCondition(evaluatedWithin: .unknown)
    }
  }

  /// Items whose time lies in an interval: whole months by the index, their edges by the column.
  func sent(_ interval: TimeInterval) -> CompiledCondition {
    guard let times = reader.times else { return CompiledCondition(.none) }
    let first = max(interval.since?.ticks ?? .min, times.lowerBound)
    // The last tick that belongs to it.
    let last = min(interval.before.map { $0.ticks - 1 } ?? .max, times.upperBound)
    guard first <= last else { return CompiledCondition(.none) }
    if first == times.lowerBound, last == times.upperBound, !reader.hasUntimed {
      return CompiledCondition(.all)
    }
    let exact = Self.condition(on: "i.time", interval)
    let months =
      CalendarMonth(of: Instant(ticks: first))...CalendarMonth(of: Instant(ticks: last))
    let count = months.upperBound.number - months.lowerBound.number + 1
    guard count <= SearchCompiler.maximumAlternatives else { return CompiledCondition(exact) }
    var certain: [IndexExpression] = []
    var possible: [IndexExpression] = []
    for number in months.lowerBound.number...months.upperBound.number {
      let month = CalendarMonth(number: number)
      let token = IndexExpression.facet(Facet.month(month))
      possible.append(token)
      let isWhole =
        max(month.start.ticks, times.lowerBound) >= first
        && min(month.next.start.ticks - 1, times.upperBound) <= last
      if isWhole { certain.append(token) }
    }
    let bounds = IndexBounds(lower: .any(of: certain), upper: .any(of: possible))
    return bounds.isExact
      ? CompiledCondition(bounds.lower) : CompiledCondition(bounds: bounds, condition: exact)
  }

  /// Whether a column of times lies in an interval.
  static func condition(on column: String, _ interval: TimeInterval) -> SQLCondition {
    var parts: [SQLCondition] = [SQLCondition("\(column) IS NOT NULL")]
    if let since = interval.since {
      parts.append(SQLCondition("\(column) >= ?", [.integer(since.ticks)]))
    }
    if let before = interval.before {
      parts.append(SQLCondition("\(column) < ?", [.integer(before.ticks)]))
    }
    return .all(of: parts)
  }

  // MARK: - Numbers

  func size(_ condition: PropertyRestriction.Condition) throws -> CompiledCondition {
    switch condition {
    case .exists: return CompiledCondition(.all)
    case .integer(let lower, let upper):
      return CompiledCondition(
        SQLCondition(
          "i.byte_count BETWEEN ? AND ?",
          [.integer(lower ?? .min), .integer(upper ?? .max)]))
    default: return CompiledCondition(evaluatedWithin: .unknown)
    }
  }

  // MARK: - Ids

  func conversations(
    _ node: QueryNode, _ restriction: PropertyRestriction
  ) throws -> CompiledCondition {
    guard case .keyword(let text, let isPrefix) = restriction.condition else {
      return CompiledCondition(.all)
    }
    var sql = "SELECT key, route, native_id FROM conversation"
    var values: [SQLValue] = []
    if !isPrefix {
      sql += " WHERE native_key = ?"
      values.append(.integer(LookupKey.native(text)))
      if let id = ObjectID(text), id.kind == .conversation {
        sql += " OR id_key = ?"
        values.append(.integer(LookupKey.id(id)))
      }
    }
    let statement = try reader.connection.prepare(sql)
    _ = try statement.bind(values, from: 1)
    var keys: [Int64] = []
    while try statement.step() {
      let words = StoredItem.conversationKeywords(
        of: restriction.property, route: statement.text(1), nativeID: statement.text(2))
      if try Evaluation.matches(node, StubItem(keywords: [restriction.property: words])) {
        keys.append(statement.integer(0))
      }
    }
    if keys.isEmpty { return CompiledCondition(.none) }
    return CompiledCondition(
      SQLCondition("i.conversation IN (SELECT value FROM json_each(?))", [.list(keys)]))
  }

  func ids(
    _ node: QueryNode, _ condition: PropertyRestriction.Condition
  ) throws -> CompiledCondition {
    guard case .keyword(let text, let isPrefix) = condition else {
      return CompiledCondition(.all)
    }
    guard !isPrefix else { return CompiledCondition(evaluatedWithin: .unknown) }
    var sql = """
      SELECT row FROM item WHERE native_key = ?1
      UNION SELECT row FROM item_file WHERE native_key = ?1
      UNION SELECT row FROM item_alias WHERE native_key = ?1
      """
    var values: [SQLValue] = [.integer(LookupKey.native(text))]
    if let id = ObjectID(text), id.kind == .item {
      sql += " UNION SELECT row FROM item WHERE id_key = ?2"
      values.append(.integer(LookupKey.id(id)))
    }
    let statement = try reader.connection.prepare(sql)
    _ = try statement.bind(values, from: 1)
    var rows: [Int64] = []
    while try statement.step() {
      let row = statement.integer(0)
      let item = StoredItem(row: row, reader: reader, directory: directory)
      if try Evaluation.matches(node, item) { rows.append(row) }
    }
    if rows.isEmpty { return CompiledCondition(.none) }
    return CompiledCondition(
      SQLCondition("i.row IN (SELECT value FROM json_each(?))", [.list(rows)]))
  }
}

extension CompiledCondition {
  fileprivate init(_ conditions: [SQLCondition]) { self.init(SQLCondition.any(of: conditions)) }
}
