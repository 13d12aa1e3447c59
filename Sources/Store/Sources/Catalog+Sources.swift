// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

extension Catalog {
  /// All sources, by name.
  package func sources() throws -> [SourceRecord] {
    try Row.fetchAll(db, sql: "SELECT * FROM source ORDER BY name").map(SourceRecord.init)
  }

  /// The source that a written name or id means.
  package func source(_ written: String) throws -> SourceRecord {
    try source(key: key(written, in: .source))
  }

  /// The sources that written names mean; all unknown ones are told at once.
  package func sources(_ written: [String]) throws -> [SourceRecord] {
    try keys(written, in: .source).map(source(key:))
  }

  package func source(key: Int64) throws -> SourceRecord {
    guard
      let row = try Row.fetchOne(db, sql: "SELECT * FROM source WHERE key = ?", arguments: [key])
    else { throw StoreError(.damaged, "the catalog lacks the source that a row refers to") }
    return try SourceRecord(row: row)
  }
}
