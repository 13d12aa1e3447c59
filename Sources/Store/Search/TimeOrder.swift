// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// The rows of one plan in the order of time, then id, then row.
///
/// The index gives them nearly so: rows of one slot, and shifted ones, wait until no row that comes can
/// stand before them. Where many wait, they wait without their texts.
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

  /// Rows that wait with all that was read of them.
  private static let wholeCount = 512

  private let cursor: RowCursor
  private let plan: SearchPlan
  private let selection: RowSelection
  private let order: SearchOrder
  private let shift: Int64
  private var waiting = RowHeap()
  private var ahead: FoundRow?

  init(
    _ plan: SearchPlan, entries: ClosedRange<Int64>, order: SearchOrder, selection: RowSelection
  ) throws {
    self.plan = plan
    self.selection = selection
    self.order = order
    shift = plan.reader.shift
    cursor = try RowCursor(
      plan, expression: plan.upper, certainty: plan.certainty, entries: entries,
      direction: order == .newestFirst ? .descending : .ascending, selection: selection)
    ahead = try cursor.next()
  }

  /// The next row; nil at the end.
  func next() throws -> Keyed? {
    while let entry = ahead?.entry, waiting.isEmpty || mayPrecede(entry, waiting.firstTime) {
      guard var row = ahead.take() else { break }
      if waiting.count >= TimeOrder.wholeCount { row.content = .nothing }
      waiting.insert((Key(row, order), row))
      ahead = try cursor.next()
    }
    guard var first = waiting.popFirst() else { return nil }
    if selection != .row, case .nothing = first.row.content {
      first.row.content = try plan.reader.content(selection, ofEntry: first.row.entry)
    }
    return first
  }

  /// Whether the row of this entry, or one that comes after it, can belong before one of a time.
  private func mayPrecede(_ entry: Int64, _ time: Int64?) -> Bool {
    // Rows without a time are ordered by id alone.
    guard let time else { return true }
    return order == .newestFirst
      ? entry >= EntryNumbers.first(from: time)
      : entry <= EntryNumbers.last(upTo: time, shift: shift)
  }
}

/// Rows of which the first one by its key is at hand.
private struct RowHeap {
  private var rows: [TimeOrder.Keyed] = []

  var count: Int { rows.count }
  var isEmpty: Bool { rows.isEmpty }
  /// The time of the first row; nil where it has none.
  var firstTime: Int64? { rows[0].row.time }

  mutating func insert(_ row: TimeOrder.Keyed) {
    rows.append(row)
    var child = rows.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard rows[child].key < rows[parent].key else { return }
      rows.swapAt(child, parent)
      child = parent
    }
  }

  mutating func popFirst() -> TimeOrder.Keyed? {
    guard let last = rows.popLast() else { return nil }
    guard let first = rows.first else { return last }
    rows[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < rows.count && rows[child].key < rows[least].key {
        least = child
      }
      guard least != parent else { return first }
      rows.swapAt(parent, least)
      parent = least
    }
  }
}
