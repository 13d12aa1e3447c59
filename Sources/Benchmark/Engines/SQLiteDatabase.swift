// SPDX-License-Identifier: Apache-2.0
import CSQLiteSettings
import GRDBSQLite

/// An SQLite connection through its C interface, with nothing in between that could slow the
/// raw engine.
@safe
struct SQLiteDatabase: ~Copyable {
  private let handle: OpaquePointer

  init(_ path: String) throws(CorpusError) {
    // As the store has it: who is first in a process decides for all.
    _ = custody_sqlite_disable_memory_statistics()
    var opened: OpaquePointer?
    let status = unsafe sqlite3_open_v2(
      path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nil)
    guard status == SQLITE_OK, let opened = unsafe opened else {
      unsafe sqlite3_close_v2(opened)
      throw CorpusError("cannot open \(path) (SQLite status \(status))")
    }
    unsafe handle = opened
  }

  deinit {
    unsafe sqlite3_close_v2(handle)
  }

  /// Runs statements and drops their rows.
  func execute(_ sql: String) throws(CorpusError) {
    guard unsafe sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
      throw failure(sql)
    }
  }

  /// Prepares one statement; it must not outlive the connection's last use.
  func prepare(_ sql: String) throws(CorpusError) -> DirectStatement {
    var prepared: OpaquePointer?
    let status = unsafe sqlite3_prepare_v3(
      handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard status == SQLITE_OK, let prepared = unsafe prepared else { throw failure(sql) }
    return unsafe DirectStatement(prepared)
  }

  private func failure(_ sql: String) -> CorpusError {
    unsafe CorpusError("\(String(cString: sqlite3_errmsg(handle))): \(sql)")
  }
}

/// A prepared statement.
@safe
struct DirectStatement: ~Copyable {
  private let handle: OpaquePointer

  fileprivate init(_ handle: OpaquePointer) {
    unsafe self.handle = unsafe handle
  }

  deinit {
    unsafe sqlite3_finalize(handle)
  }

  /// Binds an integer to a parameter, numbered from 1.
  func bind(_ value: Int64, at index: Int32) {
    unsafe sqlite3_bind_int64(handle, index, value)
  }

  /// Binds UTF-8 text, which must stay in place until the statement is reset.
  func bind(borrowedText text: Span<UInt8>, at index: Int32) {
    unsafe text.withUnsafeBytes { buffer in
      // A null pointer would bind NULL, and an empty text is none.
      guard let start = buffer.baseAddress else {
        unsafe sqlite3_bind_text(handle, index, "", 0, nil)
        return
      }
      unsafe sqlite3_bind_text(
        handle, index, start.assumingMemoryBound(to: CChar.self), Int32(buffer.count), nil)
    }
  }

  /// Binds a text, which SQLite copies.
  func bind(_ text: String, at index: Int32) {
    // The value that C calls SQLITE_TRANSIENT.
    let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    unsafe sqlite3_bind_text(handle, index, text, Int32(text.utf8.count), transient)
  }

  /// Steps to the next row; false at the end.
  func step() throws(CorpusError) -> Bool {
    switch unsafe sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default:
      let message = unsafe String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
      throw CorpusError(message)
    }
  }

  /// Makes the statement ready to run again.
  func reset() {
    unsafe sqlite3_reset(handle)
  }

  /// An integer of the current row; columns are numbered from 0.
  func integer(_ column: Int32) -> Int64 {
    unsafe sqlite3_column_int64(handle, column)
  }

  /// A text of the current row.
  func text(_ column: Int32) -> String {
    guard let start = unsafe sqlite3_column_text(handle, column) else { return "" }
    let count = Int(unsafe sqlite3_column_bytes(handle, column))
    return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }
}
