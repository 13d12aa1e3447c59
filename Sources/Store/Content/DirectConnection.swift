// SPDX-License-Identifier: Apache-2.0
import GRDBSQLite

/// One connection to a partition file, used by one thread at a time.
///
/// Partitions are reached through SQLite's C functions: texts with NUL characters need explicit
/// lengths, and a search over many small files cannot pay for a transaction in each.
@safe
package final class DirectConnection {
  /// What a connection may do.
  package enum Access {
    case read
    /// A file that this account cannot change: no lock is taken and nothing is written beside it.
    /// Where another account changes it meanwhile, whatever is read next throws.
    case immutable
    case write
    /// Creates the file, mode 0600, when there is none.
    case create
  }

  /// The path of the file, for messages.
  package let path: String
  let handle: OpaquePointer
  /// How the file was when it was opened, where no lock keeps it so.
  let frozen: FrozenFile?
  private var statements: [String: DirectStatement] = [:]

  /// Opens a file and registers the full-text tokenizer and what statements ask of texts.
  ///
  /// - Throws: `StoreError` when the file cannot be opened.
  package init(path: String, access: Access) throws(StoreError) {
    let flags =
      switch access {
      case .read: SQLITE_OPEN_READONLY
      case .immutable: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
      case .write: SQLITE_OPEN_READWRITE
      case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      }
    frozen = access == .immutable ? FrozenFile(path) : nil
    var opened: OpaquePointer?
    let status = unsafe sqlite3_open_v2(
      access == .immutable ? FileSystem.immutableName(of: path) : path, &opened,
      flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, nil)
    guard status == SQLITE_OK, let database = unsafe opened else {
      let failure = unsafe StoreError.sqlite(status, handle: opened, path: path)
      unsafe sqlite3_close_v2(opened)
      throw failure
    }
    unsafe sqlite3_extended_result_codes(database, 1)
    unsafe sqlite3_busy_timeout(database, 10_000)
    var registered = unsafe FullTextTokenizer.register(on: database)
    if registered == SQLITE_OK { registered = unsafe TextPresence.register(on: database) }
    guard registered == SQLITE_OK else {
      let failure = unsafe StoreError.sqlite(registered, handle: database, path: path)
      unsafe sqlite3_close_v2(database)
      throw failure
    }
    self.path = path
    unsafe handle = database
  }

  deinit {
    statements.removeAll()
    unsafe sqlite3_close_v2(handle)
  }

  /// Runs statements that give no rows and take no values.
  package func execute(_ sql: String) throws(StoreError) {
    let status = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
    guard status == SQLITE_OK else { throw failure(status) }
  }

  /// Prepares a statement of the caller's own.
  package func prepare(_ sql: String) throws(StoreError) -> DirectStatement {
    var prepared: OpaquePointer?
    let status = unsafe sqlite3_prepare_v3(
      handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard status == SQLITE_OK, let statement = unsafe prepared else {
      try frozen?.requireUnchanged()
      throw failure(status)
    }
    return unsafe DirectStatement(statement, of: self)
  }

  /// The statement for a text, prepared once a connection.
  ///
  /// One use at a time: a caller that holds several cursors of one text prepares its own.
  package func cached(_ sql: String) throws(StoreError) -> DirectStatement {
    if let statement = statements[sql] {
      statement.reset()
      return statement
    }
    if statements.count >= 256 { statements.removeAll() }
    let statement = try prepare(sql)
    statements[sql] = statement
    return statement
  }

  /// Runs a body in one transaction; rolls back when it throws.
  package func transaction<Result>(
    _ body: () throws -> Result
  ) throws -> Result {
    try execute("BEGIN IMMEDIATE")
    do {
      let result = try body()
      try execute("COMMIT")
      return result
    } catch {
      try? execute("ROLLBACK")
      throw error
    }
  }

  /// Has a function called every so many instructions; one that is not 0 ends the statement.
  func setProgressHandler(
    every count: CInt, _ handler: @convention(c) (UnsafeMutableRawPointer?) -> CInt,
    _ context: UnsafeMutableRawPointer
  ) {
    unsafe sqlite3_progress_handler(handle, count, handler, context)
  }

  /// The error for a result code that SQLite just gave on this connection.
  func failure(_ status: CInt) -> StoreError {
    unsafe StoreError.sqlite(status, handle: handle, path: path)
  }
}

extension DirectConnection {
  /// Folds the write-ahead log into the file and empties it.
  ///
  /// - Returns: Whether no reader was in the way.
  package func checkpoint() throws -> Bool {
    let statement = try cached("PRAGMA wal_checkpoint(TRUNCATE)")
    defer { statement.reset() }
    return try statement.step() && statement.integer(0) == 0
  }

  /// Folds the write-ahead log into the file where no reader is in the way, and waits for none.
  func checkpointUnlessRead() throws {
    unsafe sqlite3_busy_timeout(handle, 0)
    defer { unsafe sqlite3_busy_timeout(handle, 10_000) }
    _ = try checkpoint()
  }

  /// The first column of the first row as an integer; nil without a row or for NULL.
  package func integer(_ sql: String, _ values: Int64...) throws(StoreError) -> Int64? {
    let statement = try cached(sql)
    defer { statement.reset() }
    for (index, value) in values.enumerated() { try statement.bind(value, at: index + 1) }
    guard try statement.step(), !statement.isNull(0) else { return nil }
    return statement.integer(0)
  }
}
