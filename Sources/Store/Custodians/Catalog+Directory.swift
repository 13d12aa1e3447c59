// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// A person as the directory knows them, for the query language (query-language section 7.4).
package struct DirectoryEntry: Hashable, Sendable {
  package var id: ObjectID
  package var name: String
  /// All identities as written, sorted, without repeats.
  package var identities: [String]
}

extension Catalog {
  /// The persons that bear an identity, by name, then id.
  ///
  /// - Parameter text: An address, user id, account id, custodian id or display name, or an alias
  ///   (the part of an address before `@`), compared whole and without regard to case.
  /// - Returns: The persons; none is no error.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func people(bearing text: String) throws -> [DirectoryEntry] {
    let folded = Folding.identity(text)
    // The addresses with that local part lie between "x@" and "xA" in the index.
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM custodian WHERE merged_into IS NULL AND (key IN (
          SELECT custodian FROM identity
          WHERE removed IS NULL AND (folded = ?1
            OR (kind = 'e-mail' AND folded >= ?1 || '@' AND folded < ?1 || 'A')))
          OR key = ?2)
        ORDER BY name, id
        """, arguments: [folded, try keyOfMerged(folded)])
    return try rows.map { row in
      let custodian = try Custodian(row: row)
      return DirectoryEntry(
        id: custodian.id, name: custodian.name,
        identities: try standingIdentities(of: custodian.key))
    }
  }

  /// The identities that a hold made at a time covers for a person: those that the directory gave
  /// then and those that it gives now; one that was taken away since goes on until its cool-down
  /// has passed.
  ///
  /// - Parameters:
  ///   - custodian: The person.
  ///   - created: When the hold was made.
  ///   - coolDown: The ticks for which a later identity goes on after it was taken away.
  /// - Returns: The identities as written, sorted.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func identities(
    of custodian: Custodian, heldSince created: Instant, coolDown: Int64
  ) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        SELECT DISTINCT value FROM identity
        WHERE custodian IN (\(try list(members(of: custodian.key))))
          AND (removed IS NULL OR (added <= ?1 AND removed > ?1)
            OR (removed > ?1 AND removed + ?2 > ?3))
        ORDER BY value
        """, arguments: [created.ticks, coolDown, now.ticks])
  }

  /// Row keys for an IN list; they are numbers of ours, never text.
  func list(_ keys: [Int64]) -> String {
    keys.map(String.init).joined(separator: ",")
  }

  private func keyOfMerged(_ id: String) throws -> Int64? {
    try Int64.fetchOne(db, sql: "SELECT key FROM custodian WHERE id = ?", arguments: [id])
      .map(root(of:))
  }

  private func standingIdentities(of custodian: Int64) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        SELECT DISTINCT value FROM identity WHERE custodian = ? AND removed IS NULL ORDER BY value
        """, arguments: [custodian])
  }
}
