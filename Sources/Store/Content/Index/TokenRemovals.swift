// SPDX-License-Identifier: Apache-2.0
import Bytes
import Glibc

/// Tokens, each with the rows whose entries go from its list, in the order of tokens.
///
/// They lie in three arrays, whatever their number: two arrays a token would cost more than to take
/// the entries out.
struct TokenRemovals {
  private struct Entry {
    /// Where its bytes and rows begin; they end where those of the next one begin.
    var start: Int
    var firstRow: Int
    /// How many of its rows were found and taken out.
    var found = 0
  }

  private var bytes: [UInt8] = []
  private var allRows: [Int64] = []
  private var entries: [Entry] = []

  var count: Int { entries.count }

  /// Whether all rows of all tokens were found.
  var areDone: Bool {
    entries.indices.allSatisfy { entries[$0].found == rowRange($0).count }
  }

  /// Appends a token, which comes after those before; its rows follow.
  ///
  /// - Parameter token: With the index's mark.
  mutating func append(token: Span<UInt8>) {
    entries.append(Entry(start: bytes.count, firstRow: allRows.count))
    bytes.append(token)
  }

  /// Appends a row of the last token.
  mutating func append(row: Int64) { allRows.append(row) }

  /// Puts the rows of the last token in order, which may have come in another one.
  mutating func sortRows() {
    guard let first = entries.last?.firstRow else { return }
    let isSorted = allRows[first...].indices.dropFirst().allSatisfy {
      allRows[$0 - 1] < allRows[$0]
    }
    if !isSorted { allRows[first...].sort() }
  }

  func token(_ index: Int) -> ArraySlice<UInt8> { bytes[byteRange(index)] }

  /// Ascending.
  func rows(_ index: Int) -> ArraySlice<Int64> { allRows[rowRange(index)] }

  mutating func noteFound(_ count: Int, at index: Int) { entries[index].found += count }

  /// Below 0 where a token comes before another one in the order of bytes, 0 where it is the same.
  func order(_ index: Int, to other: [UInt8]) -> Int32 {
    let range = byteRange(index)
    let order = unsafe bytes.withUnsafeBytes { left in
      unsafe other.withUnsafeBytes { right in
        guard let start = left.baseAddress, let place = right.baseAddress else { return Int32(0) }
        return unsafe memcmp(start + range.lowerBound, place, min(range.count, right.count))
      }
    }
    return order != 0 ? order : Int32(clamping: range.count - other.count)
  }

  private func byteRange(_ index: Int) -> Range<Int> {
    entries[index].start..<(index + 1 < entries.count ? entries[index + 1].start : bytes.count)
  }

  private func rowRange(_ index: Int) -> Range<Int> {
    let end = index + 1 < entries.count ? entries[index + 1].firstRow : allRows.count
    return entries[index].firstRow..<end
  }
}
