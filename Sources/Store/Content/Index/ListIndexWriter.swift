// SPDX-License-Identifier: Apache-2.0

/// Writes the index over the pages of one token's list: the first row of each page.
///
/// A record holds a byte that says whether there is a level above, the number of a page, its first
/// row, and for each further page the distance of its first row from the one before, or a zero for
/// a page without one. Records of the levels above tell of records as those of level 0 do of pages.
struct ListIndexWriter {
  private struct Level {
    var bytes: [UInt8] = []
    var page = 0
    var lastRow: Int64?
  }

  private let segment: Int
  private let pageByteCount: Int
  private let statement: DirectStatement
  private var levels = [Level()]

  init(
    segment: Int, connection: DirectConnection, pageByteCount: Int
  ) throws(StoreError) {
    self.segment = segment
    self.pageByteCount = pageByteCount
    statement = try connection.cached("INSERT INTO fts_data (id, block) VALUES (?, ?)")
  }

  /// The key of a record.
  static func key(segment: Int, level: Int, page: Int) -> Int64 {
    Int64(segment) << 37 + 1 << 36 + Int64(level) << 31 + Int64(page)
  }

  /// Whether no page was added since the last list.
  var isEmpty: Bool { levels[0].bytes.isEmpty }

  /// Says on which page the token of the list stands.
  mutating func begin(page: Int) { levels[0].page = page }

  /// Adds a page with its first row.
  mutating func add(page: Int, row: Int64) throws(StoreError) {
    var level = 0
    while true {
      let isFull = levels[level].bytes.count >= pageByteCount
      if isFull { try pushUp(level) }
      let distance: Int64
      if let last = levels[level].lastRow {
        distance = row - last
      } else {
        distance = row
        levels[level].bytes.append(isFull ? 1 : 0)
        levels[level].bytes.append(varint: UInt64(level == 0 ? page : levels[level - 1].page))
      }
      levels[level].bytes.append(varint: UInt64(bitPattern: distance))
      levels[level].lastRow = row
      guard isFull else { return }
      level += 1
    }
  }

  /// Adds a page on which no row begins; those before the first row are not told of.
  mutating func addPageWithoutRow() {
    if !isEmpty { levels[0].bytes.append(0) }
  }

  /// Ends the list.
  ///
  /// - Parameter isWritten: Whether its index is kept; else nothing of it was written yet.
  /// - Throws: `StoreError` when a record cannot be written.
  mutating func finish(isWritten: Bool) throws(StoreError) {
    for level in levels.indices {
      guard !levels[level].bytes.isEmpty else { break }
      if isWritten { try write(level) }
      levels[level].bytes.removeAll(keepingCapacity: true)
      levels[level].lastRow = nil
    }
  }

  /// Writes a full record and begins the next one, whose first row goes one level up.
  private mutating func pushUp(_ level: Int) throws(StoreError) {
    levels[level].bytes[0] = 1
    try write(level)
    if levels.count == level + 1 { levels.append(Level()) }
    if levels[level + 1].bytes.isEmpty {
      // It was the root: the new one begins with its first row.
      var reader = VarintReader(levels[level].bytes, from: 1)
      _ = reader.next()
      let first = reader.next() ?? 0
      levels[level + 1].page = levels[level].page
      levels[level + 1].bytes.append(0)
      levels[level + 1].bytes.append(varint: UInt64(levels[level].page))
      levels[level + 1].bytes.append(varint: first)
      levels[level + 1].lastRow = Int64(bitPattern: first)
    }
    levels[level].bytes.removeAll(keepingCapacity: true)
    levels[level].lastRow = nil
    levels[level].page += 1
  }

  private func write(_ level: Int) throws(StoreError) {
    let key = ListIndexWriter.key(segment: segment, level: level, page: levels[level].page)
    try statement.bind(key, at: 1)
    try statement.run(binding: levels[level].bytes, at: 2)
  }
}

/// The index over the pages of one token's list, as it was written.
struct ListIndex: Equatable {
  struct Entry: Equatable {
    var page: Int
    /// The first row that begins on it.
    var row: Int64
  }

  /// The pages on which a row begins, in order, without that of the token.
  var entries: [Entry] = []
  /// The keys of its records.
  private(set) var keys: [Int64] = []

  /// Reads the index of the list whose token stands on a page.
  ///
  /// - Parameters:
  ///   - segment: Of the list.
  ///   - page: The token's.
  ///   - read: Gives a record by its key; nil where there is none.
  /// - Throws: `UnknownIndexForm`; what `read` throws.
  init(
    segment: Int, page: Int, read: (Int64) throws -> [UInt8]?
  ) throws {
    var level = 0
    while true {
      var number = page
      var isRoot = false
      while !isRoot {
        let key = ListIndexWriter.key(segment: segment, level: level, page: number)
        guard let bytes = try read(key) else { break }
        guard let first = bytes.first, first <= 1 else { throw UnknownIndexForm() }
        keys.append(key)
        if level == 0 { try decode(bytes) }
        isRoot = first == 0
        number += 1
      }
      guard number > page, level < 32 else { throw UnknownIndexForm() }
      if isRoot { break }
      level += 1
    }
  }

  private mutating func decode(_ bytes: [UInt8]) throws {
    var reader = VarintReader(bytes, from: 1)
    guard var page = reader.int(), let first = reader.next() else { throw UnknownIndexForm() }
    var row = Int64(bitPattern: first)
    try append(page, row)
    while !reader.isAtEnd {
      guard let distance = reader.next() else { throw UnknownIndexForm() }
      page += 1
      guard distance > 0 else { continue }
      row &+= Int64(bitPattern: distance)
      try append(page, row)
    }
  }

  private mutating func append(_ page: Int, _ row: Int64) throws {
    if let last = entries.last, page <= last.page || row <= last.row { throw UnknownIndexForm() }
    entries.append(Entry(page: page, row: row))
  }
}

/// The index is not of the form that is known, or does not hold what the texts say.
struct UnknownIndexForm: Error {}
