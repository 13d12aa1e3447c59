// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Query

extension Catalog {
  /// All persons of their own, by name, then id.
  package func custodians() throws -> [Custodian] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM custodian WHERE merged_into IS NULL ORDER BY name, id"
    ).map(Custodian.init)
  }

  /// A person by row; one who was merged is given as the other.
  package func custodian(key: Int64) throws -> Custodian {
    guard
      let row = try Row.fetchOne(
        db.cachedStatement(sql: "SELECT * FROM custodian WHERE key = ?"),
        arguments: [try root(of: key)])
    else { throw StoreError(.damaged, "the catalog lacks the custodian that a row refers to") }
    return try Custodian(row: row)
  }

  /// The person that a written id, address, user id, account id or name means.
  ///
  /// `id:` and `name:` force the reading. The id of somebody who was merged means the other.
  ///
  /// - Throws: `StoreError` with `.notFound`, or `.ambiguous` with the candidates.
  package func custodian(_ written: String) throws -> Custodian {
    try custodian(written, during: TimeInterval())
  }

  /// The person that a written name means, as ``custodian(_:)`` reads it, of those who bear it at some
  /// instant of an interval.
  func custodian(_ written: String, during interval: TimeInterval) throws -> Custodian {
    let found = try custodians(bearing: written, during: interval)
    guard let first = found.first else {
      throw Catalog.notFound([written], noun: "custodian")
    }
    guard found.count == 1 else {
      // Ids are random, so the order by id would differ from store to store.
      let candidates = try found.map { ($0.id, try description(of: $0)) }
        .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
      throw Catalog.ambiguous(
        written, noun: "custodian", candidates: candidates.map { $0.text + " " + $1 })
    }
    return first
  }

  /// The persons that written names mean, without repeats; all names that mean nobody or several
  /// persons are told at once.
  package func custodians(_ written: [String]) throws -> [Custodian] {
    try lookUpCustodians(written).objects(called: "custodian")
  }

  /// The persons that the names of a list mean.
  package func lookUpCustodians(_ written: [String]) throws -> NameLookup<Custodian> {
    try NameLookup(written, by: \.key) { [try custodian($0)] }
  }

  /// All identities of a person that stand, by kind and value.
  package func identities(of custodian: Custodian) throws -> [CustodianIdentity] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT * FROM identity WHERE custodian = ? AND removed IS NULL
          ORDER BY kind, value, valid_from
          """), arguments: [custodian.key]
    ).map(CustodianIdentity.init)
  }

  /// All accounts of a person, by route and id.
  package func accounts(of custodian: Custodian) throws -> [AccountRecord] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM account WHERE custodian = ? ORDER BY route, native_id",
      arguments: [custodian.key]
    ).map(AccountRecord.init)
  }

  /// The names of people by their accounts; an account that nobody bears is left out.
  ///
  /// - Parameters:
  ///   - accounts: The source's ids; nil stands for none.
  ///   - route: Their capture route.
  /// - Returns: By id.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func names(of accounts: [String?], _ route: String) throws -> [String: String] {
    var names: [String: String] = [:]
    for account in Set(accounts.compactMap(\.self)) {
      let bearer = try Int64.fetchOne(
        db,
        sql: """
          SELECT custodian FROM account
          WHERE route = ? AND native_id = ? AND custodian IS NOT NULL
          """, arguments: [route, account])
      names[account] = try bearer.map(custodian(key:))?.name
    }
    return names
  }

  /// The accounts that are nobody's, by route and id.
  package func unattributedAccounts() throws -> [AccountRecord] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM account WHERE custodian IS NULL ORDER BY route, native_id"
    ).map(AccountRecord.init)
  }

  /// Whether a capture named an account by this id, whatever its letter case.
  package func knowsAccount(_ id: String) throws -> Bool {
    try Bool.fetchOne(
      db, sql: "SELECT EXISTS (\(Change.accountsByID))", arguments: [FoldedValue.identity(id)])
      ?? false
  }

  /// The person that somebody who was merged became, over any number of merges.
  func root(of custodian: Int64) throws -> Int64 {
    var key = custodian
    while let next = try Int64.fetchOne(
      db.cachedStatement(
        sql: "SELECT merged_into FROM custodian WHERE key = ? AND merged_into IS NOT NULL"),
      arguments: [key])
    {
      key = next
    }
    return key
  }

  /// Everybody who was merged into a person, and the person.
  func members(of root: Int64) throws -> [Int64] {
    try Int64.fetchAll(
      db,
      sql: """
        WITH RECURSIVE member (key) AS (
          VALUES (?) UNION
          SELECT custodian.key FROM custodian JOIN member ON custodian.merged_into = member.key)
        SELECT key FROM member ORDER BY key
        """, arguments: [root])
  }

  private func custodians(
    bearing written: String, during interval: TimeInterval
  ) throws -> [Custodian] {
    let name = WrittenName(written)
    if name.reading != .name {
      let found = try Int64.fetchOne(
        db, sql: "SELECT key FROM custodian WHERE id = ?", arguments: [name.text])
      if let found { return [try custodian(key: found)] }
      if name.reading == .id { return [] }
    }
    let folded = FoldedValue.identity(name.text)
    return try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM custodian WHERE merged_into IS NULL AND key IN (
          SELECT custodian FROM identity
          WHERE folded = ?1 AND removed IS NULL AND (?2 = 0 OR kind = 'name')
            AND (valid_from IS NULL OR ?4 IS NULL OR valid_from < ?4)
            AND (valid_until IS NULL OR ?3 IS NULL OR valid_until > ?3))
        ORDER BY name, id
        """,
      arguments: [
        folded, name.reading == .name, interval.since?.ticks, interval.before?.ticks,
      ]
    ).map(Custodian.init)
  }

  /// The name of a person and the first of the addresses, which tells namesakes apart.
  private func description(of custodian: Custodian) throws -> String {
    let address = try String.fetchOne(
      db,
      sql: """
        SELECT value FROM identity
        WHERE custodian = ? AND kind = 'e-mail' AND removed IS NULL ORDER BY value
        """, arguments: [custodian.key])
    return custodian.name + (address.map { " <" + $0 + ">" } ?? "")
  }
}
