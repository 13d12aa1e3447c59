// SPDX-License-Identifier: Apache-2.0

/// The two records by which FTS5 knows the segments of an index and the size of what it holds.
///
/// Both lie in the `fts_data` table. Numbers are SQLite's varints.
struct IndexStructure: Equatable {
  struct Segment: Equatable {
    var id: Int
    var firstPage: Int
    var lastPage: Int
  }

  struct Level: Equatable {
    /// Segments of it that are being merged.
    var mergeCount: Int
    /// From the oldest to the newest.
    var segments: [Segment]

    var pageCount: Int { segments.reduce(0) { $0 + $1.lastPage - $1.firstPage + 1 } }
  }

  /// The key of the record.
  static let key: Int64 = 10
  /// The segments that FTS5 allows.
  static let segmentLimit = 2000

  /// Changes with the settings of the table.
  var cookie: [UInt8]
  var levels: [Level]
  /// Leaf pages ever written to level 0: what merging is paced by.
  var writeCount: UInt64

  var segmentCount: Int { levels.reduce(0) { $0 + $1.segments.count } }

  /// The lowest number that no segment has.
  var freeID: Int {
    let used = Set(levels.flatMap(\.segments).map(\.id))
    return (1...).first { !used.contains($0) } ?? 1
  }

  /// Reads a record; nil when it is none.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 4 else { return nil }
    cookie = Array(bytes[0..<4])
    var reader = VarintReader(bytes, from: 4)
    guard let levelCount = reader.int(), let count = reader.int(), let writes = reader.next(),
      levelCount <= IndexStructure.segmentLimit, count <= IndexStructure.segmentLimit
    else { return nil }
    writeCount = writes
    levels = []
    for _ in 0..<levelCount {
      guard let mergeCount = reader.int(), let segmentCount = reader.int(),
        segmentCount <= count
      else { return nil }
      var level = Level(mergeCount: mergeCount, segments: [])
      for _ in 0..<segmentCount {
        guard let id = reader.int(), let first = reader.int(), let last = reader.int() else {
          return nil
        }
        level.segments.append(Segment(id: id, firstPage: first, lastPage: last))
      }
      levels.append(level)
    }
    guard segmentCount == count, reader.isAtEnd else { return nil }
  }

  var encoded: [UInt8] {
    var bytes = cookie
    bytes.append(varint: UInt64(levels.count))
    bytes.append(varint: UInt64(segmentCount))
    bytes.append(varint: writeCount)
    for level in levels {
      bytes.append(varint: UInt64(level.mergeCount))
      bytes.append(varint: UInt64(level.segments.count))
      for segment in level.segments {
        bytes.append(varint: UInt64(segment.id))
        bytes.append(varint: UInt64(segment.firstPage))
        bytes.append(varint: UInt64(segment.lastPage))
      }
    }
    return bytes
  }

  /// Adds a segment that was written: the newest of level 0.
  mutating func add(_ segment: Segment) {
    if levels.isEmpty { levels.append(Level(mergeCount: 0, segments: [])) }
    levels[0].segments.append(segment)
    writeCount += UInt64(segment.lastPage)
  }
}

/// How many rows an index holds, and how many tokens in each column.
struct IndexTotals: Equatable {
  /// The key of the record.
  static let key: Int64 = 1

  var rowCount: UInt64
  var tokenCounts: [UInt64]

  /// Reads a record; an empty one is that of an empty index.
  ///
  /// Nil when it is none.
  init?(_ bytes: [UInt8], columnCount: Int) {
    rowCount = 0
    tokenCounts = [UInt64](repeating: 0, count: columnCount)
    guard !bytes.isEmpty else { return }
    var reader = VarintReader(bytes, from: 0)
    guard let rows = reader.next() else { return nil }
    rowCount = rows
    for column in 0..<columnCount {
      guard let count = reader.next() else { return nil }
      tokenCounts[column] = count
    }
    guard reader.isAtEnd else { return nil }
  }

  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(varint: rowCount)
    for count in tokenCounts { bytes.append(varint: count) }
    return bytes
  }
}

extension [UInt8] {
  /// Appends a number as SQLite writes it: groups of seven bits, the highest first, all but the
  /// last with the high bit set; of nine bytes the last holds eight bits.
  @inline(__always)
  mutating func append(varint value: UInt64) {
    if value < 0x80 {
      append(UInt8(truncatingIfNeeded: value))
    } else if value < 0x4000 {
      append(UInt8(truncatingIfNeeded: value >> 7) | 0x80)
      append(UInt8(truncatingIfNeeded: value) & 0x7F)
    } else {
      appendLong(varint: value)
    }
  }

  private mutating func appendLong(varint value: UInt64) {
    var rest = value
    var groups: [UInt8] = []
    if value >> 56 != 0 {
      groups.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
      for _ in 0..<8 {
        groups.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
    } else {
      groups.append(UInt8(truncatingIfNeeded: rest) & 0x7F)
      rest >>= 7
      while rest != 0 {
        groups.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
    }
    append(contentsOf: groups.reversed())
  }
}

/// Reads SQLite's varints one after another.
struct VarintReader {
  private let bytes: [UInt8]
  private(set) var index: Int

  init(_ bytes: [UInt8], from index: Int) {
    self.bytes = bytes
    self.index = index
  }

  var isAtEnd: Bool { index == bytes.count }

  /// The next number; nil when the bytes end before it does.
  mutating func next() -> UInt64? {
    var value: UInt64 = 0
    for count in 1...9 {
      guard index < bytes.count else { return nil }
      let byte = bytes[index]
      index += 1
      if count == 9 { return value << 8 | UInt64(byte) }
      value = value << 7 | UInt64(byte & 0x7F)
      if byte < 0x80 { return value }
    }
    return nil
  }

  /// Passes over bytes.
  mutating func skip(to place: Int) { index = place }

  /// The next number where it is of a sensible size.
  mutating func int() -> Int? {
    guard let value = next(), value <= UInt64(Int32.max) else { return nil }
    return Int(value)
  }
}
