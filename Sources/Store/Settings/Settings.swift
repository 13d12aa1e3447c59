// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// What a store is.
package struct StoreDescription: Hashable, Sendable {
  package var id: ObjectID
  package var created: Instant
  package var formatVersion: Int

  package init(id: ObjectID, created: Instant, formatVersion: Int) {
    self.id = id
    self.created = created
    self.formatVersion = formatVersion
  }
}

extension Catalog {
  /// What this store is.
  package func storeDescription() throws -> StoreDescription {
    guard let row = try Row.fetchOne(db, sql: "SELECT * FROM store") else {
      throw StoreError(.damaged, "the catalog has no row that says what store it is")
    }
    return StoreDescription(
      id: try row.objectID("id"), created: row.instant("created"),
      formatVersion: row["format_version"])
  }

  /// A setting's value; nil when it was never set.
  package func setting(_ name: String) throws -> String? {
    try String.fetchOne(
      db.cachedStatement(sql: "SELECT value FROM setting WHERE name = ?"), arguments: [name])
  }
}

extension Change {
  /// Sets a setting; nil takes it away.
  ///
  /// The same value again changes nothing.
  package func setSetting(_ name: String, to value: String?, reason: String = "") throws {
    let before = try catalog.setting(name)
    guard before != value else { return }
    if let value {
      try db.execute(
        sql: """
          INSERT INTO setting (name, value, changed) VALUES (?, ?, ?)
          ON CONFLICT DO UPDATE SET value = excluded.value, changed = excluded.changed
          """, arguments: [name, value, now.ticks])
    } else {
      try db.execute(sql: "DELETE FROM setting WHERE name = ?", arguments: [name])
    }
    try record(
      AuditEvent(
        "setting.update", of: name, before: JSONValue(before), after: JSONValue(value),
        reason: reason))
  }
}
