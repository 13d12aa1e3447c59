// SPDX-License-Identifier: Apache-2.0
import GRDBSQLite
import Query

/// Tells statements on a partition whether a text of `item_text` is a value: whether a part of it holds
/// more than blanks and invisible characters, as the evaluator asks too.
enum TextPresence {
  /// The SQL function's name; of one text it gives 1 or 0.
  static let function = "holds_value"

  /// Makes the function known on a connection; gives SQLite's result code.
  static func register(on database: OpaquePointer) -> CInt {
    unsafe sqlite3_create_function_v2(
      database, function, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, nil,
      { context, _, values in
        guard let value = unsafe values?.pointee, let start = unsafe sqlite3_value_text(value)
        else {
          return unsafe sqlite3_result_int(context, 0)
        }
        let count = unsafe Int(sqlite3_value_bytes(value))
        let holds = unsafe TextPresence.holdsValue(UnsafeBufferPointer(start: start, count: count))
        unsafe sqlite3_result_int(context, holds ? 1 : 0)
      }, nil, nil, nil)
  }

  private static func holdsValue(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    // A visible character of ASCII, which nearly all texts have, is never folded away.
    if unsafe text.contains(where: { (0x21...0x7E).contains($0) }) { return true }
    return StoredItem.segments(unsafe String(decoding: text, as: UTF8.self))
      .contains { !FoldedValue.wholeText($0).isEmpty }
  }
}
