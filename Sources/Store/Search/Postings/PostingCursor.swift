// SPDX-License-Identifier: Apache-2.0

/// Steps over the rows of one token in one segment, in ascending order.
@safe
final class PostingCursor {
  private let source: PostingSource
  private let segment: IndexStructure.Segment
  /// Whether the segment tells the pages of the list.
  private let hasListPages: Bool
  private let page: PostingPage
  private var pageNumber: Int
  /// Where the positions of the row at hand begin.
  private var place = 0
  /// Where the list ends on this page.
  private var limit = 0
  /// Whether the list may go on on the next page.
  private var mayContinue = false
  /// Bytes of the positions of the row at hand.
  private var size = 0
  /// The row at hand; `.max` behind the last one.
  private(set) var row: Int64 = .max
  /// Whether the entry takes back an older one.
  private(set) var isDeletion = false
  /// The pages of the list, once they were asked for.
  private var listPages: ListPages?
  /// The first row behind the page at hand, once it was asked for.
  private var nextPageRow: Int64?
  /// Positions of the row at hand that stand on several pages.
  private var gathered: [UInt8]?
  private let start: (pageNumber: Int, token: PostingPage.Token)

  /// Goes to the first row of a token; nil when the segment lacks it.
  ///
  /// - Parameters:
  ///   - token: With the index's mark.
  ///   - number: Of the segment in the source.
  ///   - source: The index.
  /// - Throws: `StoreError` when the index cannot be read.
  init?(_ token: [UInt8], inSegment number: Int, _ source: PostingSource) throws {
    let page = source.borrowPage()
    self.source = source
    self.page = page
    segment = source.segments[number]
    (pageNumber, hasListPages) = try source.page(of: token, inSegment: number)
    try source.load(page, segment: segment, number: pageNumber)
    guard let found = try source.find(token, on: page) else {
      source.giveBack(page)
      return nil
    }
    start = (pageNumber, found)
    try begin(found)
  }

  deinit { source.giveBack(page) }

  /// Whether no row of the list stands behind those of its first page.
  var isShort: Bool { !start.token.isLast }

  /// About how many bytes the list has.
  func byteCount() throws -> Int {
    guard hasListPages, start.token.isLast else { return start.token.list.count }
    return try pagesOfList().count * 8000
  }

  /// Goes to a row, from anywhere, before which all rows are lesser than one.
  ///
  /// That is the first row of the list or of the last page that begins with a row not behind the
  /// target: no page before it is read.
  func rewind(to target: Int64) throws {
    gathered = nil
    if hasListPages, start.token.isLast, let landing = try pagesOfList().page(of: target) {
      if landing != pageNumber { try load(landing) }
      guard page.firstRowPlace > 0 else { throw source.broken }
      return try enterPage()
    }
    if pageNumber != start.pageNumber { try load(start.pageNumber) }
    try begin(start.token)
  }

  /// The last row up to one; -1 where there is none.
  ///
  /// Leaves the cursor somewhere behind it.
  func lastRow(upTo target: Int64) throws -> Int64 {
    try rewind(to: target)
    let end = target == .max ? .max : target + 1
    var last: Int64 = -1
    while row < end {
      if gathered == nil { _ = try countOnPage(before: end) }
      last = row
      try next()
    }
    return last
  }

  private func load(_ number: Int) throws {
    try source.load(page, segment: segment, number: number)
    pageNumber = number
  }

  private func begin(_ found: PostingPage.Token) throws {
    nextPageRow = nil
    limit = found.list.upperBound
    mayContinue = found.isLast
    place = found.list.lowerBound
    size = 0
    gathered = nil
    if place < limit {
      row = 0
      try readEntry(isFirst: true)
    } else if mayContinue {
      try nextPage()
    } else {
      throw source.broken
    }
  }

  /// Reads row and size of the entry at `place`.
  @inline(__always)
  private func readEntry(isFirst: Bool) throws {
    var place = self.place
    let distance = Int64(bitPattern: page.number(&place))
    if isFirst {
      row = distance
    } else {
      guard distance > 0 else { throw source.broken }
      row &+= distance
    }
    let word = page.number(&place)
    self.place = place
    size = Int(truncatingIfNeeded: word >> 1) & 0x3FFF_FFFF
    isDeletion = word & 1 != 0
    guard place <= limit, row >= 0 else { throw source.broken }
  }

  /// Goes to the next row.
  func next() throws {
    guard row != .max else { return }
    if gathered != nil {
      gathered = nil
      return try enterPage()
    }
    place += size
    if place < limit { return try readEntry(isFirst: false) }
    guard mayContinue else {
      row = .max
      guard place == limit else { throw source.broken }
      return
    }
    try nextPage()
  }

  private func nextPage() throws {
    guard pageNumber < segment.lastPage else {
      row = .max
      return
    }
    try load(pageNumber + 1)
    try enterPage()
  }

  /// Goes to the first row that a page goes on with.
  private func enterPage() throws {
    while page.firstRowPlace == 0 {
      guard !page.hasTokens, pageNumber < segment.lastPage else {
        row = .max
        return
      }
      try load(pageNumber + 1)
    }
    nextPageRow = nil
    place = page.firstRowPlace
    limit = page.firstTokenPlace
    mayContinue = !page.hasTokens
    size = 0
    try readEntry(isFirst: true)
  }

  /// Goes to the first row at or after one.
  func seek(_ target: Int64) throws {
    if target == .max { row = .max }
    while row < target {
      if mayContinue, hasListPages, try target >= firstRowOfNextPage() {
        try leap(to: target)
      } else {
        try next()
        if row < target, gathered == nil { try passOver(until: target) }
      }
    }
  }

  /// Goes to the last row on the page at hand or the first one at or after the target.
  private func passOver(until target: Int64) throws {
    var row = self.row
    var place = self.place
    var size = self.size
    var word = UInt64(isDeletion ? 1 : 0)
    while row < target, place + size < limit {
      place += size
      let following = row &+ Int64(bitPattern: page.number(&place))
      word = page.number(&place)
      size = Int(truncatingIfNeeded: word >> 1) & 0x3FFF_FFFF
      guard following > row, place <= limit else { throw source.broken }
      row = following
    }
    self.row = row
    self.place = place
    self.size = size
    isDeletion = word & 1 != 0
  }

  private func pagesOfList() throws -> ListPages {
    if let listPages { return listPages }
    let pages = try source.listPages(startingAt: start.pageNumber, in: segment)
    listPages = pages
    return pages
  }

  private func firstRowOfNextPage() throws -> Int64 {
    if let nextPageRow { return nextPageRow }
    let row = try pagesOfList().firstRow(after: pageNumber) ?? .max
    nextPageRow = row
    return row
  }

  /// Goes to the last page whose first row is not behind a target: pages between are not read.
  private func leap(to target: Int64) throws {
    guard let landing = try pagesOfList().page(of: target), landing > pageNumber else {
      throw source.broken
    }
    gathered = nil
    try load(landing)
    guard page.firstRowPlace > 0 else { throw source.broken }
    try enterPage()
  }

  // MARK: - Many rows at once

  /// Sets the bits of all rows in a window, and stands on the first row behind it.
  ///
  /// - Parameters:
  ///   - window: Gets the rows.
  ///   - dead: The rows of the window that newer segments take back; gets those of this one.
  /// - Throws: `StoreError` when the index cannot be read.
  func fill(_ window: PostingWindow, _ dead: PostingWindow) throws {
    let end = window.end
    var hasDead = !dead.isEmpty
    while row < end {
      if isDeletion, size == 0 {
        dead.insert(row)
        hasDead = true
      } else if !hasDead || !dead.contains(row) {
        window.insert(row)
      }
      if gathered == nil, !hasDead {
        try forEachOnPage(before: end) { row in
          window.insert(row)
          return true
        }
      }
      try next()
    }
  }

  /// Gives the rows on the page that follow the one at hand, up to a deletion, while a body wants more.
  @inline(__always)
  private func forEachOnPage(before end: Int64, _ body: (Int64) -> Bool) throws {
    var row = self.row
    var place = self.place
    var size = self.size
    var wantsMore = true
    while wantsMore, place + size < limit {
      var next = place + size
      let following = row &+ Int64(bitPattern: page.number(&next))
      let word = page.number(&next)
      guard following > row, next <= limit else { throw source.broken }
      if following >= end || word & 1 != 0 { break }
      row = following
      place = next
      size = Int(truncatingIfNeeded: word >> 1) & 0x3FFF_FFFF
      wantsMore = body(row)
    }
    self.row = row
    self.place = place
    self.size = size
  }

  /// Appends the rows from the one at hand on that are not taken back, and stands behind them.
  ///
  /// - Parameters:
  ///   - rows: Gets them.
  ///   - end: Before which they lie.
  ///   - count: Rows in the list after which it ends.
  /// - Throws: `StoreError` when the index cannot be read.
  func read(into rows: inout [Int64], before end: Int64, count: Int) throws {
    while row < end, rows.count < count {
      if !isEmpty { rows.append(row) }
      if gathered == nil, rows.count < count {
        try forEachOnPage(before: end) { row in
          rows.append(row)
          return rows.count < count
        }
      }
      try next()
    }
  }

  /// How many rows follow up to an end, the one at hand included; nil when one takes back an
  /// older one.
  func count(before end: Int64) throws -> Int? {
    var count = 0
    while row < end {
      if isDeletion { return nil }
      count += 1
      if gathered == nil { count += try countOnPage(before: end) }
      try next()
    }
    return count
  }

  private func countOnPage(before end: Int64) throws -> Int {
    var count = 0
    var row = self.row
    var place = self.place
    var size = self.size
    while place + size < limit {
      var next = place + size
      let following = row &+ Int64(bitPattern: page.number(&next))
      let word = page.number(&next)
      guard following > row, next <= limit else { throw source.broken }
      if following >= end || word & 1 != 0 { break }
      row = following
      place = next
      size = Int(truncatingIfNeeded: word >> 1) & 0x3FFF_FFFF
      count += 1
    }
    self.row = row
    self.place = place
    self.size = size
    return count
  }

  // MARK: - Positions

  /// Whether the row at hand stands for no text: it takes back an older entry.
  var isEmpty: Bool { isDeletion && size == 0 }

  /// Appends the positions of the row at hand, in one column or in all.
  func appendPositions(to positions: inout [Int64], column: Int?) throws {
    if gathered == nil, place + size > limit { try gather() }
    if let gathered {
      try unsafe gathered.withUnsafeBufferPointer { bytes in
        guard let start = bytes.baseAddress else { return }
        try unsafe decode(start, bytes.count - PostingPage.padding, &positions, column)
      }
    } else {
      try unsafe decode(page.bytes + place, size, &positions, column)
    }
  }

  /// Positions are numbers plus two, each counted from the one before; a 1 begins another column.
  private func decode(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ positions: inout [Int64], _ column: Int?
  ) throws {
    var place = 0
    var current: Int64 = 0
    var isWanted = column ?? 0 == 0
    func number() -> Int64 {
      var value = Int64(unsafe bytes[place])
      place += 1
      guard value >= 0x80 else { return value }
      value &= 0x7F
      for _ in 0..<8 {
        let byte = unsafe Int64(bytes[place])
        place += 1
        value = (value << 7 | byte & 0x7F) & 0xFFFF_FFFF
        if byte < 0x80 { break }
      }
      return value
    }
    while place < count {
      var value = number()
      if value == 1 {
        let next = number()
        current = next << 32
        isWanted = column.map { Int64($0) == next } ?? true
        value = number()
      }
      guard value >= 2 else { throw source.broken }
      current += value - 2
      if isWanted { positions.append(current) }
    }
    guard place == count else { throw source.broken }
  }

  /// Collects positions that go on on further pages.
  private func gather() throws {
    guard mayContinue else { throw source.broken }
    nextPageRow = nil
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size + PostingPage.padding)
    unsafe bytes.append(
      contentsOf: UnsafeBufferPointer(start: page.bytes + place, count: limit - place))
    while bytes.count < size {
      guard pageNumber < segment.lastPage else { throw source.broken }
      try load(pageNumber + 1)
      let end = page.firstRowPlace > 0 ? page.firstRowPlace : page.firstTokenPlace
      let count = min(end - 4, size - bytes.count)
      unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: page.bytes + 4, count: count))
      guard bytes.count == size || (page.firstRowPlace == 0 && !page.hasTokens) else {
        throw source.broken
      }
    }
    bytes.append(contentsOf: repeatElement(0, count: PostingPage.padding))
    gathered = bytes
  }
}
