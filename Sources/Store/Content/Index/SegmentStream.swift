// SPDX-License-Identifier: Apache-2.0

/// Reads a segment of an FTS5 index from its first page to its last: token by token, and of each
/// the rows of its list with their positions.
///
/// It trusts nothing: what contradicts the form that ``SegmentWriter`` tells of, and marks of
/// deletion, are `UnknownIndexForm`. Pages are deleted as they are left, so that what is written
/// meanwhile takes their place in the file.
struct SegmentStream {
  /// Pages that are deleted in one go.
  private static let deletedPageCount = 8

  /// The token whose list is read, with the index's mark.
  private(set) var token: [UInt8] = []
  /// Its first eight bytes, the first one highest, zeros after its end: orders most tokens.
  private(set) var head: UInt64 = 0
  /// The row that ``nextRow()`` went to.
  private var row: Int64 = 0

  private let pages: SegmentPages
  private let lastPage: Int
  private var page: Int
  private var firstKeptPage: Int
  private var leaf: IndexLeaf
  /// The first of the leaf's tokens that was not read yet.
  private var following = 0
  /// The next byte of the list, and where the piece of it on the page ends.
  private var index = 0
  private var pieceEnd = 0
  /// Whether the next row is the list's first one, and whether it is written whole.
  private var isFirst = true
  private var isWhole = true
  /// The row's positions: a part of the page, or, where they go over several, copied together.
  private var positions = 0..<0
  private var gathered: [UInt8] = []
  private var isGathered = false

  /// Begins to read a segment.
  ///
  /// - Parameters:
  ///   - segment: As the index's structure has it, not empty.
  ///   - connection: Of the partition, in a transaction.
  /// - Throws: `UnknownIndexForm`; `StoreError` when the tables cannot be read.
  init(_ segment: IndexStructure.Segment, connection: DirectConnection) throws {
    pages = try SegmentPages(segment: segment.id, connection: connection)
    page = segment.firstPage
    firstKeptPage = segment.firstPage
    lastPage = segment.lastPage
    leaf = try pages.leaf(page)
    // Nothing goes on from a page before the first.
    guard leaf.continued.isEmpty else { throw UnknownIndexForm() }
  }

  /// Deletes what is left of the segment.
  func deleteAll() throws { try pages.deleteAll() }

  // MARK: - Tokens

  /// Goes to the next token, once all rows of the one before were read; false at the end.
  mutating func nextToken() throws -> Bool {
    guard index == pieceEnd else { throw UnknownIndexForm() }
    while following == leaf.tokens.count {
      guard page < lastPage else { return false }
      try loadNext()
      guard leaf.continued.isEmpty else { throw UnknownIndexForm() }
    }
    let place = leaf.tokens[following]
    let end = following + 1 < leaf.tokens.count ? leaf.tokens[following + 1] : leaf.end
    var reader = VarintReader(leaf.bytes, from: place)
    let shared = following == 0 ? 0 : reader.int() ?? .max
    guard shared <= token.count, let length = reader.int(), length > 0,
      length < end - reader.index
    else { throw UnknownIndexForm() }
    let suffix = leaf.bytes[reader.index..<(reader.index + length)]
    guard token[shared...].lexicographicallyPrecedes(suffix) else { throw UnknownIndexForm() }
    token.removeSubrange(shared...)
    token.append(contentsOf: suffix)
    head = SegmentStream.head(of: token)
    following += 1
    index = reader.index + length
    pieceEnd = end
    isFirst = true
    isWhole = true
    return true
  }

  private static func head(of token: [UInt8]) -> UInt64 {
    var head: UInt64 = 0
    for index in 0..<min(8, token.count) { head |= UInt64(token[index]) << UInt64(56 - 8 * index) }
    return head
  }

  /// Begins the token's list in the segment that is being written.
  mutating func beginList(in writer: inout SegmentWriter) throws(StoreError) {
    try writer.begin(token.span)
  }

  // MARK: - Rows

  /// Goes to the next row of the token's list.
  ///
  /// - Returns: The row; nil at the end of the list.
  /// - Throws: `UnknownIndexForm`; `StoreError` when the tables cannot be read or written.
  mutating func nextRow() throws -> Int64? {
    if index == pieceEnd {
      guard try !isFirst && continueList() else {
        // A token without a row is nothing that FTS5 writes.
        if isFirst { throw UnknownIndexForm() }
        return nil
      }
    }
    var place = index
    guard let distance = leaf.bytes.span.varint(at: &place, before: pieceEnd),
      let size = leaf.bytes.span.varint(at: &place, before: pieceEnd)
    else { throw UnknownIndexForm() }
    index = place
    let next = Int64(bitPattern: distance) &+ (isWhole ? 0 : row)
    // An odd size marks a deletion that FTS5 has not carried out; so does one of 0.
    guard isFirst || next > row, size & 1 == 0, size > 0, size <= UInt64(Int32.max) else {
      throw UnknownIndexForm()
    }
    row = next
    isFirst = false
    isWhole = false
    let count = Int(size / 2)
    if count <= pieceEnd - index {
      positions = index..<(index + count)
      isGathered = false
      index += count
    } else {
      try gather(count)
    }
    return next
  }

  /// Appends the row to the list that is being written.
  ///
  /// Mutating so that the stream is used where it lies, and not copied for the call.
  @inline(__always)
  mutating func copyRow(to writer: inout SegmentWriter) throws(StoreError) {
    if isGathered {
      try writer.append(row: row, positions: gathered.span)
    } else {
      try writer.append(row: row, positions: leaf.bytes.span.extracting(positions))
    }
  }

  /// Goes to the page where the list goes on; false where it does not.
  private mutating func continueList() throws -> Bool {
    guard following == leaf.tokens.count else { return false }
    while page < lastPage {
      try loadNext()
      let piece = leaf.continued
      if piece.isEmpty, leaf.tokens.isEmpty { continue }
      guard !piece.isEmpty else { return false }
      guard leaf.firstRow == piece.lowerBound else { throw UnknownIndexForm() }
      pieceEnd = piece.upperBound
      return true
    }
    return false
  }

  /// Copies together the positions of a row, which go on on the following pages.
  private mutating func gather(_ count: Int) throws {
    guard following == leaf.tokens.count else { throw UnknownIndexForm() }
    gathered.removeAll(keepingCapacity: true)
    gathered.append(contentsOf: leaf.bytes[index..<pieceEnd])
    while gathered.count < count {
      guard page < lastPage else { throw UnknownIndexForm() }
      try loadNext()
      let piece = leaf.continued
      let end = leaf.firstRow ?? piece.upperBound
      let rest = count - gathered.count
      // The whole page belongs to the row, or the part before what follows it.
      let isWholePage = end == leaf.end
      guard end - piece.lowerBound <= rest, isWholePage || end - piece.lowerBound == rest else {
        throw UnknownIndexForm()
      }
      gathered.append(contentsOf: leaf.bytes[piece.lowerBound..<end])
      index = end
      pieceEnd = piece.upperBound
    }
    isGathered = true
  }

  // MARK: - Pages

  private mutating func loadNext() throws {
    page += 1
    leaf = try pages.leaf(page)
    following = 0
    index = IndexLeaf.empty.count
    pieceEnd = index
    isWhole = true
    guard page - firstKeptPage >= SegmentStream.deletedPageCount else { return }
    try pages.delete(firstKeptPage..<page)
    firstKeptPage = page
  }
}

extension Span<UInt8> {
  /// Reads a number of SQLite's and goes past it; nil where it does not end before a place.
  @inline(__always)
  fileprivate func varint(at index: inout Int, before end: Int) -> UInt64? {
    guard index < end else { return nil }
    let byte = self[index]
    if byte < 0x80 {
      index += 1
      return UInt64(byte)
    }
    // Rows of most lists are two or three bytes apart.
    if end - index > 2 {
      let (second, third) = (self[index + 1], self[index + 2])
      if second < 0x80 {
        index += 2
        return UInt64(byte & 0x7F) << 7 | UInt64(second)
      }
      if third < 0x80 {
        index += 3
        return UInt64(byte & 0x7F) << 14 | UInt64(second & 0x7F) << 7 | UInt64(third)
      }
    }
    return longVarint(at: &index, before: end)
  }

  @inline(never)
  private func longVarint(at index: inout Int, before end: Int) -> UInt64? {
    var value: UInt64 = 0
    for count in 1...9 {
      guard index < end else { return nil }
      let byte = self[index]
      index += 1
      if count == 9 { return value << 8 | UInt64(byte) }
      value = value << 7 | UInt64(byte & 0x7F)
      if byte < 0x80 { return value }
    }
    return nil
  }
}
