// SPDX-License-Identifier: Apache-2.0
import GRDBSQLite

/// A prepared statement that binds and reads with explicit lengths, so that texts may hold NUL.
///
/// Parameters count from 1, columns from 0.
@safe
package final class DirectStatement {
  private let statement: OpaquePointer
  private unowned let connection: DirectConnection
  private let frozen: FrozenFile?
  /// Rows of this run.
  private var rowCount: UInt32 = 0

  init(_ statement: OpaquePointer, of connection: DirectConnection) {
    unsafe self.statement = statement
    self.connection = connection
    frozen = connection.frozen
  }

  deinit {
    unsafe sqlite3_finalize(statement)
  }

  /// Makes the statement ready for a new run and lets go of its snapshot.
  package func reset() {
    rowCount = 0
    unsafe sqlite3_reset(statement)
  }

  /// Goes to the next row; false at the end.
  package func step() throws(StoreError) -> Bool {
    let status = unsafe sqlite3_step(statement)
    switch status {
    case SQLITE_ROW:
      rowCount &+= 1
      // What a row of a changed file gave is refused at the end at the latest.
      if rowCount & 0xFF == 1 { try frozen?.requireUnchanged() }
      return true
    case SQLITE_DONE:
      rowCount = 0
      try frozen?.requireUnchanged()
      return false
    default:
      try frozen?.requireUnchanged()
      let failure = connection.failure(status)
      reset()
      throw failure
    }
  }

  /// Runs a statement without rows and resets it.
  package func run() throws(StoreError) {
    while try step() {}
    reset()
  }

  /// Runs a statement without rows with a blob that is bound where it lies.
  func run(binding bytes: [UInt8], at index: Int) throws(StoreError) {
    try unsafe bytes.withUnsafeBufferPointer { buffer throws(StoreError) in
      try unsafe bindBorrowed(blob: buffer, at: index)
      try run()
    }
  }

  /// Runs a statement without rows with a blob that is bound where it lies.
  func run(binding bytes: Span<UInt8>, at index: Int) throws(StoreError) {
    try unsafe bytes.withUnsafeBufferPointer { buffer throws(StoreError) in
      try unsafe bindBorrowed(blob: buffer, at: index)
      try run()
    }
  }

  // MARK: - Values in

  package func bind(_ value: Int64?, at index: Int) throws(StoreError) {
    guard let value else { return try bindNull(at: index) }
    try check(unsafe sqlite3_bind_int64(statement, CInt(index), value))
  }

  package func bind(_ value: Int?, at index: Int) throws(StoreError) {
    try bind(value.map(Int64.init), at: index)
  }

  package func bindNull(at index: Int) throws(StoreError) {
    try check(unsafe sqlite3_bind_null(statement, CInt(index)))
  }

  package func bind(_ text: String?, at index: Int) throws(StoreError) {
    guard var text else { return try bindNull(at: index) }
    let status = text.withUTF8 { buffer in unsafe bindText(buffer, at: index, copies: true) }
    try check(status)
  }

  package func bind(blob bytes: [UInt8]?, at index: Int) throws(StoreError) {
    guard let bytes else { return try bindNull(at: index) }
    let status = unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe sqlite3_bind_blob64(
        statement, CInt(index), UnsafeRawPointer(buffer.baseAddress) ?? emptyBytes,
        UInt64(buffer.count), transientDestructor)
    }
    try check(status)
  }

  /// Binds UTF-8 that the caller keeps in place until the statement is reset.
  func bindBorrowed(
    text buffer: UnsafeBufferPointer<UInt8>, at index: Int
  ) throws(StoreError) {
    try check(unsafe bindText(buffer, at: index, copies: false))
  }

  /// Binds bytes that the caller keeps in place until the statement is reset.
  func bindBorrowed(
    blob buffer: UnsafeBufferPointer<UInt8>, at index: Int
  ) throws(StoreError) {
    try check(
      unsafe sqlite3_bind_blob64(
        statement, CInt(index), UnsafeRawPointer(buffer.baseAddress) ?? emptyBytes,
        UInt64(buffer.count), nil))
  }

  private func bindText(
    _ buffer: UnsafeBufferPointer<UInt8>, at index: Int, copies: Bool
  ) -> CInt {
    // A null pointer would bind NULL instead of the empty text.
    let start = unsafe UnsafeRawPointer(buffer.baseAddress) ?? emptyBytes
    return unsafe sqlite3_bind_text64(
      statement, CInt(index), start.assumingMemoryBound(to: CChar.self), UInt64(buffer.count),
      copies ? transientDestructor : nil, UInt8(SQLITE_UTF8))
  }

  private func check(_ status: CInt) throws(StoreError) {
    guard status == SQLITE_OK else { throw connection.failure(status) }
  }

  // MARK: - Values out

  package func isNull(_ column: Int) -> Bool {
    unsafe sqlite3_column_type(statement, CInt(column)) == SQLITE_NULL
  }

  package func integer(_ column: Int) -> Int64 {
    unsafe sqlite3_column_int64(statement, CInt(column))
  }

  package func optionalInteger(_ column: Int) -> Int64? {
    isNull(column) ? nil : integer(column)
  }

  package func text(_ column: Int) -> String {
    guard let start = unsafe sqlite3_column_text(statement, CInt(column)) else { return "" }
    let count = unsafe Int(sqlite3_column_bytes(statement, CInt(column)))
    return unsafe String(
      decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  package func optionalText(_ column: Int) -> String? {
    isNull(column) ? nil : text(column)
  }

  /// The bytes of a text or blob.
  package func bytes(_ column: Int) -> [UInt8] {
    unsafe withBytes(column) { buffer in unsafe Array(buffer) }
  }

  /// Reads the bytes of a text or blob in place, until the next step.
  func withBytes<Result>(
    _ column: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    let start = unsafe sqlite3_column_blob(statement, CInt(column))
    let count = unsafe Int(sqlite3_column_bytes(statement, CInt(column)))
    return try unsafe body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
  }
}

/// Tells SQLite to copy what is bound; a constant that C spells as a cast.
private nonisolated(unsafe) let transientDestructor = unsafe unsafeBitCast(
  -1, to: sqlite3_destructor_type.self)

/// Something to point at where there is nothing: never written, read or freed.
private nonisolated(unsafe) let emptyBytes = UnsafeRawPointer(
  UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))
