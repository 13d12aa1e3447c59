// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

extension Catalog {
  /// The backups on record, newest first.
  package func backups() throws -> [BackupRecord] {
    try Row.fetchAll(db, sql: "SELECT * FROM backup ORDER BY created DESC, key DESC")
      .map(BackupRecord.init)
  }

  /// The backups that may still hold content whose removal was completed with an event, newest
  /// first.
  ///
  /// A backup that was begun and never ended counts: its files may be there. Whether a conversation
  /// was captured before a backup is for the caller to judge.
  ///
  /// - Parameter event: The number of the event that says that the removal is complete, not of the
  ///   tombstone: between the two a copy may still hold the bytes.
  /// - Returns: Those that do not hold that event.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func backups(before event: Int64) throws -> [BackupRecord] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM backup WHERE state <> 'failed' AND event_count < ?
        ORDER BY created DESC, key DESC
        """, arguments: [event]
    ).map(BackupRecord.init)
  }

  /// The size of the catalog's file.
  package func byteCount() throws -> Int64 {
    try (Int64.fetchOne(db, sql: "PRAGMA page_count") ?? 0)
      * (Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
  }

  /// The backup with an id.
  package func backup(_ id: String) throws -> BackupRecord {
    let id = WrittenName(id).text
    guard
      let row = try Row.fetchOne(db, sql: "SELECT * FROM backup WHERE id = ?", arguments: [id])
    else { throw Catalog.notFound([id], noun: "backup") }
    return try BackupRecord(row: row)
  }
}
