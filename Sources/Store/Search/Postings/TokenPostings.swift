// SPDX-License-Identifier: Apache-2.0

/// The rows of one token in all segments, in ascending order: of two entries for one row that of the
/// newer segment counts.
final class TokenPostings {
  /// From the newest segment to the oldest.
  private let cursors: [PostingCursor]
  /// The one of them, where there is one: an index that was merged has one segment.
  private let only: PostingCursor?
  private let dead: PostingWindow
  /// The row at hand; `.max` behind the last one.
  private(set) var row: Int64 = .max

  init(_ token: String, _ source: PostingSource) throws {
    let bytes = PostingSource.marked(token)
    dead = source.dead
    cursors = try source.segments.indices.compactMap {
      try PostingCursor(bytes, inSegment: $0, source)
    }
    only = cursors.count == 1 ? cursors.first : nil
    findRow()
  }

  /// About how much there is to read.
  func byteCount() throws -> Int { try cursors.reduce(0) { try $0 + $1.byteCount() } }

  var isNowhere: Bool { cursors.isEmpty }

  private func findRow() {
    if let only {
      row = only.row
      return
    }
    var least = Int64.max
    for cursor in cursors { least = min(least, cursor.row) }
    row = least
  }

  /// Goes back, so that rows from one on can be asked for.
  func rewind(to target: Int64) throws {
    for cursor in cursors { try cursor.rewind(to: target) }
    findRow()
  }

  /// The last row up to one, maybe one that was taken back; -1 where there is none.
  ///
  /// `rewind` has to follow before rows are asked for.
  func lastRow(upTo target: Int64) throws -> Int64 {
    var last: Int64 = -1
    for cursor in cursors { last = max(last, try cursor.lastRow(upTo: target)) }
    return last
  }

  /// Goes to the first row at or after one; it may be one that was taken back.
  func seek(_ target: Int64) throws {
    guard row < target else { return }
    if let only {
      try only.seek(target)
      row = only.row
      return
    }
    for cursor in cursors { try cursor.seek(target) }
    findRow()
  }

  /// Sets the bits of all rows in a window, and stands behind it.
  func fill(_ window: PostingWindow) throws {
    guard row < window.end else { return }
    dead.move(to: window.base)
    for cursor in cursors {
      try cursor.seek(window.base)
      try cursor.fill(window, dead)
    }
    findRow()
  }

  /// Appends the rows from the one at hand on, and stands behind them.
  ///
  /// - Parameters:
  ///   - rows: Gets them, in ascending order.
  ///   - last: The greatest one that is wanted.
  ///   - count: Rows in the list after which it ends.
  /// - Throws: `StoreError` when the index cannot be read.
  func read(into rows: inout [Int64], through last: Int64, count: Int) throws {
    defer { findRow() }
    let end = last == .max ? .max : last + 1
    if let only { return try only.read(into: &rows, before: end, count: count) }
    while rows.count < count, !cursors.isEmpty {
      var least = 0
      var next = end
      for index in cursors.indices.dropFirst() {
        let row = cursors[index].row
        // Of two for one row the newer one, which comes first, counts.
        if row < cursors[least].row {
          next = min(next, cursors[least].row)
          least = index
        } else {
          next = min(next, row)
        }
      }
      let row = cursors[least].row
      guard row < end else { return }
      if row < next {
        // The run of rows that come before those of all other segments.
        try cursors[least].read(into: &rows, before: next, count: count)
      } else {
        if !cursors[least].isEmpty { rows.append(row) }
        for cursor in cursors where cursor.row == row { try cursor.next() }
      }
    }
  }

  /// Whether a row has the token; rows must be asked for in ascending order.
  func contains(_ entry: Int64) throws -> Bool {
    try seek(entry)
    guard row == entry else { return false }
    if let only { return !only.isEmpty }
    for cursor in cursors where cursor.row == entry { return !cursor.isEmpty }
    return false
  }

  /// Calls a body with every row from the one at hand on, those of one segment after another's;
  /// false when the body says so or a row was taken back.
  func forEachRow(_ body: (Int64) -> Bool) throws -> Bool {
    defer { findRow() }
    for cursor in cursors {
      while cursor.row < .max {
        guard !cursor.isDeletion, body(cursor.row) else { return false }
        try cursor.next()
      }
    }
    return true
  }

  /// Whether all its rows stand on one page of each segment.
  var isShort: Bool { cursors.allSatisfy(\.isShort) }

  /// How many rows lie in a range; nil when some were taken back, so that they must be told apart.
  ///
  /// Stands behind the range then, or somewhere in it.
  func count(in range: ClosedRange<Int64>) throws -> Int? {
    defer { findRow() }
    let end = range.upperBound == .max ? .max : range.upperBound + 1
    var count = 0
    for cursor in cursors {
      try cursor.seek(range.lowerBound)
      guard let part = try cursor.count(before: end) else { return nil }
      count += part
    }
    return count
  }

  /// Reads the positions of a row into an emptied list; none where the token does not stand in it.
  ///
  /// The row must not be before the one at hand.
  func readPositions(of row: Int64, in column: Int?, into positions: inout [Int64]) throws {
    if !positions.isEmpty { positions.removeAll(keepingCapacity: true) }
    try seek(row)
    if let only {
      if only.row == row, !only.isEmpty {
        try only.appendPositions(to: &positions, column: column)
      }
      return
    }
    for cursor in cursors where cursor.row == row {
      if !cursor.isEmpty { try cursor.appendPositions(to: &positions, column: column) }
      return
    }
  }
}
