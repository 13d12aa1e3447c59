// SPDX-License-Identifier: Apache-2.0

/// A leaf page of a segment of an FTS5 index, as ``SegmentWriter`` tells of its form.
struct IndexLeaf {
  /// A page on which nothing is left: FTS5 passes over it.
  static let empty: [UInt8] = [0, 0, 0, 4]
  /// The bytes that a page can have: its places are numbers of two bytes.
  static let mostByteCount = 0xFFFF

  let bytes: [UInt8]
  /// Where the tokens and their lists end, and the list of tokens begins.
  let end: Int
  /// Where the first row number stands that does not follow a token of the page; nil for none.
  let firstRow: Int?
  /// Where the tokens stand, in order.
  let tokens: [Int]

  /// Reads a page; nil when it is none.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 4 else { return nil }
    let end = Int(bytes[2]) << 8 | Int(bytes[3])
    let row = Int(bytes[0]) << 8 | Int(bytes[1])
    guard (4...bytes.count).contains(end) else { return nil }
    var tokens: [Int] = []
    var reader = VarintReader(bytes, from: end)
    var place = 0
    while !reader.isAtEnd {
      guard let distance = reader.int(), distance > 0 else { return nil }
      place += distance
      guard place >= 4, place < end else { return nil }
      tokens.append(place)
    }
    guard row == 0 || (4..<(tokens.first ?? end)).contains(row) else { return nil }
    self.bytes = bytes
    self.end = end
    firstRow = row == 0 ? nil : row
    self.tokens = tokens
  }

  /// Its first token; nil when it begins none, or contradicts the format.
  var firstToken: [UInt8]? {
    guard let place = tokens.first else { return nil }
    var reader = VarintReader(bytes, from: place)
    guard let length = reader.int(), length > 0, length <= end - reader.index else { return nil }
    return Array(bytes[reader.index..<(reader.index + length)])
  }

  /// The part of a list that began on a page before; empty where none goes on here.
  var continued: Range<Int> { 4..<(tokens.first ?? end) }
}

extension [UInt8] {
  /// Notes in the header of a leaf where something stands.
  mutating func setLeafPlace(_ place: Int, at index: Int) {
    self[index] = UInt8(truncatingIfNeeded: place >> 8)
    self[index + 1] = UInt8(truncatingIfNeeded: place)
  }
}
