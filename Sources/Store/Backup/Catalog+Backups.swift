// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

extension Catalog {
  /// The backups on record, newest first.
  package func backups() throws -> [BackupRecord] {
    try Row.fetchAll(db, sql: "SELECT * FROM backup ORDER BY created DESC, key DESC")
      .map(BackupRecord.init)
  }

  /// The backups that may hold what was captured at a time and completely removed at another, newest
  /// first.
  ///
  /// A backup's copies were made between its beginning and its end. One that was begun and has not
  /// ended counts: its files may be there.
  ///
  /// - Parameters:
  ///   - first: When the content was captured.
  ///   - last: When the last byte of it was gone, not the time of the tombstone; nil while it is not.
  /// - Returns: The backups, whether they still stand where they were made or not.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func backups(from first: Instant, before last: Instant?) throws -> [BackupRecord] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM backup
        WHERE state <> 'failed' AND (finished IS NULL OR finished >= ?1)
          AND (?2 IS NULL OR created <= ?2)
        ORDER BY created DESC, key DESC
        """, arguments: [first.ticks, last?.ticks]
    ).map(BackupRecord.init)
  }

  /// The size of the catalog's file.
  package func byteCount() throws -> Int64 {
    try (Int64.fetchOne(db, sql: "PRAGMA page_count") ?? 0)
      * (Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
  }

  /// The backup with an id.
  package func backup(_ id: String) throws -> BackupRecord {
    guard let row = try row(withID: id, "SELECT * FROM backup", table: "backup") else {
      throw Catalog.notFound([id], noun: "backup")
    }
    return try BackupRecord(row: row)
  }
}
