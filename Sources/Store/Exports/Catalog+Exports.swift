// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

extension Catalog {
  /// Exports, newest first.
  ///
  /// - Parameter set: Only those of a set; nil for all.
  /// - Returns: The exports.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func exports(of set: ReviewSet? = nil) throws -> [ExportRecord] {
    try Row.fetchAll(
      db,
      sql: ExportRecord.selection + """
         WHERE ?1 IS NULL OR export.review_set = ?1
        ORDER BY export.created DESC, export.key DESC
        """, arguments: [set?.key]
    ).map(ExportRecord.init)
  }

  /// The export with an id.
  package func export(_ id: String) throws -> ExportRecord {
    guard let row = try row(withID: id, ExportRecord.selection, table: "export") else {
      throw Catalog.notFound([id], noun: "export")
    }
    return try ExportRecord(row: row)
  }

  /// The name that the next volume of a case bears: numbering goes on over its productions, and an
  /// export repeated on the same set keeps its volume's name.
  package func volumeName(for set: ReviewSet, stem: String = "VOL") throws -> String {
    if let name = try String.fetchOne(
      db,
      sql: """
        SELECT volume FROM export WHERE review_set = ? AND volume LIKE ? || '%' AND prefix = ?
        ORDER BY key LIMIT 1
        """, arguments: [set.key, stem, try matter(key: set.matter.key).controlPrefix])
    {
      return name
    }
    let count =
      try Int.fetchOne(
        db,
        sql: """
          SELECT count(DISTINCT volume) FROM export
            JOIN review_set ON review_set.key = export.review_set
          WHERE review_set.matter = ? AND volume LIKE ? || '%'
          """, arguments: [set.matter.key, stem]) ?? 0
    let digits = String(count + 1)
    return stem + String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits
  }

  /// The control number of a document; nil while it has none under the prefix.
  package func controlNumber(
    of document: String, in set: ReviewSet, prefix: String
  ) throws -> Int? {
    try Int.fetchOne(
      db.cachedStatement(
        sql:
          "SELECT number FROM control_number WHERE review_set = ? AND prefix = ? AND document = ?"
      ), arguments: [set.key, prefix, document])
  }

  /// The number that the next new document of a case gets.
  ///
  /// - Parameters:
  ///   - matter: The case as it is now.
  ///   - prefix: Of the number.
  ///   - start: The least number that is wanted; nil goes on where the case stands.
  /// - Returns: The number; nothing is written.
  /// - Throws: `StoreError` with `.exists` when the start lies before numbers that are given, with
  ///   `.usage` when no digits are left for it.
  package func nextControlNumber(
    of matter: MatterRecord, prefix: String, start: Int? = nil
  ) throws -> Int {
    let last =
      try Int.fetchOne(
        db, sql: "SELECT max(number) FROM control_number WHERE matter = ? AND prefix = ?",
        arguments: [matter.key, prefix]) ?? 0
    let next = prefix == matter.controlPrefix ? max(last + 1, matter.nextControlNumber) : last + 1
    guard let start else { return next }
    guard start >= next else {
      throw StoreError(
        .exists,
        "control numbers of the case \(matter.name) up to \(prefix)\(next - 1) are given; "
          + "start at \(next) or later")
    }
    guard start <= Catalog.largestControlNumber else {
      throw StoreError(.usage, "control numbers have at most 18 digits")
    }
    return start
  }

  /// The last number of a case below another one; nil where no document bears one.
  package func lastControlNumber(
    of matter: MatterRecord, prefix: String, before number: Int
  ) throws -> Int? {
    try Int.fetchOne(
      db,
      sql: "SELECT max(number) FROM control_number WHERE matter = ? AND prefix = ? AND number < ?",
      arguments: [matter.key, prefix, number])
  }

  // So many digits as a control number may have (export-formats section 5.5), far from overflow.
  private static let largestControlNumber = 999_999_999_999_999_999

  /// The control numbers that a set's documents bear, by number.
  package func forEachControlNumber(
    of set: ReviewSet, prefix: String, _ body: (_ number: Int, _ document: String) throws -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT number, document FROM control_number
        WHERE matter = ? AND prefix = ? AND review_set = ? ORDER BY number
        """, arguments: [set.matter.key, prefix, set.key])
    while let row = try rows.next() { try body(row[0], row[1]) }
  }
}
