// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

extension Catalog {
  /// Holds by case, then name.
  ///
  /// - Parameter matter: Only those of a case; nil for all.
  /// - Returns: The holds, with all versions.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func holds(of matter: MatterRecord? = nil) throws -> [HoldRecord] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT hold.* FROM hold JOIN matter ON matter.key = hold.matter
        WHERE ?1 IS NULL OR hold.matter = ?1 ORDER BY matter.name, hold.name
        """, arguments: [matter?.key]
    ).map(hold(row:))
  }

  /// Holds that name a person, released ones included.
  package func holds(on custodian: Custodian) throws -> [HoldRecord] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM hold WHERE key IN (
          SELECT hold_version.hold FROM hold_version
            JOIN hold_custodian ON hold_custodian.hold_version = hold_version.key
          WHERE hold_custodian.custodian IN (\(try list(members(of: root(of: custodian.key))))))
        ORDER BY matter, name
        """
    ).map(hold(row:))
  }

  /// The hold that a written name or id means.
  ///
  /// - Parameters:
  ///   - written: An id or a name.
  ///   - matter: Looks only in a case, where names are unique; nil looks in all.
  /// - Returns: The hold.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func hold(_ written: String, in matter: MatterRecord? = nil) throws -> HoldRecord {
    try hold(key: key(written, in: .hold, of: matter?.key))
  }

  /// The holds that written names or ids mean, without repeats; all names that mean none or several
  /// are told at once.
  package func holds(_ written: [String], in matter: MatterRecord? = nil) throws -> [HoldRecord] {
    try NameLookup(written, by: \.key) { [try hold($0, in: matter)] }.objects(called: "hold")
  }

  package func hold(key: Int64) throws -> HoldRecord {
    guard let row = try Row.fetchOne(db, sql: "SELECT * FROM hold WHERE key = ?", arguments: [key])
    else { throw StoreError(.damaged, "the catalog lacks the hold that a row refers to") }
    return try hold(row: row)
  }

  private func hold(row: Row) throws -> HoldRecord {
    let key: Int64 = row["key"]
    let versions = try Row.fetchAll(
      db, sql: "SELECT * FROM hold_version WHERE hold = ? ORDER BY version", arguments: [key]
    ).map { row in HoldVersion(row: row, scope: try scope(ofVersion: row)) }
    guard let current = versions.last else {
      throw StoreError(.damaged, "the catalog holds a legal hold without a version")
    }
    let state: HoldState
    let end: Instant?
    if current.ends == nil {
      state = .active
      end = nil
    } else {
      end = versions.compactMap(\.ends).max()
      state = versions.contains { $0.protects(at: now) } ? .releasing : .released
    }
    return HoldRecord(
      key: key, id: try row.objectID("id"), matter: try matter(key: row["matter"]),
      name: row["name"], created: row.instant("created"), versions: versions, state: state,
      protectsUntil: end)
  }

  private func scope(ofVersion row: Row) throws -> Scope {
    let key: Int64 = row["key"]
    let everyone: Bool = row["everyone"]
    let custodians = try String.fetchAll(
      db,
      sql: """
        SELECT custodian.id FROM hold_custodian
          JOIN custodian ON custodian.key = hold_custodian.custodian
        WHERE hold_custodian.hold_version = ? ORDER BY custodian.id
        """, arguments: [key])
    let projects = try String.fetchAll(
      db,
      sql: "SELECT native_id FROM hold_project WHERE hold_version = ? ORDER BY native_id",
      arguments: [key])
    let sources = try String.fetchAll(
      db,
      sql: """
        SELECT source.id FROM hold_source JOIN source ON source.key = hold_source.source
        WHERE hold_source.hold_version = ? ORDER BY source.id
        """, arguments: [key])
    return Scope(
      everyone: everyone, custodians: custodians, projects: projects, sources: sources)
  }
}
