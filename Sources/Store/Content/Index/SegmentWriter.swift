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
struct SegmentWriter: ~Copyable {
  /// Pages without a token after which a list gets an index of its own.
  private static let leastIndexedPageCount = 4

  private let segment: Int
  private let pageByteCount: Int
  private let dataStatement: DirectStatement
  private let treeStatement: DirectStatement

  private var page: PlainBuffer<UInt8>
  private var pageNumber = 1
  /// The list of tokens of the page.
  private var tokenPlaces: PlainBuffer<UInt8>
  private var lastTokenPlace = 0
  private var hasToken = false
  private var hasRow = false
  private var lastToken: [UInt8] = []
  /// The page that `fts_idx` is to tell of next, and the text that leads to it.
  private var treePage = 1
  private var treeText: [UInt8] = []
  private var listIndex: ListIndexWriter
  private var tokenlessPageCount = 0
  /// The last row of the list that is being written.
  private var lastRow: Int64 = 0
  private var list: PlainBuffer<UInt8>

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
    let dataStatement = try connection.cached("INSERT INTO fts_data (id, block) VALUES (?, ?)")
    let treeStatement = try connection.cached(
      "INSERT INTO fts_idx (segid, term, pgno) VALUES (?, ?, ?)")
    let listIndex = try ListIndexWriter(
      segment: segment, connection: connection, pageByteCount: pageByteCount)
    self.segment = segment
    self.pageByteCount = pageByteCount
    self.dataStatement = dataStatement
    self.treeStatement = treeStatement
    self.listIndex = listIndex
    page = PlainBuffer(capacity: pageByteCount + 1024)
    tokenPlaces = PlainBuffer(capacity: 1 << 10)
    list = PlainBuffer(capacity: 1 << 10)
    beginPage()
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
    try begin(token)
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

  /// Begins the list of a token that is greater than all before it; at least one row follows.
  ///
  /// - Parameter token: With the index's mark.
  /// - Throws: `StoreError` when a page cannot be written.
  mutating func begin(_ token: Span<UInt8>) throws(StoreError) {
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
    page.append(contentsOf: token.extracting(written..<token.count))
    lastToken.removeSubrange(shared...)
    for index in shared..<token.count { lastToken.append(token[index]) }
    hasToken = true
    // The row that follows a token needs no place of its own.
    hasRow = true
    lastRow = 0
    listIndex.begin(page: pageNumber)
  }

  // MARK: - Lists

  /// Appends a row to the list of the token.
  ///
  /// - Parameters:
  ///   - row: Greater than all before it in the list.
  ///   - positions: As `makeList` encodes them; not empty.
  /// - Throws: `StoreError` when a page cannot be written.
  @inline(__always)
  mutating func append(row: Int64, positions: Span<UInt8>) throws(StoreError) {
    // Two numbers stand before the positions, of up to nine bytes each.
    guard hasRow, page.count + tokenPlaces.count + positions.count + 18 <= pageByteCount else {
      return try appendInParts(row: row, positions)
    }
    page.append(varint: UInt64(bitPattern: row &- lastRow))
    page.append(varint: UInt64(positions.count) * 2)
    page.append(few: positions)
    lastRow = row
  }

  /// Encodes rows and positions: of each row its distance from the one before, twice the number of
  /// bytes of its positions, and these, each two more than its distance from the one before; a 1
  /// and the column stand where the column changes.
  private mutating func makeList(_ places: Span<TokenInversion.Place>, rows: [Int64]) {
    list.removeAll()
    var index = 0
    var lastRow: Int64 = 0
    let count = places.count
    while index < count {
      var place = places[index]
      let row = place.row
      list.append(varint: UInt64(bitPattern: rows[Int(row)] &- lastRow))
      lastRow = rows[Int(row)]
      let start = list.count
      list.append(0)
      var column: UInt32 = 0
      var lastPosition: UInt32 = 0
      while true {
        if place.column != column {
          column = place.column
          lastPosition = 0
          list.append(1)
          list.append(varint: UInt64(column))
        }
        list.append(varint: UInt64(place.position &- lastPosition &+ 2))
        lastPosition = place.position
        index += 1
        guard index < count else { break }
        place = places[index]
        guard place.row == row else { break }
      }
      let size = list.count - start - 1
      if size < 64 {
        list[start] = UInt8(truncatingIfNeeded: size * 2)
      } else {
        list.insert(varint: UInt64(size) * 2, inPlaceOfByteAt: start)
      }
    }
  }

  private mutating func appendListInParts() throws(StoreError) {
    // The list stands still while its rows go to the page.
    var list = PlainBuffer<UInt8>(capacity: 1)
    swap(&list, &self.list)
    var index = 0
    var row: Int64 = 0
    while index < list.count {
      row &+= Int64(bitPattern: list.span.knownVarint(at: &index))
      let size = Int(list.span.knownVarint(at: &index) / 2)
      try append(row: row, positions: list.span.extracting(index..<(index + size)))
      index += size
    }
    swap(&list, &self.list)
  }

  /// Appends a row where it may not fit on the page, or is the first one of it.
  @inline(never)
  private mutating func appendInParts(
    row: Int64, _ positions: Span<UInt8>
  ) throws(StoreError) {
    if page.count + tokenPlaces.count >= pageByteCount { try writePage() }
    if !hasRow {
      page[0] = UInt8(truncatingIfNeeded: page.count >> 8)
      page[1] = UInt8(truncatingIfNeeded: page.count)
      page.append(varint: UInt64(bitPattern: row))
      hasRow = true
      try listIndex.add(page: pageNumber, row: row)
    } else {
      page.append(varint: UInt64(bitPattern: row &- lastRow))
    }
    lastRow = row
    page.append(varint: UInt64(positions.count) * 2)
    try append(positions)
  }

  /// Appends the positions of one row; where they do not fit, they are parted between two numbers.
  private mutating func append(_ positions: Span<UInt8>) throws(StoreError) {
    if page.count + tokenPlaces.count + positions.count <= pageByteCount {
      page.append(contentsOf: positions)
      return
    }
    var start = 0
    while start < positions.count {
      let space = pageByteCount - page.count - tokenPlaces.count
      var end = positions.count
      if end - start > space {
        end = numberEnd(positions, after: start)
        while end < positions.count {
          let next = numberEnd(positions, after: end)
          if next - start > space { break }
          end = next
        }
      }
      page.append(contentsOf: positions.extracting(start..<end))
      start = end
      if page.count + tokenPlaces.count >= pageByteCount { try writePage() }
    }
  }

  private func numberEnd(_ list: Span<UInt8>, after start: Int) -> Int {
    var end = start
    // What is merged may be damaged: nine bytes are the most.
    while end + 1 < list.count, list[end] >= 0x80, end - start < 8 { end += 1 }
    return end + 1
  }

  // MARK: - Pages

  private mutating func beginPage() {
    page.removeAll()
    for _ in 0..<4 { page.append(0) }
  }

  private mutating func writePage() throws(StoreError) {
    page[2] = UInt8(truncatingIfNeeded: page.count >> 8)
    page[3] = UInt8(truncatingIfNeeded: page.count)
    if hasToken {
      page.append(contentsOf: tokenPlaces)
    } else {
      if !hasRow { listIndex.addPageWithoutRow() }
      tokenlessPageCount += 1
    }
    try dataStatement.bind(Int64(segment) << 37 + Int64(pageNumber), at: 1)
    try dataStatement.run(binding: page.span, at: 2)
    beginPage()
    tokenPlaces.removeAll()
    lastTokenPlace = 0
    pageNumber += 1
    hasToken = false
    hasRow = false
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

extension PlainBuffer<UInt8> {
  /// Puts a number where one byte was kept for it.
  fileprivate mutating func insert(varint value: UInt64, inPlaceOfByteAt place: Int) {
    var number: [UInt8] = []
    number.append(varint: value)
    let end = count
    for _ in 1..<number.count { append(0) }
    for index in stride(from: end - 1, to: place, by: -1) {
      self[index + number.count - 1] = self[index]
    }
    for (offset, byte) in number.enumerated() { self[place + offset] = byte }
  }
}

extension Span<UInt8> {
  /// Reads a number that we have written, and goes past it.
  fileprivate func knownVarint(at index: inout Int) -> UInt64 {
    var value: UInt64 = 0
    for byteCount in 1...9 {
      let byte = self[index]
      index += 1
      if byteCount == 9 { return value << 8 | UInt64(byte) }
      value = value << 7 | UInt64(byte & 0x7F)
      if byte < 0x80 { break }
    }
    return value
  }
}
