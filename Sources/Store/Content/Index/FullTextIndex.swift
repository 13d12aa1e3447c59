// SPDX-License-Identifier: Apache-2.0

/// Changes of a partition's full-text index as a whole.
///
/// Never on a connection that wrote a segment of it (see `IndexBuilder`).
enum FullTextIndex {
  /// Segments from which they are merged: a search asks each of them, which for most questions is
  /// all that it costs.
  static let mergedSegmentCount = 4
  /// An older segment is merged with the newer ones unless it is more than so many times their size.
  private static let oldPageFactor = 2

  /// Merges the segments of an index where there are many.
  ///
  /// After a large import all become one; after small ones the work follows what they brought, as
  /// older segments much larger than the newer ones stay. All or nothing: a merge that is cut off
  /// leaves the index as it was, and the next import does it; so does a loss of power before the log
  /// is on the disk.
  static func merge(
    _ path: String, pageByteCount: Int = PartitionSchema.indexPageByteCount
  ) throws {
    let connection = try PartitionFile.openForBatches(path)
    guard let structure = try self.structure(connection),
      structure.segmentCount >= mergedSegmentCount
    else { return }
    try connection.execute("PRAGMA cache_size = -\(PartitionFile.writingCacheKilobytes)")
    do {
      try connection.transaction {
        guard try isOurs(connection), try IndexBuilder.isKnownFormat(connection) else {
          throw UnknownIndexForm()
        }
        try merge(connection, pageByteCount: pageByteCount)
      }
    } catch is UnknownIndexForm {
      // FTS5 carries out deletions that it has marked, and knows forms of its newer versions.
      try mergeByFTS5(structure, connection)
    }
  }

  private static func merge(_ connection: DirectConnection, pageByteCount: Int) throws {
    guard var structure = try self.structure(connection) else { throw UnknownIndexForm() }
    let id = structure.freeID
    let (merged, level) = try structure.removeNewest(upTo: oldPageFactor)
    let segment = try SegmentMerge.merge(
      merged, into: id, connection: connection, pageByteCount: pageByteCount)
    if let segment { structure.levels[level].segments.append(segment) }
    let statement = try connection.cached("REPLACE INTO fts_data (id, block) VALUES (?, ?)")
    try statement.bind(IndexStructure.key, at: 1)
    try statement.run(binding: structure.encoded, at: 2)
  }

  private static func mergeByFTS5(
    _ structure: IndexStructure, _ connection: DirectConnection
  ) throws {
    let newest = structure.levels.first?.pageCount ?? 0
    let all = structure.levels.reduce(0) { $0 + $1.pageCount }
    try connection.execute(
      newest * 2 >= all
        ? "INSERT INTO fts (fts) VALUES ('optimize')"
        : "INSERT INTO fts (fts, rank) VALUES ('merge', \(max(newest * 4, 64)))")
  }

  /// Whether the table is made as ours is: other settings of FTS5 make other lists.
  static func isOurs(_ connection: DirectConnection) throws -> Bool {
    let statement = try connection.cached("SELECT sql FROM sqlite_schema WHERE name = 'fts'")
    defer { statement.reset() }
    return try statement.step() && statement.text(0) == PartitionSchema.index[0]
  }

  private static func structure(_ connection: DirectConnection) throws -> IndexStructure? {
    let statement = try connection.cached("SELECT block FROM fts_data WHERE id = ?")
    defer { statement.reset() }
    try statement.bind(IndexStructure.key, at: 1)
    return try statement.step() ? IndexStructure(statement.bytes(0)) : nil
  }

  /// Makes the index anew from the stored texts; all or nothing.
  ///
  /// Drops the table, which works on a damaged one too. Where a version of the detector other than
  /// this one looked for sensitive types, they are looked for anew.
  static func rebuild(_ connection: DirectConnection, upTo mark: PartitionMark) throws {
    try connection.transaction {
      if try SensitiveRows.isOutdated(connection) { try SensitiveRows.renew(connection) }
      try makeAnew(connection)
    }
    // Now that entry and text agree again, what a crash left can be taken away.
    try PartitionFile.removeUncommitted(connection, above: mark)
  }

  /// The same inside of a transaction.
  static func makeAnew(_ connection: DirectConnection) throws {
    // FTS5 does not even drop a table of a format that it does not know.
    if try connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'fts_config'") == 1 {
      try connection.execute(
        "UPDATE fts_config SET v = \(IndexBuilder.formatVersion) WHERE k = 'version'")
    }
    try connection.execute("DROP TABLE IF EXISTS fts")
    for statement in PartitionSchema.index { try connection.execute(statement) }
    try connection.execute(
      """
      INSERT INTO fts (rowid, body, title, names, files, facet)
      SELECT i.entry, t.body, t.title, t.names, t.files, t.facet
      FROM item i CROSS JOIN item_text t ON t.row = i.row ORDER BY i.entry
      """)
    try connection.execute("INSERT INTO fts (fts) VALUES ('optimize')")
  }
}

extension IndexStructure {
  /// Takes the newest segments out, to be merged.
  ///
  /// Those of level 0 all go, then older ones, each unless it is more than `factor` times as large
  /// as all that go before it: what stays grows geometrically with age, and so is little.
  ///
  /// - Returns: The segments, and the level whose newest one the merged segment is to be.
  /// - Throws: `UnknownIndexForm` where FTS5 has begun to merge some.
  fileprivate mutating func removeNewest(
    upTo factor: Int
  ) throws -> (segments: [Segment], level: Int) {
    for level in levels {
      guard level.mergeCount == 0,
        level.segments.allSatisfy({ $0.firstPage > 0 && $0.firstPage <= $0.lastPage })
      else { throw UnknownIndexForm() }
    }
    var removed: [Segment] = []
    var pageCount = 0
    for level in levels.indices {
      while let oldest = levels[level].segments.last {
        let count = oldest.lastPage - oldest.firstPage + 1
        if level > 0, !removed.isEmpty, count > pageCount * factor { return (removed, level) }
        pageCount += count
        removed.append(levels[level].segments.removeLast())
      }
    }
    if levels.count < 2 { levels.append(Level(mergeCount: 0, segments: [])) }
    return (removed, levels.count - 1)
  }
}
