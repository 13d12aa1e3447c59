// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

extension Catalog {
  /// All groups that some person is in.
  package func groups() throws -> Set<GroupName> {
    try Set(
      String.fetchAll(db, sql: "SELECT DISTINCT name FROM custodian_group").compactMap {
        GroupName($0)
      })
  }

  /// The groups of a person by the newest directory snapshot in which the person appears; nil when
  /// none does.
  ///
  /// Those of all records that were merged since.
  package func groups(of custodian: Custodian) throws -> [GroupName]? {
    let members = list(try members(of: root(of: custodian.key)))
    guard
      try Int64.fetchOne(
        db, sql: "SELECT taken FROM custodian_snapshot WHERE custodian IN (\(members))") != nil
    else { return nil }
    return try String.fetchAll(
      db,
      sql: """
        SELECT DISTINCT name FROM custodian_group WHERE custodian IN (\(members)) ORDER BY name
        """
    ).compactMap { GroupName($0) }
  }
}

extension Catalog {
  /// The groups that the records of a person told before they last changed, and when that was; nil
  /// where they never did.
  fileprivate func formerGroups(
    of members: [Int64]
  ) throws -> (changed: Instant, names: [String])? {
    guard
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT custodian, changed FROM custodian_snapshot
          WHERE custodian IN (\(list(members))) AND changed IS NOT NULL
          ORDER BY changed DESC, custodian LIMIT 1
          """)
    else { return nil }
    let names = try String.fetchAll(
      db, sql: "SELECT name FROM custodian_former_group WHERE custodian = ? ORDER BY name",
      arguments: [row[0] as Int64])
    return (row.instant("changed"), names)
  }
}

extension Change {
  /// Records the groups that a directory snapshot gives a person, in place of those of an earlier
  /// one, which are kept as the former ones: plans mark what came nearer by the change.
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
    let key = try catalog.root(of: custodian.key)
    let members = try catalog.members(of: key)
    let told = try Int64.fetchSet(
      db,
      sql: """
        SELECT custodian FROM custodian_snapshot WHERE custodian IN (\(catalog.list(members)))
        """)
    guard before != after || told != [key] else { return false }
    let former = try before == after ? catalog.formerGroups(of: members) : before.map { (now, $0) }
    // It is newer than what was told of records that were merged into the person.
    let all = catalog.list(members)
    try db.execute(
      sql: """
        DELETE FROM custodian_former_group WHERE custodian IN (\(all));
        DELETE FROM custodian_group WHERE custodian IN (\(all));
        DELETE FROM custodian_snapshot WHERE custodian IN (\(all));
        """)
    try db.execute(
      sql: "INSERT INTO custodian_snapshot (custodian, taken, changed) VALUES (?, ?, ?)",
      arguments: [key, now.ticks, former?.changed.ticks])
    for (table, names) in [
      ("custodian_group", after), ("custodian_former_group", former?.names ?? []),
    ] {
      for name in names {
        try db.execute(sql: "INSERT INTO \(table) VALUES (?, ?)", arguments: [key, name])
      }
    }
    try record(
      AuditEvent(
        "custodian.groups", of: custodian.id, before: before.map { JSONValue($0) } ?? .null,
        after: JSONValue(after), reason: reason))
    return true
  }
}
