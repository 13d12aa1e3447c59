// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// The rows of one plan in the order of time, then id, then row.
///
/// The index gives them nearly so: rows of one slot, and shifted ones, wait in a buffer until no
/// row that comes can stand before them.
final class TimeOrder {
  /// What rows are ordered by; smaller comes first, in either order.
  struct Key: Comparable {
    var time: Int64
    var idKey: Int64
    var row: Int64

    init(_ row: FoundRow, _ order: SearchOrder) {
      let isBackwards = order == .newestFirst
      time = row.time.map { isBackwards ? -$0 : $0 } ?? .max
      idKey = isBackwards ? ~row.idKey : row.idKey
      self.row = row.row
    }

    static func < (left: Key, right: Key) -> Bool {
      if left.time != right.time { return left.time < right.time }
      return left.idKey != right.idKey ? left.idKey < right.idKey : left.row < right.row
    }
  }

  typealias Keyed = (key: Key, row: FoundRow)

  private let cursor: RowCursor
  private let order: SearchOrder
  private let shift: Int64
  /// The first one stands last.
  private var buffer: [Keyed] = []
  private var ahead: FoundRow?

  init(
    _ plan: SearchPlan, entries: ClosedRange<Int64>, order: SearchOrder, selection: RowSelection
  ) throws {
    self.order = order
    shift = plan.reader.shift
    cursor = try RowCursor(
      plan, expression: plan.upper, certainty: plan.certainty, entries: entries,
      direction: order == .newestFirst ? .descending : .ascending, selection: selection)
    ahead = try cursor.next()
  }

  /// The next row; nil at the end.
  func next() throws -> Keyed? {
    while let row = ahead, buffer.last.map({ mayPrecede(row, $0.row) }) ?? true {
      insert((Key(row, order), row))
      ahead = try cursor.next()
    }
    return buffer.popLast()
  }

  /// Whether this row, or one that comes after it, can belong before another by its time.
  private func mayPrecede(_ row: FoundRow, _ other: FoundRow) -> Bool {
    // Rows without a time are ordered by id alone.
    guard let time = other.time else { return true }
    return order == .newestFirst
      ? row.entry >= EntryNumbers.first(from: time)
      : row.entry <= EntryNumbers.last(upTo: time, shift: shift)
  }

  private func insert(_ keyed: Keyed) {
    // Rows come in nearly the right order, so the place is near the first end.
    var low = 0
    var high = buffer.count
    while low < high {
      let middle = (low + high) / 2
      if buffer[middle].key > keyed.key { low = middle + 1 } else { high = middle }
    }
    buffer.insert(keyed, at: low)
  }
}
