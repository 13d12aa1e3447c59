// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

extension Catalog {
  /// All cases, by name.
  package func matters(_ state: MatterState? = nil) throws -> [MatterRecord] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM matter WHERE ?1 IS NULL OR state = ?1 ORDER BY name",
      arguments: [state?.rawValue]
    ).map(MatterRecord.init)
  }

  /// The case that a written name or id means.
  package func matter(_ written: String) throws -> MatterRecord {
    try matter(key: key(written, in: .matter))
  }

  package func matter(key: Int64) throws -> MatterRecord {
    guard
      let row = try Row.fetchOne(db, sql: "SELECT * FROM matter WHERE key = ?", arguments: [key])
    else { throw StoreError(.damaged, "the catalog lacks the case that a row refers to") }
    return try MatterRecord(row: row)
  }

  /// The custodians of a case, by name, then id.
  package func custodians(of matter: MatterRecord) throws -> [Custodian] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT custodian.* FROM custodian
          JOIN matter_custodian ON matter_custodian.custodian = custodian.key
        WHERE matter_custodian.matter = ? ORDER BY custodian.name, custodian.id
        """, arguments: [matter.key]
    ).map(Custodian.init)
  }

  /// The cases that a person is a custodian of, by name.
  package func matters(of custodian: Custodian) throws -> [MatterRecord] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT matter.* FROM matter
          JOIN matter_custodian ON matter_custodian.matter = matter.key
        WHERE matter_custodian.custodian = ? ORDER BY matter.name
        """, arguments: [custodian.key]
    ).map(MatterRecord.init)
  }

  /// The searches run in a case, newest first.
  package func searches(of matter: MatterRecord, limit: Int? = nil) throws -> [MatterSearch] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM matter_search WHERE matter = ? ORDER BY time DESC, key DESC LIMIT ?
        """, arguments: [matter.key, limit ?? -1]
    ).map(MatterSearch.init)
  }
}
