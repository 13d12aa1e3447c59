// SPDX-License-Identifier: Apache-2.0
import Model

/// Takes the entries of items that are being removed out of the full-text index of a partition.
///
/// All of it happens in one transaction of the connection: first ``take(where:_:)`` while the texts
/// are still there, then the rows go, then ``finish()``. After it no byte of the entries is in the
/// index's tables. The connection must not have used the `fts` table before (see ``IndexEraser``).
final class EntryRemoval {
  private let connection: DirectConnection
  private let eraser = IndexEraser()
  /// Whether the index is not what we know, so that it is to be made anew from the rows that stay.
  private var isUnknown = false

  init(_ connection: DirectConnection) {
    self.connection = connection
  }

  /// Notes the entries of the items `i` that a condition selects.
  ///
  /// - Parameters:
  ///   - condition: On `item`, with one parameter.
  ///   - value: The parameter.
  /// - Throws: `StoreError` when the partition cannot be read or written.
  func take(where condition: String, _ value: Int64) throws {
    let statement = try connection.cached(
      """
      SELECT i.entry, t.body, t.title, t.names, t.files, t.facet
      FROM item i JOIN item_text t ON t.row = i.row WHERE \(condition)
      """)
    defer { statement.reset() }
    try statement.bind(value, at: 1)
    while try statement.step() {
      let entry = statement.integer(0)
      for column in 0..<IndexBuilder.columnCount {
        unsafe statement.withBytes(column + 1) { bytes in
          unsafe eraser.add(bytes, column: column, row: entry)
        }
      }
      if eraser.isFull { try erase() }
    }
  }

  /// Takes the entries out.
  ///
  /// - Returns: Whether the `fts` table was used for it: then the connection can take out no more.
  /// - Throws: `StoreError` when the partition cannot be read or written.
  @discardableResult
  func finish() throws -> Bool {
    try erase()
    if isUnknown { try FullTextIndex.makeAnew(connection) }
    return isUnknown
  }

  /// What an index of an unknown form lost before that was seen does not matter: it is made anew.
  private func erase() throws {
    guard !isUnknown else { return eraser.removeAll() }
    do {
      try eraser.flush(from: connection)
    } catch is UnknownIndexForm {
      isUnknown = true
    }
  }
}
