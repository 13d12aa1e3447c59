// SPDX-License-Identifier: Apache-2.0

/// Takes rows out of one segment of an FTS5 index, as if they had never been in it.
///
/// Only the pages that hold them are written, so the cost follows what goes. A page can end up with
/// nothing on it; a token always stands on the page of its first row, which is what FTS5 asks for.
struct SegmentEraser {
  private let lastPage: Int
  private let firstPage: Int
  private let connection: DirectConnection
  private let pageByteCount: Int
  private var pages: SegmentPages
  /// Whether the first page lost its tokens.
  private(set) var lostFirstPage = false

  /// Prepares to change a segment.
  ///
  /// - Parameters:
  ///   - segment: As the index's structure has it, not empty.
  ///   - connection: Of the partition, in a transaction.
  ///   - pageByteCount: Bytes after which a record of a list's index is full.
  /// - Throws: `StoreError` when the tables are not there.
  init(
    _ segment: IndexStructure.Segment, connection: DirectConnection, pageByteCount: Int
  ) throws {
    firstPage = segment.firstPage
    lastPage = segment.lastPage
    self.connection = connection
    self.pageByteCount = pageByteCount
    pages = try SegmentPages(segment: segment.id, connection: connection)
  }

  /// Takes rows out.
  ///
  /// - Parameter removals: In the order of tokens; gets how many rows were found.
  /// - Throws: `UnknownIndexForm`; `StoreError` when the tables cannot be read or written.
  mutating func erase(_ removals: inout TokenRemovals) throws {
    var index = 0
    while index < removals.count {
      // Those that were found in a newer segment, too: where FTS5 marked an entry as deleted and added
      // it again, older segments hold the mark and the entry, and the counts show it.
      guard let entry = try pages.entry(for: removals.token(index)), entry.page >= firstPage else {
        index += 1
        continue
      }
      guard entry.page <= lastPage else { throw UnknownIndexForm() }
      try pages.write(before: entry.page)
      let next = try pages.textAfter(removals.token(index))
      index = try erase(&removals, from: index, on: entry)
      guard let next else { break }
      // What the page could have held and does not.
      while index < removals.count, removals.order(index, to: next) < 0 { index += 1 }
    }
    try pages.write()
  }

  // MARK: - A page

  /// A page as it is written anew.
  private struct NewPage {
    var bytes = IndexLeaf.empty
    var places: [UInt8] = []
    var lastPlace = 0
    var firstToken: [UInt8]?

    /// Appends a token without its list.
    ///
    /// - Parameters:
    ///   - token: Comes after those that the page has.
    ///   - shared: How many bytes it has in common with the one before; of no account for the first.
    mutating func append(token: [UInt8], shared: Int) {
      notePlace()
      var start = 0
      if firstToken == nil {
        firstToken = token
      } else {
        start = shared
        bytes.append(varint: UInt64(shared))
      }
      bytes.append(varint: UInt64(token.count - start))
      bytes.append(contentsOf: token[start...])
    }

    /// Appends a token with its list as another page has them, after the same token as there.
    mutating func copy(_ range: Range<Int>, of leaf: IndexLeaf) {
      notePlace()
      bytes.append(contentsOf: leaf.bytes[range])
    }

    private mutating func notePlace() {
      places.append(varint: UInt64(bytes.count - lastPlace))
      lastPlace = bytes.count
    }

    mutating func finished() -> [UInt8] {
      bytes.setLeafPlace(bytes.count, at: 2)
      return bytes + places
    }
  }

  /// Takes rows out of the lists whose tokens stand on a page, and of the pages that the last one
  /// goes on to.
  ///
  /// - Returns: The first removal whose token comes after the page's.
  private mutating func erase(
    _ removals: inout TokenRemovals, from start: Int, on entry: SegmentPages.TreeEntry
  ) throws -> Int {
    let leaf = try pages.leaf(entry.page)
    guard !leaf.tokens.isEmpty else { throw UnknownIndexForm() }
    var index = start
    var page = NewPage()
    page.bytes.reserveCapacity(leaf.bytes.count)
    page.bytes.append(contentsOf: leaf.bytes[leaf.continued])
    page.bytes[0] = leaf.bytes[0]
    page.bytes[1] = leaf.bytes[1]
    var hasListIndex = entry.hasListIndex
    var token: [UInt8] = []
    var isChanged = false
    var list: [UInt8] = []
    var moved: SegmentPages.TreeEntry?
    // Bytes that the last token taken over has in common with the one that comes: the least of what
    // each of those between had with the one before it.
    var common = Int.max
    for (number, place) in leaf.tokens.enumerated() {
      let isLast = number + 1 == leaf.tokens.count
      let end = isLast ? leaf.end : leaf.tokens[number + 1]
      var reader = VarintReader(leaf.bytes, from: place)
      let shared = number == 0 ? 0 : reader.int() ?? .max
      guard shared <= token.count, let length = reader.int(), length <= end - reader.index else {
        throw UnknownIndexForm()
      }
      token.removeSubrange(shared...)
      token.append(contentsOf: leaf.bytes[reader.index..<(reader.index + length)])
      let piece = (reader.index + length)..<end
      let isAfterSame = common == .max && number > 0 && page.firstToken != nil
      common = min(common, shared)
      func keep() {
        if isAfterSame {
          page.copy(place..<end, of: leaf)
        } else {
          page.append(token: token, shared: common)
          page.bytes.append(contentsOf: leaf.bytes[piece])
        }
        common = .max
      }
      var order: Int32 = 1
      while index < removals.count {
        order = removals.order(index, to: token)
        guard order < 0 else { break }
        index += 1
      }
      guard index < removals.count, order == 0 else {
        keep()
        continue
      }
      var filter = ListFilter(removals.rows(index))
      list.removeAll(keepingCapacity: true)
      let isKept =
        try filter.copy(
          piece, firstRow: piece.isEmpty ? nil : piece.lowerBound, of: leaf, to: &list) != nil
      if isLast, filter.isUnfinished || !isKept {
        moved = try eraseContinuation(
          of: token, on: entry.page, &filter, isKept: isKept, &hasListIndex)
      }
      guard filter.restByteCount == 0 else { throw UnknownIndexForm() }
      removals.noteFound(filter.count, at: index)
      guard filter.count > 0 || moved != nil else {
        keep()
        continue
      }
      isChanged = true
      guard isKept else { continue }
      page.append(token: token, shared: common)
      page.bytes.append(contentsOf: list)
      common = .max
    }
    guard isChanged || hasListIndex != entry.hasListIndex else { return index }
    try pages.change(entry.page, to: page.finished())
    try pages.lead(to: page.firstToken, after: entry, hasListIndex: hasListIndex)
    if page.firstToken == nil, entry.page == firstPage { lostFirstPage = true }
    if let moved { try pages.insert(moved) }
    return index
  }

  // MARK: - Lists over several pages

  /// Takes rows out of a list after the page of its token.
  ///
  /// - Parameters:
  ///   - token: The list's.
  ///   - page: The token's; its part of the list was filtered.
  ///   - filter: What is to be taken out.
  ///   - isKept: Whether a row stays on the token's page; else the token goes to the next one with a
  ///     row, where there is one.
  ///   - hasListIndex: Whether the list has an index; gets whether that of the page's last token does.
  /// - Returns: What is to lead to the page that the token was moved to; nil where it was not.
  /// - Throws: `UnknownIndexForm`; `StoreError` when the tables cannot be read or written.
  private mutating func eraseContinuation(
    of token: [UInt8], on page: Int, _ filter: inout ListFilter, isKept: Bool,
    _ hasListIndex: inout Bool
  ) throws -> SegmentPages.TreeEntry? {
    let index = hasListIndex ? try pages.listIndex(ofPage: page) : nil
    var walk = ListWalk(page: page, index: index, lastPage: lastPage)
    var firstKept = isKept ? page : nil
    while let next = walk.next(&filter, needsRow: firstKept == nil) {
      let leaf = try pages.leaf(next)
      var bytes = IndexLeaf.empty
      let count = filter.count
      let rest = filter.restByteCount
      let kept = try filter.copy(leaf.continued, firstRow: leaf.firstRow, of: leaf, to: &bytes)
      walk.note(next, firstRow: kept?.row, isLast: !leaf.tokens.isEmpty)
      if firstKept == nil, kept != nil { firstKept = next }
      guard filter.count != count || rest > 0 else { continue }
      bytes.setLeafPlace(kept?.place ?? 0, at: 0)
      try pages.change(next, to: leaf.withContinued(bytes))
    }
    var entries = walk.entries
    let isMoved = firstKept.map { $0 != page } ?? false
    let place = firstKept ?? page
    if let index {
      // Whatever stays is written anew: its records bear the number of the token's page.
      if isMoved { entries.removeAll { $0.page <= place } }
      if firstKept == nil { entries = [] }
      guard isMoved || entries != index.entries else { return nil }
      try pages.delete(index)
      try write(entries, ofPage: place)
      hasListIndex = !isMoved && !entries.isEmpty
    }
    guard isMoved else { return nil }
    return try move(token, to: place, hasListIndex: index != nil && !entries.isEmpty)
  }

  private func write(_ entries: [ListIndex.Entry], ofPage page: Int) throws {
    var writer = try ListIndexWriter(
      segment: pages.segment, connection: connection, pageByteCount: pageByteCount)
    writer.begin(page: page)
    var next = entries.first?.page ?? 0
    for entry in entries {
      while next < entry.page {
        writer.addPageWithoutRow()
        next += 1
      }
      try writer.add(page: entry.page, row: entry.row)
      next += 1
    }
    try writer.finish(isWritten: true)
  }

  /// Puts a token in front of its list on a page, which begins with the list's first row.
  ///
  /// - Returns: What is to lead to the page.
  private mutating func move(
    _ token: [UInt8], to page: Int, hasListIndex: Bool
  ) throws -> SegmentPages.TreeEntry {
    let leaf = try pages.leaf(page)
    guard leaf.firstRow == 4 else { throw UnknownIndexForm() }
    var new = NewPage()
    new.append(token: token, shared: 0)
    new.bytes.append(contentsOf: leaf.bytes[leaf.continued])
    var entry = SegmentPages.TreeEntry(text: token, page: page, hasListIndex: hasListIndex)
    if let place = leaf.tokens.first {
      guard let first = leaf.firstToken, token.lexicographicallyPrecedes(first),
        let old = try pages.entry(for: first[...]), old.page == page
      else { throw UnknownIndexForm() }
      new.append(token: first, shared: zip(token, first).prefix { $0 == $1 }.count)
      // The following tokens stand as far from it as before.
      var reader = VarintReader(leaf.bytes, from: place)
      _ = reader.next()
      let listStart = reader.index + first.count
      let shift = new.bytes.count - listStart
      new.bytes.append(contentsOf: leaf.bytes[listStart..<leaf.end])
      for place in leaf.tokens.dropFirst() {
        new.places.append(varint: UInt64(place + shift - new.lastPlace))
        new.lastPlace = place + shift
      }
      entry.hasListIndex = old.hasListIndex
      try pages.delete(old)
    }
    try pages.change(page, to: new.finished())
    return entry
  }
}

extension IndexLeaf {
  /// The page with another piece of the list that goes on from the page before.
  ///
  /// - Parameter piece: The piece, after a page's header.
  /// - Returns: The page's bytes.
  fileprivate func withContinued(_ piece: [UInt8]) -> [UInt8] {
    var new = piece
    let shift = piece.count - continued.upperBound
    new.append(contentsOf: bytes[continued.upperBound..<end])
    new.setLeafPlace(new.count, at: 2)
    var last = 0
    for place in tokens {
      new.append(varint: UInt64(place + shift - last))
      last = place + shift
    }
    return new
  }
}
