// SPDX-License-Identifier: Apache-2.0

/// What `fts_idx` tells of one segment, in memory: on which page a token stands (see `SegmentWriter`).
struct SegmentTree {
  /// The texts that lead to pages, one behind another in ascending order.
  private var texts: [UInt8] = []
  /// Where each text ends.
  private var ends: [Int] = []
  private var values: [Int64] = []

  /// Reads the rows of a segment.
  ///
  /// - Throws: `StoreError` when the table cannot be read.
  init(_ segment: Int, _ connection: DirectConnection) throws {
    let rows = try connection.cached(
      "SELECT term, pgno FROM fts_idx WHERE segid = ? ORDER BY term")
    defer { rows.reset() }
    try rows.bind(segment, at: 1)
    while try rows.step() {
      unsafe rows.withBytes(0) { bytes in unsafe texts.append(contentsOf: bytes) }
      ends.append(texts.count)
      values.append(rows.integer(1))
    }
  }

  /// The value of the last text that is not greater than a token; nil where all are.
  func value(for token: [UInt8]) -> Int64? {
    var low = 0
    var high = ends.count
    while low < high {
      let middle = (low + high) / 2
      let start = middle == 0 ? 0 : ends[middle - 1]
      if isGreater(start..<ends[middle], than: token) { high = middle } else { low = middle + 1 }
    }
    return low == 0 ? nil : values[low - 1]
  }

  private func isGreater(_ text: Range<Int>, than token: [UInt8]) -> Bool {
    let count = min(text.count, token.count)
    for index in 0..<count {
      let (left, right) = (texts[text.lowerBound + index], token[index])
      if left != right { return left > right }
    }
    return text.count > token.count
  }
}
