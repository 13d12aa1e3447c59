// SPDX-License-Identifier: Apache-2.0
import GRDBSQLite
import Query

/// The bridge from FTS5 to the query language's tokenizer (query-language section 3.1).
///
/// A text that begins with `rawMark` holds finished tokens, a blank between them: the facets of a
/// row, and every phrase of a query, whose words are folded already. Captured text never holds
/// the mark. Facets begin with a capital letter, which no folded word does, so a search in all
/// columns cannot meet them.
enum FullTextTokenizer {
  /// The name in `tokenize=`.
  static let name = "custody"

  /// A noncharacter that `TextFolding` keeps out of stored texts, as it does the separator.
  static let rawMark: Unicode.Scalar = "\u{10FFFE}"

  /// Makes the tokenizer known on a connection; gives SQLite's result code.
  static func register(on database: OpaquePointer) -> CInt {
    var api: UnsafeMutablePointer<fts5_api>?
    var statement: OpaquePointer?
    var status = unsafe sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nil)
    defer { unsafe sqlite3_finalize(statement) }
    guard status == SQLITE_OK else { return status }
    status = unsafe withUnsafeMutablePointer(to: &api) { pointer in
      let name = unsafe UnsafeRawPointer(pointerType.utf8Start).assumingMemoryBound(to: CChar.self)
      let bound = unsafe sqlite3_bind_pointer(statement, 1, pointer, name, nil)
      return bound == SQLITE_OK ? unsafe sqlite3_step(statement) : bound
    }
    guard status == SQLITE_ROW, let api = unsafe api,
      let create = unsafe api.pointee.xCreateTokenizer
    else { return SQLITE_ERROR }
    var methods = unsafe fts5_tokenizer(
      xCreate: { _, _, _, created in
        // The tokenizer has no state; FTS5 only asks for a handle.
        unsafe created?.pointee = OpaquePointer(bitPattern: 1)
        return SQLITE_OK
      },
      xDelete: { _ in },
      xTokenize: { _, context, _, text, count, emit in
        guard let emit = unsafe emit else { return SQLITE_ERROR }
        let bytes = unsafe UnsafeRawBufferPointer(start: text, count: Int(count))
        return unsafe FullTextTokenizer.tokenize(bytes) { token in
          unsafe emit(
            context, 0, token.baseAddress?.assumingMemoryBound(to: CChar.self),
            CInt(token.count), 0, 0)
        }
      })
    return unsafe create(api, name, nil, &methods, nil)
  }

  private static let pointerType: StaticString = "fts5_api_ptr"

  /// Cuts a text into tokens and hands each to `emit`; a result other than `SQLITE_OK` stops.
  @inline(__always)
  static func tokenize(
    _ text: UnsafeRawBufferPointer, emit: (UnsafeRawBufferPointer) -> CInt
  ) -> CInt {
    if unsafe startsWithRawMark(text) {
      return unsafe tokenizeRaw(UnsafeRawBufferPointer(rebasing: text[4...]), emit: emit)
    }
    var status = SQLITE_OK
    Tokenizer.forEachToken(in: unsafe Span(_unsafeBytes: text)) { token, _ in
      status = unsafe token.withUnsafeBytes { bytes in unsafe emit(bytes) }
      return status == SQLITE_OK
    }
    return status
  }

  private static func tokenizeRaw(
    _ text: UnsafeRawBufferPointer, emit: (UnsafeRawBufferPointer) -> CInt
  ) -> CInt {
    var start = 0
    for index in 0...text.count where unsafe index == text.count || text[index] == UInt8(ascii: " ")
    {
      if index > start {
        let status = unsafe emit(UnsafeRawBufferPointer(rebasing: text[start..<index]))
        guard status == SQLITE_OK else { return status }
      }
      start = index + 1
    }
    return SQLITE_OK
  }

  private static func startsWithRawMark(_ text: UnsafeRawBufferPointer) -> Bool {
    unsafe text.count >= 4 && text[0] == 0xF4 && text[1] == 0x8F && text[2] == 0xBF
      && text[3] == 0xBE
  }
}
