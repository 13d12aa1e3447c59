// SPDX-License-Identifier: Apache-2.0
import Model

/// Up to which rows the content of a partition counts.
package struct PartitionMark: Hashable, Sendable {
  /// The last row of `item`.
  package var row: Int64
  /// The last row of `record`.
  package var record: Int64

  package init(row: Int64, record: Int64) {
    self.row = row
    self.record = record
  }

  static let nothing = PartitionMark(row: 0, record: 0)
}

/// How partition files are made, opened and repaired.
enum PartitionFile {
  /// Page cache of a connection that writes nothing now.
  static let idleCacheKilobytes = 512
  /// Page cache of a connection that writes a batch: ids lie in no order, so each batch touches
  /// most leaves of their indexes, and without room for these it would write and read them over
  /// and over.
  static let writingCacheKilobytes = 8 << 10

  /// Such as `0001.sqlite`.
  static func name(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ".sqlite"
  }

  /// The number that a file name stands for; nil for any other name.
  static func number(of name: String) -> Int? {
    guard name.hasSuffix(".sqlite"), let number = Int(name.dropLast(7)), number > 0,
      PartitionFile.name(number) == name
    else { return nil }
    return number
  }

  /// Opens a partition for reading; takes no lock and waits for no writer.
  static func openForReading(_ path: String) throws(StoreError) -> DirectConnection {
    let connection = try DirectConnection(
      path: path, access: FileSystem.isFrozen(path) ? .immutable : .read)
    try checkVersion(connection)
    try connection.execute(
      """
      PRAGMA query_only = ON;
      PRAGMA cache_size = -16384;
      PRAGMA mmap_size = 1073741824;
      """)
    return connection
  }

  /// Opens a partition of which each row is read once: what a map or a large cache kept would only
  /// fill the memory.
  static func openForReadingOnce(_ path: String) throws(StoreError) -> DirectConnection {
    let connection = try openForReading(path)
    try connection.execute("PRAGMA mmap_size = 0; PRAGMA cache_size = -512;")
    return connection
  }

  /// Opens a partition to check it: FTS5's own check is written as an insertion, so the connection
  /// may write, and nothing else does.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - isFrozen: Whether nothing can be written there; then FTS5's check cannot be run.
  /// - Returns: The connection.
  /// - Throws: `StoreError` when the file cannot be opened.
  static func openForChecking(_ path: String, isFrozen: Bool) throws -> DirectConnection {
    if isFrozen {
      let connection = try openForReadingOnce(path)
      // The check of the words makes a table of its own, which is temporary.
      try connection.execute("PRAGMA query_only = OFF; PRAGMA temp_store = MEMORY;")
      return connection
    }
    let connection = try DirectConnection(path: path, access: .write)
    try connection.execute("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;")
    try checkVersion(connection)
    return connection
  }

  /// Opens a partition for writing, and makes it where there is none.
  ///
  /// A commit is on disk when it returns (`synchronous = FULL`): the catalog, which refers to it, is
  /// written after it. Foreign keys are checked by `verify` and not at each row: a deletion would
  /// search all items for each record.
  static func openForWriting(_ path: String) throws -> DirectConnection {
    if !FileSystem.exists(path) { try FileSystem.makePrivateFile(path) }
    let connection = try DirectConnection(path: path, access: .create)
    try connection.execute(
      """
      PRAGMA page_size = 8192;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA secure_delete = ON;
      PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -\(PartitionFile.idleCacheKilobytes);
      PRAGMA journal_size_limit = 67108864;
      PRAGMA wal_autocheckpoint = 6000;
      """)
    if try connection.integer("PRAGMA user_version") == 0 {
      try connection.transaction {
        for statement in PartitionSchema.statements { try connection.execute(statement) }
        try connection.execute("PRAGMA application_id = \(PartitionSchema.applicationID)")
        try connection.execute("PRAGMA user_version = \(PartitionSchema.version)")
      }
    }
    try checkVersion(connection)
    return connection
  }

  /// Opens a partition to write batches to it, whose log somebody else brings to the disk
  /// (`BatchCommitter`): a commit is whole or not there, but on the disk only later.
  static func openForBatches(_ path: String) throws -> DirectConnection {
    let connection = try openForWriting(path)
    try connection.execute("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;")
    return connection
  }

  /// Folds what is in the log into the file, while others may read and write.
  static func foldLog(of path: String) throws {
    let connection = try DirectConnection(path: path, access: .write)
    try connection.execute("PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(PASSIVE);")
  }

  private static func checkVersion(_ connection: DirectConnection) throws(StoreError) {
    guard try connection.integer("PRAGMA application_id") == PartitionSchema.applicationID else {
      throw .damaged(connection.path, "it is not a partition of a store")
    }
    let version = try connection.integer("PRAGMA user_version") ?? 0
    guard version >= PartitionSchema.version else {
      throw StoreError(
        .version,
        "\(connection.path) was made before the first release; import its sources into a new store")
    }
    guard version == PartitionSchema.version else {
      throw StoreError(
        .version, "\(connection.path) was made by a newer version; use that one")
    }
  }

  /// Takes away the batches above a mark: a crash came between the partition's commit and the
  /// catalog's, so no catalog row knows of them.
  ///
  /// - Returns: Whether there were any.
  @discardableResult
  static func removeUncommitted(_ path: String, above mark: PartitionMark) throws -> Bool {
    guard FileSystem.exists(path) else { return false }
    return try removeUncommitted(openForWriting(path), above: mark)
  }

  /// The same on a connection that has not used the `fts` table since it was opened, or will not use
  /// it any more.
  @discardableResult
  static func removeUncommitted(
    _ connection: DirectConnection, above mark: PartitionMark
  ) throws -> Bool {
    let last = try connection.integer("SELECT max(last_record) FROM batch") ?? 0
    guard last != mark.record else { return false }
    guard last > mark.record else {
      throw StoreError.damaged(connection.path, "it lacks content that the catalog knows of")
    }
    try connection.transaction {
      let conversation =
        try connection.integer(
          "SELECT max(last_conversation) FROM batch WHERE last_record <= ?", mark.record) ?? 0
      let term =
        try connection.integer(
          "SELECT max(last_term) FROM batch WHERE last_record <= ?", mark.record) ?? 0
      let entries = EntryRemoval(connection)
      try entries.take(where: "i.row > ?", mark.row)
      for (table, limit) in [
        ("item_file WHERE row > ?", mark.row), ("item_alias WHERE row > ?", mark.row),
        ("item_sensitive WHERE row > ?", mark.row), ("item_reread WHERE row > ?", mark.row),
        ("item_text WHERE row > ?", mark.row),
        ("item WHERE row > ?", mark.row), ("record WHERE row > ?", mark.record),
        ("conversation WHERE key > ?", conversation), ("term WHERE key > ?", term),
        ("batch WHERE last_record > ?", mark.record),
      ] {
        let statement = try connection.prepare("DELETE FROM " + table)
        try statement.bind(limit, at: 1)
        try statement.run()
      }
      try entries.finish()
    }
    return true
  }
}
