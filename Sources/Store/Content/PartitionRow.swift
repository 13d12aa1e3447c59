// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

/// A partition as the catalog knows it.
struct PartitionRow: Sendable, Hashable {
  var number: Int
  var months: ClosedRange<CalendarMonth>?
  var itemCount: Int
  var mark: PartitionMark

  /// All partitions, in order of number.
  static func all(_ db: Database) throws -> [PartitionRow] {
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT number, first_month, last_month, item_count, last_row, last_record
          FROM partition ORDER BY number
          """))
    var partitions: [PartitionRow] = []
    while let row = try rows.next() {
      var months: ClosedRange<CalendarMonth>?
      if let first: Int = row[1], let last: Int = row[2] {
        months = CalendarMonth(number: first)...CalendarMonth(number: last)
      }
      partitions.append(
        PartitionRow(
          number: row[0], months: months, itemCount: row[3],
          mark: PartitionMark(row: row[4], record: row[5])))
    }
    return partitions
  }
}
