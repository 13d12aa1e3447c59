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
    let claimants = try claimants(of: FoldedValue.identity(nativeID))
    if claimants.count > 1 {
      try attribute(account: key, among: claimants)
    } else if let custodian = try bearer(of: nativeID, kinds: Self.accountKinds) {
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
  /// Somebody known by the account, or else by the address if just one person bears it now, or else
  /// by having borne the account's id last, gets what is new; nobody known becomes a new custodian. An address that fits several persons
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
      if !FoldedValue.identity(address).isEmpty, try bearer(of: address, kinds: "'e-mail'") == nil,
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

  /// Gives an account that was nobody's, or a whole person's account, to a person.
  func attribute(account: Int64, to custodian: Int64?) throws {
    try attribute(account: account, among: custodian.map { [$0] } ?? [])
  }

  /// Puts down whose an account is, as far as is known.
  ///
  /// Content does not tell which of several persons wrote it, so an account that several bear, each
  /// at another time, is nobody's by itself; a hold on any of them covers it whole, and what deletes
  /// by persons leaves it alone.
  ///
  /// - Parameters:
  ///   - account: The account.
  ///   - custodians: All persons whose it is, at whatever time; none: nobody's.
  /// - Throws: `StoreError` when the catalog cannot be written.
  private func attribute(account: Int64, among custodians: [Int64]) throws {
    let holders = try holders(of: account)
    for holder in holders where !custodians.contains(holder) {
      try db.execute(
        sql: """
          UPDATE attribution SET until = max(?, since)
          WHERE account = ? AND custodian = ? AND until IS NULL
          """, arguments: [try ending(), account, holder])
    }
    for custodian in custodians where !holders.contains(custodian) {
      try db.execute(
        sql: "INSERT INTO attribution (account, custodian, since) VALUES (?, ?, ?)",
        arguments: [account, custodian, now.ticks])
    }
    guard Set(holders) != Set(custodians) else { return }
    try db.execute(
      sql: "UPDATE account SET custodian = ? WHERE key = ?",
      arguments: [custodians.count == 1 ? custodians.first : nil, account])
  }

  /// The persons whose an account is now.
  private func holders(of account: Int64) throws -> [Int64] {
    try Int64.fetchAll(
      db.cachedStatement(
        sql: "SELECT DISTINCT custodian FROM attribution WHERE account = ? AND until IS NULL"),
      arguments: [account])
  }

  /// Gives a person the accounts that are another's, alone or with others.
  ///
  /// - Parameters:
  ///   - other: Who was merged.
  ///   - target: Into whom.
  /// - Returns: The accounts, by row.
  /// - Throws: `StoreError` when the catalog cannot be written.
  func moveAccounts(of other: Int64, to target: Int64) throws -> [AccountRecord] {
    let accounts = try catalog.accounts(of: other)
    for account in accounts {
      let rest = try holders(of: account.key).filter { $0 != other && $0 != target }
      try attribute(account: account.key, among: rest + [target])
    }
    return accounts
  }

  /// What is put down as the end of what ends now, in ticks: now, but after every wording of a hold or
  /// policy.
  ///
  /// These ask whose an account was when they were worded. Where the clock was set back since, it
  /// must not seem to have ended before.
  func ending() throws -> Int64 {
    let newest = try Int64.fetchOne(
      db,
      sql: """
        SELECT max(created) FROM (
          SELECT created FROM hold_version UNION ALL SELECT created FROM policy_version)
        """)
    return max(now.ticks, newest.map { $0 + 1 } ?? now.ticks)
  }

  /// Gives the accounts with a native id to a person, beside those whose they are at other times.
  ///
  /// - Parameters:
  ///   - folded: The id.
  ///   - custodian: The person, who bears it.
  /// - Returns: How many accounts were not theirs before.
  /// - Throws: `StoreError` when the catalog cannot be written.
  func attributeAccounts(named folded: String, to custodian: Custodian) throws -> Int {
    let claimants = try claimants(of: folded)
    var count = 0
    for account in try accounts(named: folded) {
      let holders = try holders(of: account.key)
      guard !holders.contains(custodian.key) else { continue }
      try attribute(
        account: account.key, among: Set(holders + claimants + [custodian.key]).sorted())
      count += 1
    }
    return count
  }

  /// Takes the accounts with a native id from a person, unless another identity still names them.
  ///
  /// - Parameters:
  ///   - folded: The id.
  ///   - custodian: The person, who bears it no more.
  /// - Returns: How many accounts were theirs.
  /// - Throws: `StoreError` when the catalog cannot be written.
  func releaseAccounts(named folded: String, from custodian: Custodian) throws -> Int {
    guard try !claimants(of: folded).contains(custodian.key) else { return 0 }
    let next = try bearer(of: folded, kinds: Self.accountKinds)
    var count = 0
    for account in try accounts(named: folded) {
      let holders = try holders(of: account.key)
      guard holders.contains(custodian.key) else { continue }
      let rest = holders.filter { $0 != custodian.key }
      try attribute(account: account.key, among: rest.isEmpty ? [next].compactMap(\.self) : rest)
      count += 1
    }
    return count
  }

  /// Identities that name accounts, for an IN list.
  private static let accountKinds = "'account', 'user-id'"

  /// All persons who bear an account's id at whatever time, the latest bearer first.
  private func claimants(of folded: String) throws -> [Int64] {
    try Int64.fetchAll(
      db,
      sql: """
        SELECT custodian FROM identity
        WHERE folded = ? AND kind IN (\(Self.accountKinds)) AND removed IS NULL
        GROUP BY custodian
        ORDER BY max(valid_until IS NULL) DESC, max(valid_until) DESC, custodian
        """, arguments: [folded])
  }

  /// Ids are compared as identities are: without regard to letter case.
  static let accountsByID = "SELECT * FROM account WHERE native_id = ?1 OR lower(native_id) = ?1"

  private func accounts(named folded: String) throws -> [AccountRecord] {
    try Row.fetchAll(
      db.cachedStatement(sql: Self.accountsByID), arguments: [folded]
    ).map(AccountRecord.init)
  }

  /// The one person who bears an identity now; nil for nobody or several.
  private func bearer(of value: String, kinds: String) throws -> Int64? {
    let found = try Int64.fetchAll(
      db,
      sql: """
        SELECT DISTINCT custodian FROM identity
        WHERE folded = ?1 AND kind IN (\(kinds)) AND removed IS NULL
          AND (valid_from IS NULL OR valid_from <= ?2)
          AND (valid_until IS NULL OR valid_until > ?2)
        """, arguments: [FoldedValue.identity(value), now.ticks])
    return found.count == 1 ? found.first : nil
  }

  private func isBorne(_ address: String) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM identity
          WHERE folded = ? AND kind = 'e-mail' AND removed IS NULL)
        """, arguments: [FoldedValue.identity(address)]) ?? false
  }

  private func known(_ person: CapturedPerson, account: Int64) throws -> Custodian? {
    if let key = try Int64.fetchOne(
      db, sql: "SELECT custodian FROM account WHERE key = ? AND custodian IS NOT NULL",
      arguments: [account])
    {
      return try catalog.custodian(key: key)
    }
    // Several bear the id of an account that is nobody's by itself, each at another time.
    let now = try bearer(of: person.accountID, kinds: Self.accountKinds)
    let known =
      try now ?? bearer(of: person.emailAddress, kinds: "'e-mail'")
      ?? claimants(of: FoldedValue.identity(person.accountID)).first
    return try known.map(catalog.custodian(key:))
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
          db,
          sql: """
            SELECT EXISTS (SELECT 1 FROM identity WHERE folded = ?1 AND kind = ?2
              AND removed IS NULL AND (custodian = ?3 OR kind <> 'name'))
            """, arguments: [FoldedValue.identity(value), kind.rawValue, custodian.key]) ?? false
      // A person may have taken the identity away on purpose; a capture does not give it back.
      let refused =
        try Bool.fetchOne(
          db,
          sql: """
            SELECT EXISTS (SELECT 1 FROM identity WHERE folded = ? AND kind = ? AND custodian = ?
              AND removed IS NOT NULL)
            """, arguments: [FoldedValue.identity(value), kind.rawValue, custodian.key]) ?? false
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
