// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model
package import Query

/// The catalog's persons, for the query language (query-language section 7.4).
package struct CatalogDirectory: PeopleDirectory {
  let catalog: Catalog
  /// When the hold was made that asks, and the ticks of the cool-down; nil for a search, which sees
  /// the directory as it is.
  let hold: (created: Instant, coolDown: Int64)?

  package func people(bearing identity: String) throws(StoreError) -> [DirectoryPerson] {
    try asked { try catalog.people(bearing: identity, hold: hold) }
  }

  package func knows(domain: String) throws(StoreError) -> Bool {
    try asked { try catalog.knows(domain: domain, hold: hold) }
  }

  private func asked<Answer>(_ body: () throws -> Answer) throws(StoreError) -> Answer {
    do {
      return try body()
    } catch let error as StoreError {
      throw error
    } catch let error as DatabaseError {
      throw StoreError(error, path: "the catalog")
    } catch {
      throw StoreError(.failure, "the directory of persons cannot be read", cause: error)
    }
  }
}

extension Catalog {
  /// The directory as it is, for searches.
  package var directory: CatalogDirectory { CatalogDirectory(catalog: self, hold: nil) }

  /// The directory for a hold made at a time: persons with the identities that they had then or have
  /// now; one that came later and was taken away since goes on through the cool-down
  /// (holds-and-retention sections 2.1 and 2.2).
  package func directory(
    ofHoldSince created: Instant, coolDown: Int64 = Change.defaultCoolDown
  ) -> CatalogDirectory {
    CatalogDirectory(catalog: self, hold: (created, coolDown))
  }

  /// The persons that bear an identity, by name, then id.
  fileprivate func people(
    bearing text: String, hold: (created: Instant, coolDown: Int64)?
  ) throws -> [DirectoryPerson] {
    let folded = FoldedValue.wholeText(text)
    guard !folded.isEmpty else { return [] }
    // The addresses with that local part lie between "x@" and "xA" in the index.
    let bearers = try Int64.fetchAll(
      db,
      sql: """
        SELECT custodian FROM identity
        WHERE (query_key = ?4
            OR (kind = 'e-mail' AND query_key >= ?4 || '@' AND query_key < ?4 || 'A'))
          AND \(Catalog.standing)
        UNION SELECT key FROM custodian WHERE id = ?4
        """, arguments: standingArguments(hold) + [folded])
    let roots = try Set(bearers.map(root(of:)))
    return try roots.map(person).sorted { ($0.name, $0.id) < ($1.name, $1.id) }

    func person(_ key: Int64) throws -> DirectoryPerson {
      let custodian = try custodian(key: key)
      let identities = try String.fetchAll(
        db,
        sql: """
          SELECT DISTINCT value FROM identity
          WHERE custodian IN (\(list(members(of: key)))) AND \(Catalog.standing) ORDER BY value
          """, arguments: standingArguments(hold))
      return DirectoryPerson(
        id: custodian.id.text, name: custodian.name, identities: identities)
    }
  }

  /// Whether an identity is an address in a domain.
  fileprivate func knows(domain: String, hold: (created: Instant, coolDown: Int64)?) throws -> Bool
  {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM identity
          WHERE substr(query_key, -length(?4) - 1) = '@' || ?4 AND \(Catalog.standing))
        """, arguments: standingArguments(hold) + [domain]) ?? false
  }

  /// What counts of an identity; ?1 is when the hold was made, NULL for a search.
  private static let standing = """
    (removed IS NULL OR (?1 IS NOT NULL AND removed > ?1 AND (added <= ?1 OR removed + ?2 > ?3)))
    """

  private func standingArguments(
    _ hold: (created: Instant, coolDown: Int64)?
  ) -> StatementArguments {
    [hold?.created.ticks, hold?.coolDown ?? 0, now.ticks]
  }

  /// Row keys for an IN list; they are numbers of ours, never text.
  func list(_ keys: [Int64]) -> String {
    keys.map(String.init).joined(separator: ",")
  }
}
