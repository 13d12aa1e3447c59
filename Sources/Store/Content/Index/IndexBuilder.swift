// SPDX-License-Identifier: Apache-2.0
import Model

/// Adds rows to the full-text index of a partition, a segment at a time.
///
/// It writes what FTS5 would write for the same rows, into FTS5's own tables, at a third of the
/// cost; FTS5 reads, merges and checks it like its own. A connection that wrote a segment must not
/// use the `fts` table afterwards: FTS5 keeps what it knows of the segments in memory, and notices
/// only what other connections write.
final class IndexBuilder {
  /// The columns of the `fts` table.
  static let columnCount = 5
  /// The format of FTS5's tables that is written, as `fts_config` tells it.
  static let formatVersion: Int64 = 4
  /// Tokens after which a segment is written: the bound on memory, at a dozen bytes a token.
  private static let tokenLimit = 2_000_000

  private let pageByteCount: Int
  private var inversion = TokenInversion()
  /// The rows taken, each once.
  private var rows: [Int64] = []
  private var tokenCounts = [UInt64](repeating: 0, count: columnCount)

  /// Prepares an index builder; one serves any number of partitions, one after another.
  ///
  /// - Parameter pageByteCount: Bytes after which a page of the index is full.
  init(pageByteCount: Int = PartitionSchema.indexPageByteCount) {
    self.pageByteCount = pageByteCount
  }

  /// Whether so much waits that it should be written.
  var isFull: Bool { inversion.count >= IndexBuilder.tokenLimit }

  /// Takes the text of a column.
  ///
  /// - Parameters:
  ///   - text: Its bytes.
  ///   - column: From 0; rises within a row.
  ///   - row: Its number in the index; that of the call before, or a greater one until `flush`.
  func add(_ text: UnsafeRawBufferPointer, column: Int, row: Int64) {
    if rows.last != row { rows.append(row) }
    guard unsafe !text.isEmpty else { return }
    tokenCounts[column] += UInt64(
      unsafe inversion.add(
        text, row: UInt32(truncatingIfNeeded: rows.count - 1), column: UInt32(column)))
  }

  /// Writes the rows taken so far as a segment, in the connection's transaction.
  ///
  /// - Throws: `StoreError` with `.damaged` when the index is not of the form that is known.
  func flush(into connection: DirectConnection) throws {
    guard !rows.isEmpty else { return }
    defer {
      rows.removeAll(keepingCapacity: true)
      tokenCounts = [UInt64](repeating: 0, count: IndexBuilder.columnCount)
    }
    guard try IndexBuilder.isKnownFormat(connection),
      var structure = IndexStructure(try record(IndexStructure.key, connection)),
      var totals = IndexTotals(
        try record(IndexTotals.key, connection), columnCount: IndexBuilder.columnCount),
      structure.segmentCount < IndexStructure.segmentLimit
    else {
      throw StoreError(
        .damaged, "the full-text index of \(connection.path) cannot be read; run custody reindex")
    }
    let id = structure.freeID
    var writer = try SegmentWriter(
      segment: id, connection: connection, pageByteCount: pageByteCount)
    try inversion.drain { token, places in
      try writer.append(token, places, rows: rows)
    }
    let pageCount = try writer.finish()
    if pageCount > 0 {
      structure.add(IndexStructure.Segment(id: id, firstPage: 1, lastPage: pageCount))
      try write(structure.encoded, IndexStructure.key, connection)
    }
    totals.rowCount += UInt64(rows.count)
    for column in 0..<IndexBuilder.columnCount { totals.tokenCounts[column] += tokenCounts[column] }
    try write(totals.encoded, IndexTotals.key, connection)
  }

  /// Whether FTS5's tables say that they are of the format that is written here.
  static func isKnownFormat(_ connection: DirectConnection) throws -> Bool {
    try connection.integer("SELECT v FROM fts_config WHERE k = 'version'") == formatVersion
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
