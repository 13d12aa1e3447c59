// SPDX-License-Identifier: Apache-2.0
import Model

/// Takes rows out of the full-text index of a partition, as if they had never been in it.
///
/// FTS5 3.40 marks an entry as deleted and keeps its words until all segments are merged, at a cost
/// that grows with the index. This changes the pages of FTS5's tables that hold the entries, and no
/// other ones; FTS5 reads, merges and checks the rest like its own. As with ``IndexBuilder``, the
/// connection must not have used the `fts` table before: FTS5 keeps what it knows of the segments.
final class IndexEraser {
  /// Tokens after which entries are taken out: the bound on memory, at a dozen bytes a token.
  private static let tokenLimit = 2_000_000

  private let pageByteCount: Int
  private var inversion = TokenInversion()
  /// The rows taken, each once.
  private var rows: [Int64] = []
  private var tokenCounts = [UInt64](repeating: 0, count: IndexBuilder.columnCount)

  /// Prepares an eraser.
  ///
  /// - Parameter pageByteCount: Bytes after which a page of the index is full.
  init(pageByteCount: Int = PartitionSchema.indexPageByteCount) {
    self.pageByteCount = pageByteCount
  }

  /// Whether so much waits that it should be taken out.
  var isFull: Bool { inversion.count >= IndexEraser.tokenLimit }

  /// Takes the text of a column of a row that is to go, as the index got it.
  ///
  /// - Parameters:
  ///   - text: Its bytes.
  ///   - column: From 0; rises within a row.
  ///   - row: Its number in the index; the columns of a row come one after another.
  func add(_ text: UnsafeRawBufferPointer, column: Int, row: Int64) {
    if rows.last != row { rows.append(row) }
    guard unsafe !text.isEmpty else { return }
    tokenCounts[column] += UInt64(
      unsafe inversion.add(
        text, row: UInt32(truncatingIfNeeded: rows.count - 1), column: UInt32(column)))
  }

  /// Forgets what waits.
  func removeAll() {
    inversion.removeAll()
    rows.removeAll()
    tokenCounts = [UInt64](repeating: 0, count: IndexBuilder.columnCount)
  }

  /// Takes the waiting rows out of the index, in the connection's transaction.
  ///
  /// - Throws: `UnknownIndexForm` where the index is not of the form that is known, or does not hold
  ///   each token of each row: then some may be taken out, and the index must be made anew or the
  ///   transaction be undone. `StoreError` when it cannot be read or written.
  func flush(from connection: DirectConnection) throws {
    guard !rows.isEmpty else { return }
    defer { removeAll() }
    guard try FullTextIndex.isOurs(connection), try IndexBuilder.isKnownFormat(connection),
      var structure = IndexStructure(try record(IndexStructure.key, connection)),
      var totals = IndexTotals(
        try record(IndexTotals.key, connection), columnCount: IndexBuilder.columnCount),
      totals.subtract(rows: rows.count, tokens: tokenCounts)
    else { throw UnknownIndexForm() }
    var removals = waitingRemovals()
    let before = structure
    try structure.removeMerged(connection)
    for (level, segments) in structure.levels.map(\.segments).enumerated() {
      for segment in segments where segment.firstPage > 0 {
        var eraser = try SegmentEraser(
          segment, connection: connection, pageByteCount: pageByteCount)
        try eraser.erase(&removals)
        guard eraser.lostFirstPage else { continue }
        try structure.trim(segment, level: level, connection)
      }
    }
    guard removals.areDone else { throw UnknownIndexForm() }
    try write(totals.encoded, IndexTotals.key, connection)
    if structure != before { try write(structure.encoded, IndexStructure.key, connection) }
  }

  private func waitingRemovals() -> TokenRemovals {
    var removals = TokenRemovals()
    inversion.drain { token, places in
      removals.append(token: token)
      var last = UInt32.max
      for index in places.indices where places[index].row != last {
        last = places[index].row
        removals.append(row: rows[Int(last)])
      }
      removals.sortRows()
    }
    return removals
  }

  private func record(_ key: Int64, _ connection: DirectConnection) throws -> [UInt8] {
    let statement = try connection.cached("SELECT block FROM fts_data WHERE id = ?")
    defer { statement.reset() }
    try statement.bind(key, at: 1)
    return try statement.step() ? statement.bytes(0) : []
  }

  private func write(_ bytes: [UInt8], _ key: Int64, _ connection: DirectConnection) throws {
    let statement = try connection.cached("REPLACE INTO fts_data (id, block) VALUES (?, ?)")
    try statement.bind(key, at: 1)
    try statement.run(binding: bytes, at: 2)
  }
}

extension IndexTotals {
  /// Takes rows and tokens off.
  ///
  /// - Parameters:
  ///   - rows: How many.
  ///   - tokens: How many in each column.
  /// - Returns: Whether there were so many.
  fileprivate mutating func subtract(rows: Int, tokens: [UInt64]) -> Bool {
    guard rowCount >= UInt64(rows), zip(tokenCounts, tokens).allSatisfy({ $0 >= $1 }) else {
      return false
    }
    rowCount -= UInt64(rows)
    for column in tokens.indices { tokenCounts[column] -= tokens[column] }
    return true
  }
}

extension IndexStructure {
  /// Deletes what FTS5 keeps, until a merge is complete, of pages that it has merged already: they
  /// hold words of what is to go, and nothing reads them any more.
  fileprivate func removeMerged(_ connection: DirectConnection) throws {
    for segment in levels.flatMap(\.segments) where segment.firstPage != 1 {
      // 0: all of it is merged.
      let first = segment.firstPage == 0 ? Int(Int32.max) : segment.firstPage
      let pages = try SegmentPages(segment: segment.id, connection: connection)
      try pages.deleteAll(before: first)
      let tree = try connection.cached("DELETE FROM fts_idx WHERE segid = ? AND pgno < ?")
      try tree.bind(segment.id, at: 1)
      try tree.bind(first << 1, at: 2)
      try tree.run()
      // Of the first page FTS5 has merged the first tokens.
      guard segment.firstPage > 0, let token = try pages.leaf(first).firstToken,
        let entry = try pages.entry(for: token[...]), entry.page == first
      else { continue }
      try pages.lead(to: token, after: entry, hasListIndex: entry.hasListIndex)
    }
  }

  /// Lets a segment begin with its first page that begins a token; without one it goes.
  ///
  /// - Parameters:
  ///   - segment: As it was before its first page lost its tokens.
  ///   - level: Where it stands.
  ///   - connection: Of the partition.
  /// - Throws: `UnknownIndexForm`; `StoreError` when the tables cannot be read or written.
  fileprivate mutating func trim(
    _ segment: Segment, level: Int, _ connection: DirectConnection
  ) throws {
    guard let place = levels[level].segments.firstIndex(where: { $0.id == segment.id }) else {
      throw UnknownIndexForm()
    }
    let pages = try SegmentPages(segment: segment.id, connection: connection)
    let first = try connection.integer(
      "SELECT pgno >> 1 FROM fts_idx WHERE segid = ? ORDER BY term LIMIT 1", Int64(segment.id))
    let end = first.map { Int($0) } ?? segment.lastPage + 1
    // Nothing may be on a page before the first token.
    let most = try connection.integer(
      "SELECT max(length(block)) FROM fts_data WHERE id BETWEEN ? AND ?",
      pages.key(segment.firstPage), pages.key(end - 1))
    guard end > segment.firstPage, most == Int64(IndexLeaf.empty.count) else {
      throw UnknownIndexForm()
    }
    try pages.delete(segment.firstPage..<end)
    if first != nil {
      levels[level].segments[place].firstPage = end
    } else if place < levels[level].mergeCount {
      // What FTS5 makes of a segment that it has merged to its end.
      levels[level].segments[place].firstPage = 0
      levels[level].segments[place].lastPage = 0
    } else if level > 0, levels[level - 1].mergeCount > 0, place + 1 == levels[level].segments.count
    {
      // The segment that FTS5 is merging into.
      throw UnknownIndexForm()
    } else {
      levels[level].segments.remove(at: place)
    }
  }
}
