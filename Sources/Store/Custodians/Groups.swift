// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

extension Catalog {
  /// The groups of a person by the newest directory snapshot in which the person appears; nil when
  /// none does.
  package func groups(of custodian: Custodian) throws -> [GroupName]? {
    guard
      try Int64.fetchOne(
        db, sql: "SELECT taken FROM custodian_snapshot WHERE custodian = ?",
        arguments: [custodian.key]) != nil
    else { return nil }
    return try String.fetchAll(
      db, sql: "SELECT name FROM custodian_group WHERE custodian = ? ORDER BY name",
      arguments: [custodian.key]
    ).compactMap { GroupName($0) }
  }
}

extension Change {
  /// Records the groups that a directory snapshot gives a person, in place of those of an earlier
  /// one.
  ///
  /// - Parameters:
  ///   - groups: All groups; empty: the person is in none.
  ///   - custodian: The person.
  ///   - reason: Why.
  /// - Returns: Whether anything changed.
  /// - Throws: `StoreError` when the catalog cannot be written.
  @discardableResult
  package func setGroups(
    _ groups: [GroupName], of custodian: Custodian, reason: String = ""
  ) throws -> Bool {
    let before = try catalog.groups(of: custodian)?.map(\.text)
    let after = Set(groups.map(\.text)).sorted()
    guard before != after else { return false }
    try db.execute(
      sql: """
        INSERT INTO custodian_snapshot (custodian, taken) VALUES (?1, ?2)
        ON CONFLICT DO UPDATE SET taken = ?2
        """, arguments: [custodian.key, now.ticks])
    try db.execute(
      sql: "DELETE FROM custodian_group WHERE custodian = ?", arguments: [custodian.key])
    for name in after {
      try db.execute(
        sql: "INSERT INTO custodian_group VALUES (?, ?)", arguments: [custodian.key, name])
    }
    try record(
      AuditEvent(
        "custodian.groups", of: custodian.id, before: before.map { JSONValue($0) } ?? .null,
        after: JSONValue(after), reason: reason))
    return true
  }
}
