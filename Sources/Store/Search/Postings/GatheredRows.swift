// SPDX-License-Identifier: Apache-2.0

/// Rows that come in any order.
struct GatheredRows {
  /// Rows up to which they are sorted; more become bits.
  private static let sortedLimit = 1 << 16
  /// Windows of 8 KB that are kept at most.
  ///
  /// Times that lie farther apart are left to FTS5.
  private static let windowLimit = 1 << 10

  private var rows: [Int64] = []
  /// By their place; empty while the rows are few.
  private var windows: [Int64: PostingWindow] = [:]
  /// The one that the last row lies in: the next one mostly does as well.
  private var latest: PostingWindow?
  /// Whether the rows are too many to be sorted, and lie too far apart for bits.
  private var isFull = false

  var isEmpty: Bool { rows.isEmpty && windows.isEmpty }

  /// Adds a row; false where it lies too far from the others, which stay.
  mutating func insert(_ row: Int64) -> Bool {
    if let latest {
      if latest.base == PostingWindow.base(of: row) {
        latest.insert(row)
        return true
      }
      return insertBit(row)
    }
    if isFull { return false }
    rows.append(row)
    return rows.count < GatheredRows.sortedLimit || turnToBits()
  }

  private mutating func turnToBits() -> Bool {
    for row in rows where !insertBit(row) {
      windows = [:]
      latest = nil
      isFull = true
      return false
    }
    rows = []
    return true
  }

  private mutating func insertBit(_ row: Int64) -> Bool {
    let base = PostingWindow.base(of: row)
    if let window = windows[base] {
      window.insert(row)
      latest = window
      return true
    }
    guard windows.count < GatheredRows.windowLimit else { return false }
    let window = PostingWindow()
    window.move(to: base)
    window.insert(row)
    windows[base] = window
    latest = window
    return true
  }

  /// Each row once: in ascending order, or in windows by their place.
  mutating func finish() -> (rows: [Int64], windows: [Int64: PostingWindow]) {
    guard windows.isEmpty, !rows.isEmpty else { return ([], windows) }
    rows.sort()
    var kept = 1
    for index in 1..<rows.count where rows[index] != rows[kept - 1] {
      rows[kept] = rows[index]
      kept += 1
    }
    rows.removeSubrange(kept...)
    return (rows, windows)
  }
}
