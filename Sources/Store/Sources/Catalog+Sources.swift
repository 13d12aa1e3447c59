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

  /// The sources that written names mean, without repeats; all unknown ones are told at once.
  package func sources(_ written: [String]) throws -> [SourceRecord] {
    try lookUpSources(written).objects(called: "source")
  }

  /// The sources that the names of a list mean.
  package func lookUpSources(_ written: [String]) throws -> NameLookup<SourceRecord> {
    try NameLookup(written, by: \.key) { [try source(key: key($0, in: .source))] }
  }

  package func source(key: Int64) throws -> SourceRecord {
    guard
      let row = try Row.fetchOne(db, sql: "SELECT * FROM source WHERE key = ?", arguments: [key])
    else { throw StoreError(.damaged, "the catalog lacks the source that a row refers to") }
    return try SourceRecord(row: row)
  }
}
