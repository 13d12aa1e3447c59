// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDBSQLite

/// The raw engine of tokenizing: SQLite's `unicode61` alone, without an index.
@safe
final class RawTokenizer {
  private let database: OpaquePointer
  private let instance: OpaquePointer
  private let methods: fts5_tokenizer

  init() throws {
    var opened: OpaquePointer?
    guard unsafe sqlite3_open(":memory:", &opened) == SQLITE_OK, let opened = unsafe opened else {
      throw CorpusError("cannot open a database in memory")
    }
    guard let (instance, methods) = unsafe RawTokenizer.create(opened) else {
      unsafe sqlite3_close(opened)
      throw CorpusError("FTS5 gives no unicode61 tokenizer")
    }
    unsafe database = opened
    unsafe self.instance = unsafe instance
    self.methods = methods
  }

  deinit {
    unsafe methods.xDelete(instance)
    unsafe sqlite3_close(database)
  }

  /// Counts the tokens of a text as for an index.
  func tokenCount(of text: Span<UInt8>) -> Int {
    var count = 0
    _ = unsafe withUnsafeMutablePointer(to: &count) { count in
      unsafe text.withUnsafeBytes { buffer in
        unsafe methods.xTokenize(
          instance, count, FTS5_TOKENIZE_DOCUMENT,
          buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count)
        ) { context, _, _, _, _, _ in
          unsafe context?.assumingMemoryBound(to: Int.self).pointee += 1
          return SQLITE_OK
        }
      }
    }
    return count
  }

  /// Asks FTS5 for its interface, as its documentation has it, and makes a tokenizer.
  private static func create(_ database: OpaquePointer) -> (OpaquePointer, fts5_tokenizer)? {
    var statement: OpaquePointer?
    guard unsafe sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nil) == SQLITE_OK
    else { return nil }
    defer { unsafe sqlite3_finalize(statement) }
    var interface: UnsafeMutablePointer<fts5_api>?
    unsafe sqlite3_bind_pointer(statement, 1, &interface, "fts5_api_ptr", nil)
    guard unsafe sqlite3_step(statement) == SQLITE_ROW, let interface = unsafe interface else {
      return nil
    }
    var userData: UnsafeMutableRawPointer?
    var methods = fts5_tokenizer()
    var instance: OpaquePointer?
    guard
      unsafe interface.pointee.xFindTokenizer(interface, "unicode61", &userData, &methods)
        == SQLITE_OK, unsafe methods.xCreate(userData, nil, 0, &instance) == SQLITE_OK,
      let instance = unsafe instance
    else { return nil }
    return unsafe (instance, methods)
  }
}
