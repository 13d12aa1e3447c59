// SPDX-License-Identifier: Apache-2.0

/// Changes of a partition's full-text index that FTS5 makes.
///
/// Never on a connection that wrote a segment of it (see `IndexBuilder`).
enum FullTextIndex {
  /// Segments from which they are merged: a search asks each of them.
  static let mergedSegmentCount = 16

  /// Merges the segments of an index where there are many.
  ///
  /// After a large import all become one; after small ones the work follows what they brought, as
  /// segments of like size are merged.
  static func merge(_ path: String) throws {
    let connection = try PartitionFile.openForWriting(path)
    let statement = try connection.prepare("SELECT block FROM fts_data WHERE id = ?")
    try statement.bind(IndexStructure.key, at: 1)
    guard try statement.step(), let structure = IndexStructure(statement.bytes(0)),
      structure.segmentCount >= mergedSegmentCount
    else { return }
    statement.reset()
    let newest = structure.levels.first?.pageCount ?? 0
    let all = structure.levels.reduce(0) { $0 + $1.pageCount }
    try connection.execute(
      newest * 2 >= all
        ? "INSERT INTO fts (fts) VALUES ('optimize')"
        : "INSERT INTO fts (fts, rank) VALUES ('merge', \(max(newest * 4, 64)))")
    try connection.checkpointUnlessRead()
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
