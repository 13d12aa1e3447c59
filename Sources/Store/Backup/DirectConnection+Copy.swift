// SPDX-License-Identifier: Apache-2.0
import GRDBSQLite

extension DirectConnection {
  /// Pages that are copied between two looks at the progress.
  private static let copiedPageCount: CInt = 512

  /// Begins a transaction of reading: from here on the connection sees the file as it is now,
  /// whatever others write.
  func beginSnapshot() throws(StoreError) {
    try execute("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1")
  }

  /// The size of the file as the connection sees it.
  func byteCount() throws(StoreError) -> Int64 {
    try (integer("PRAGMA page_count") ?? 0) * (integer("PRAGMA page_size") ?? 0)
  }

  /// Copies the whole file, as this connection's snapshot sees it, into a new one.
  ///
  /// The copy is no transaction of the new file and not durable when this returns: a copy that
  /// stops halfway is thrown away.
  ///
  /// - Parameters:
  ///   - path: Of the new file; there must be none.
  ///   - progress: Gets the bytes copied so far; a throw stops the copy.
  /// - Throws: `StoreError`, or what `progress` throws.
  func copy(to path: String, _ progress: (Int64) throws -> Void) throws {
    try FileSystem.makePrivateFile(path)
    let target = try DirectConnection(path: path, access: .write)
    // Nobody else opens the copy, and where it lies, locks and shared memory may not work.
    try target.execute(
      """
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      PRAGMA cache_size = -4096;
      """)
    let pageSize = try integer("PRAGMA page_size") ?? 0
    guard let backup = unsafe sqlite3_backup_init(target.handle, "main", handle, "main") else {
      throw unsafe target.failure(sqlite3_errcode(target.handle))
    }
    var status = SQLITE_OK
    do {
      while status == SQLITE_OK {
        status = unsafe sqlite3_backup_step(backup, Self.copiedPageCount)
        let done = unsafe sqlite3_backup_pagecount(backup) - sqlite3_backup_remaining(backup)
        if status == SQLITE_OK || status == SQLITE_DONE { try progress(Int64(done) * pageSize) }
      }
    } catch {
      unsafe sqlite3_backup_finish(backup)
      throw error
    }
    let finished = unsafe sqlite3_backup_finish(backup)
    guard status == SQLITE_DONE else { throw target.failure(status) }
    guard finished == SQLITE_OK else { throw target.failure(finished) }
  }
}
