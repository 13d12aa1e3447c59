// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model
import Query

extension Change {
  /// The row of an account, made when it is new; it is given to the person who bears its id.
  ///
  /// Records no event: it is part of a batch that does.
  package func accountKey(route: String, nativeID: String) throws -> Int64 {
    if let key = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT key FROM account WHERE route = ? AND native_id = ?"),
      arguments: [route, nativeID])
    {
      return key
    }
    try db.execute(
      sql: "INSERT INTO account (route, native_id) VALUES (?, ?)", arguments: [route, nativeID])
    let key = db.lastInsertedRowID
    if let custodian = try bearer(ofAccount: nativeID) {
      try attribute(account: key, to: custodian)
    }
    return key
  }

  /// The account that stands for a person where a capture does not tell accounts (`import
  /// --custodian`).
  ///
  /// Records no event: it is part of a batch that does.
  package func accountKey(route: String, standingFor custodian: Custodian) throws -> Int64 {
    let key = try accountKey(route: route, nativeID: custodian.id.text)
    try attribute(account: key, to: custodian.key)
    return key
  }

  /// Takes a person that a capture names into the directory, and gives them the account.
  ///
  /// Somebody known by the account, or else by the address if just one person bears it now, gets
  /// what is new; nobody known becomes a new custodian. An address that fits several persons
  /// decides nothing, and a new custodian is made, to be merged by a person.
  ///
  /// - Parameters:
  ///   - person: As the source's own directory has them.
  ///   - route: The capture route.
  /// - Returns: The custodian.
  /// - Throws: `StoreError` when the catalog cannot be written.
  @discardableResult
  package func attribute(_ person: CapturedPerson, route: String) throws -> Custodian {
    let account = try accountKey(route: route, nativeID: person.accountID)
    let custodian = try known(person, account: account)
    let name = displayName(of: person)
    guard let custodian else {
      var identities = [IdentityDefinition(.account, person.accountID)]
      let address = person.emailAddress
      if !FoldedValue.identity(address).isEmpty, try bearer(ofAddress: address) == nil,
        try !isBorne(address)
      {
        identities.append(IdentityDefinition(.emailAddress, address))
      }
      return try createCustodian(
        name: ObjectID(name) == nil ? name : "account " + name, identities: identities,
        origin: "capture")
    }
    try learn(person, of: custodian)
    return custodian
  }

  private static let custodianOfAccount =
    "SELECT custodian FROM account WHERE key = ? AND custodian IS NOT NULL"

  /// Gives an account that was nobody's, or a whole person's account, to a person.
  func attribute(account: Int64, to custodian: Int64?) throws {
    let current = try Int64.fetchOne(
      db.cachedStatement(sql: Self.custodianOfAccount), arguments: [account])
    guard current != custodian else { return }
    try db.cachedStatement(
      sql: "UPDATE attribution SET until = max(?, since) WHERE account = ? AND until IS NULL"
    ).execute(arguments: [try ending(), account])
    try db.cachedStatement(sql: "UPDATE account SET custodian = ? WHERE key = ?")
      .execute(arguments: [custodian, account])
    if let custodian {
      try db.cachedStatement(
        sql: "INSERT INTO attribution (account, custodian, since) VALUES (?, ?, ?)"
      ).execute(arguments: [account, custodian, now.ticks])
    }
    let id = try String.fetchOne(
      db.cachedStatement(sql: "SELECT native_id FROM account WHERE key = ?"),
      arguments: [account])
    if let id { try followAttribution(of: id) }
  }

  /// What is put down as the end of what ends now, in ticks: now, but after every wording of a hold or
  /// policy.
  ///
  /// These ask whose an account was when they were worded. Where the clock was set back since, it
  /// must not seem to have ended before.
  func ending() throws -> Int64 {
    let newest = try Int64.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT max(created) FROM (
            SELECT created FROM hold_version UNION ALL SELECT created FROM policy_version)
          """))
    return max(now.ticks, newest.map { $0 + 1 } ?? now.ticks)
  }

  /// Gives the accounts with a native id that are nobody's to a person.
  func attributeAccounts(named folded: String, to custodian: Custodian) throws -> Int {
    let accounts = try accounts(named: folded).filter { $0.custodian == nil }
    for account in accounts { try attribute(account: account.key, to: custodian.key) }
    return accounts.count
  }

  /// Takes the accounts with a native id from a person, unless another identity still names them.
  func releaseAccounts(named folded: String, from custodian: Custodian) throws -> Int {
    guard try bearer(ofAccount: folded) == nil else { return 0 }
    let accounts = try accounts(named: folded).filter { $0.custodian == custodian.key }
    for account in accounts { try attribute(account: account.key, to: nil) }
    return accounts.count
  }

  /// Ids are compared as identities are: without regard to letter case.
  static let accountsByID = "SELECT * FROM account WHERE native_id = ?1 OR lower(native_id) = ?1"

  private func accounts(named folded: String) throws -> [AccountRecord] {
    try Row.fetchAll(
      db.cachedStatement(sql: Self.accountsByID), arguments: [folded]
    ).map(AccountRecord.init)
  }

  /// The person whose an account or user id is, whatever its dates; nil for nobody's.
  ///
  /// Content does not tell which of several persons wrote it, so an account is one person's.
  private func bearer(ofAccount id: String) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT custodian FROM identity
          WHERE folded = ? AND kind IN ('account', 'user-id') AND removed IS NULL
          """), arguments: [FoldedValue.identity(id)])
  }

  /// The one person who bears an address now; nil for nobody or several.
  private func bearer(ofAddress address: String) throws -> Int64? {
    let found = try Int64.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT DISTINCT custodian FROM identity
          WHERE folded = ?1 AND kind = 'e-mail' AND removed IS NULL
            AND (valid_from IS NULL OR valid_from <= ?2)
            AND (valid_until IS NULL OR valid_until > ?2)
          """), arguments: [FoldedValue.identity(address), now.ticks])
    return found.count == 1 ? found.first : nil
  }

  private func isBorne(_ address: String) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT 1 FROM identity
            WHERE folded = ? AND kind = 'e-mail' AND removed IS NULL)
          """), arguments: [FoldedValue.identity(address)]) ?? false
  }

  private func known(_ person: CapturedPerson, account: Int64) throws -> Custodian? {
    if let key = try Int64.fetchOne(
      db.cachedStatement(sql: Self.custodianOfAccount), arguments: [account])
    {
      return try catalog.custodian(key: key)
    }
    guard !FoldedValue.identity(person.emailAddress).isEmpty else { return nil }
    return try bearer(ofAddress: person.emailAddress).map(catalog.custodian(key:))
  }

  /// Adds what a capture tells of a known person and the directory does not know yet.
  private func learn(_ person: CapturedPerson, of custodian: Custodian) throws {
    let told: [(IdentityKind, String)] = [
      (.account, person.accountID), (.emailAddress, person.emailAddress),
      (.name, person.fullName),
    ]
    for (kind, value) in told where !FoldedValue.identity(value).isEmpty {
      let known =
        try Bool.fetchOne(
          db.cachedStatement(
            sql: """
              SELECT EXISTS (SELECT 1 FROM identity WHERE folded = ?1
                AND (kind = ?2 OR (?2 = 'account' AND kind = 'user-id' AND custodian <> ?3))
                AND removed IS NULL AND (custodian = ?3 OR kind <> 'name'))
              """), arguments: [FoldedValue.identity(value), kind.rawValue, custodian.key]) ?? false
      // A person may have taken the identity away on purpose; a capture does not give it back.
      let refused =
        try Bool.fetchOne(
          db.cachedStatement(
            sql: """
              SELECT EXISTS (SELECT 1 FROM identity WHERE folded = ? AND kind = ? AND custodian = ?
                AND removed IS NOT NULL)
              """), arguments: [FoldedValue.identity(value), kind.rawValue, custodian.key]) ?? false
      if !known, !refused {
        try addIdentity(IdentityDefinition(kind, value), to: custodian, origin: "capture")
      }
    }
  }

  private func displayName(of person: CapturedPerson) -> String {
    for name in [person.fullName, person.emailAddress] where !FoldedValue.identity(name).isEmpty {
      return name
    }
    return "account " + person.accountID
  }
}
