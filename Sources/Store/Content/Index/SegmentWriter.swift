// SPDX-License-Identifier: Apache-2.0

/// Writes one segment of an FTS5 index (format 4, full detail) into its tables.
///
/// A segment is a row of `fts_data` for each leaf page. A page holds:
///
/// 1. Two bytes: where the first row number on it stands that does not follow a token of the page,
///    or 0. Two bytes: where its list of tokens begins.
/// 2. Tokens, each with its list of rows and positions. The first is written whole; of each further
///    one what it shares with the one before is left out. A list that does not fit goes on on the
///    next page, where the first row number is written whole again.
/// 3. The list of tokens: the places where they stand, each as a distance from the one before.
///
/// `fts_idx` has a row for each page that begins a token: the shortest text that tells it from the
/// page before. A list over several pages gets an index of its own, which tells the first row of
/// each page.
struct SegmentWriter {
  /// Pages without a token after which a list gets an index of its own.
  private static let leastIndexedPageCount = 4

  private let segment: Int
  private let pageByteCount: Int
  private let dataStatement: DirectStatement
  private let treeStatement: DirectStatement

  private var page: [UInt8] = [0, 0, 0, 0]
  private var pageNumber = 1
  /// The list of tokens of the page.
  private var tokenPlaces: [UInt8] = []
  private var lastTokenPlace = 0
  private var hasToken = false
  private var hasRow = false
  private var lastToken: [UInt8] = []
  /// The page that `fts_idx` is to tell of next, and the text that leads to it.
  private var treePage = 1
  private var treeText: [UInt8] = []
  private var listIndex: ListIndexWriter
  private var tokenlessPageCount = 0
  private var list: [UInt8] = []

  /// Begins a segment.
  ///
  /// - Parameters:
  ///   - segment: A number that no segment of the index has.
  ///   - connection: Of the partition, in a transaction.
  ///   - pageByteCount: Bytes after which a page is full, at most 32,000.
  /// - Throws: `StoreError` when the tables are not there.
  init(
    segment: Int, connection: DirectConnection, pageByteCount: Int
  ) throws(StoreError) {
    self.segment = segment
    self.pageByteCount = pageByteCount
    dataStatement = try connection.cached("INSERT INTO fts_data (id, block) VALUES (?, ?)")
    treeStatement = try connection.cached(
      "INSERT INTO fts_idx (segid, term, pgno) VALUES (?, ?, ?)")
    listIndex = try ListIndexWriter(
      segment: segment, connection: connection, pageByteCount: pageByteCount)
  }

  /// Appends a token that is greater than all before it, with its places.
  ///
  /// - Parameters:
  ///   - token: With the index's mark.
  ///   - places: In order; at least one.
  ///   - rows: The numbers of the rows that the places count.
  /// - Throws: `StoreError` when a page cannot be written.
  mutating func append(
    _ token: Span<UInt8>, _ places: Span<TokenInversion.Place>, rows: [Int64]
  ) throws(StoreError) {
    try append(token)
    makeList(places, rows: rows)
    if page.count + tokenPlaces.count + list.count + 1 <= pageByteCount {
      page.append(contentsOf: list)
    } else {
      try appendListInParts()
    }
  }

  /// Writes what is left, and tells how many pages the segment has.
  mutating func finish() throws(StoreError) -> Int {
    if page.count > 4 { try writePage() }
    if pageNumber > 1 { try writeTreeEntry() }
    return pageNumber - 1
  }

  // MARK: - Tokens

  private mutating func append(_ token: Span<UInt8>) throws(StoreError) {
    if page.count + tokenPlaces.count + token.count + 2 >= pageByteCount, page.count > 4 {
      try writePage()
    }
    tokenPlaces.append(varint: UInt64(page.count - lastTokenPlace))
    lastTokenPlace = page.count
    var shared = 0
    let limit = min(lastToken.count, token.count)
    while shared < limit, lastToken[shared] == token[shared] { shared += 1 }
    var written = shared
    if !hasToken {
      written = 0
      if pageNumber > 1 {
        try writeTreeEntry()
        treeText.removeAll(keepingCapacity: true)
        // Without a token before it the whole token leads here.
        let length = lastToken.isEmpty ? token.count : shared + 1
        for index in 0..<length { treeText.append(token[index]) }
        treePage = pageNumber
      }
    } else {
      page.append(varint: UInt64(shared))
    }
    page.append(varint: UInt64(token.count - written))
    for index in written..<token.count { page.append(token[index]) }
    lastToken.removeSubrange(shared...)
    for index in shared..<token.count { lastToken.append(token[index]) }
    hasToken = true
    // The row that follows a token needs no place of its own.
    hasRow = true
    listIndex.begin(page: pageNumber)
  }

  // MARK: - Lists

  /// Encodes rows and positions: of each row its distance from the one before, twice the number of
  /// bytes of its positions, and these, each two more than its distance from the one before; a 1
  /// and the column stand where the column changes.
  private mutating func makeList(_ places: Span<TokenInversion.Place>, rows: [Int64]) {
    list.removeAll(keepingCapacity: true)
    var index = 0
    var lastRow: Int64 = 0
    while index < places.count {
      let row = places[index].row
      list.append(varint: UInt64(bitPattern: rows[Int(row)] - lastRow))
      lastRow = rows[Int(row)]
      let start = list.count
      list.append(0)
      var column: UInt32 = 0
      var lastPosition: UInt32 = 0
      while index < places.count, places[index].row == row {
        let place = places[index]
        if place.column != column {
          column = place.column
          lastPosition = 0
          list.append(1)
          list.append(varint: UInt64(column))
        }
        list.append(varint: UInt64(place.position - lastPosition + 2))
        lastPosition = place.position
        index += 1
      }
      let size = list.count - start - 1
      if size < 64 {
        list[start] = UInt8(truncatingIfNeeded: size * 2)
      } else {
        var encoded: [UInt8] = []
        encoded.append(varint: UInt64(size) * 2)
        list.replaceSubrange(start...start, with: encoded)
      }
    }
  }

  private mutating func appendListInParts() throws(StoreError) {
    let list = self.list
    var reader = VarintReader(list, from: 0)
    var row: Int64 = 0
    while !reader.isAtEnd {
      let distance = reader.next() ?? 0
      row += Int64(bitPattern: distance)
      if !hasRow {
        page[0] = UInt8(truncatingIfNeeded: page.count >> 8)
        page[1] = UInt8(truncatingIfNeeded: page.count)
        page.append(varint: UInt64(bitPattern: row))
        hasRow = true
        try listIndex.add(page: pageNumber, row: row)
      } else {
        page.append(varint: distance)
      }
      let start = reader.index
      let size = Int((reader.next() ?? 0) / 2)
      let end = reader.index + size
      try append(list, start..<end)
      reader.skip(to: end)
    }
  }

  /// Appends the positions of one row; where they do not fit, they are parted between two numbers.
  private mutating func append(_ list: [UInt8], _ range: Range<Int>) throws(StoreError) {
    if page.count + tokenPlaces.count + range.count <= pageByteCount {
      page.append(contentsOf: list[range])
      return
    }
    var start = range.lowerBound
    while start < range.upperBound {
      let space = pageByteCount - page.count - tokenPlaces.count
      var end = range.upperBound
      if end - start > space {
        end = numberEnd(list, after: start)
        while end < range.upperBound {
          let next = numberEnd(list, after: end)
          if next - start > space { break }
          end = next
        }
      }
      page.append(contentsOf: list[start..<end])
      start = end
      if page.count + tokenPlaces.count >= pageByteCount { try writePage() }
    }
  }

  private func numberEnd(_ list: [UInt8], after start: Int) -> Int {
    var end = start
    while list[end] >= 0x80 { end += 1 }
    return end + 1
  }

  // MARK: - Pages

  private mutating func writePage() throws(StoreError) {
    page[2] = UInt8(truncatingIfNeeded: page.count >> 8)
    page[3] = UInt8(truncatingIfNeeded: page.count)
    if hasToken {
      page.append(contentsOf: tokenPlaces)
    } else {
      if !hasRow { listIndex.addPageWithoutRow() }
      tokenlessPageCount += 1
    }
    try write(page, key: Int64(segment) << 37 + Int64(pageNumber))
    page.removeSubrange(4...)
    for index in 0..<4 { page[index] = 0 }
    tokenPlaces.removeAll(keepingCapacity: true)
    lastTokenPlace = 0
    pageNumber += 1
    hasToken = false
    hasRow = false
  }

  private func write(_ bytes: [UInt8], key: Int64) throws(StoreError) {
    try dataStatement.bind(key, at: 1)
    try dataStatement.run(binding: bytes, at: 2)
  }

  /// Tells of the last page that began a token, now that its last list is complete.
  private mutating func writeTreeEntry() throws(StoreError) {
    let hasIndex =
      !listIndex.isEmpty && tokenlessPageCount >= SegmentWriter.leastIndexedPageCount
    try listIndex.finish(isWritten: hasIndex)
    tokenlessPageCount = 0
    try treeStatement.bind(segment, at: 1)
    try treeStatement.bind(treePage << 1 | (hasIndex ? 1 : 0), at: 3)
    try treeStatement.run(binding: treeText, at: 2)
  }
}
