// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Query

extension Change {
  /// Makes a person; the name becomes an identity.
  ///
  /// - Parameters:
  ///   - name: The name that people see; two persons may bear the same.
  ///   - note: Free text.
  ///   - identities: Further identities.
  ///   - origin: Where the knowledge comes from: `manual`, `import` or `capture`.
  ///   - reason: Why, for the audit log.
  /// - Returns: The new person.
  /// - Throws: `StoreError` with `.exists` when an address or id is somebody else's.
  @discardableResult
  package func createCustodian(
    name: String, note: String = "", identities: [IdentityDefinition] = [],
    origin: String = "manual", reason: String = ""
  ) throws -> Custodian {
    try requireName(name, noun: "custodian")
    let id = ObjectID.random(.custodian)
    try db.cachedStatement(
      sql: "INSERT INTO custodian (id, name, note, created) VALUES (?, ?, ?, ?)"
    ).execute(arguments: [id.text, name, note, now.ticks])
    let custodian = try catalog.custodian(key: db.lastInsertedRowID)
    try record(
      AuditEvent(
        "custodian.create", of: id,
        after: ["name": .string(name), "note": .string(note), "origin": .string(origin)],
        reason: reason))
    for identity in [IdentityDefinition(.name, name)] + identities {
      try addIdentity(identity, to: custodian, origin: origin, reason: reason)
    }
    return custodian
  }

  /// Sets a person's name and note anew.
  ///
  /// The old name stays an identity, as captures bear it.
  @discardableResult
  package func updateCustodian(
    _ custodian: Custodian, name: String? = nil, note: String? = nil, reason: String = ""
  ) throws -> Custodian {
    let before = try catalog.custodian(key: custodian.key)
    let newName = name ?? before.name
    try requireName(newName, noun: "custodian")
    try db.execute(
      sql: "UPDATE custodian SET name = ?, note = ? WHERE key = ?",
      arguments: [newName, note ?? before.note, before.key])
    let after = try catalog.custodian(key: before.key)
    try record(
      AuditEvent(
        "custodian.update", of: before.id, before: before.json, after: after.json,
        reason: reason))
    try addIdentity(IdentityDefinition(.name, newName), to: after, origin: "manual")
    return after
  }

  /// Gives a person an identity.
  ///
  /// Widening acts at once: accounts that bear it and are nobody's become theirs, and holds on the
  /// person cover them.
  ///
  /// - Returns: Whether it is new; the same identity again changes nothing.
  /// - Throws: `StoreError` with `.exists` when an address is another's at an overlapping time, or an
  ///   account or user id another's at any; `.usage` when it is empty.
  @discardableResult
  package func addIdentity(
    _ identity: IdentityDefinition, to custodian: Custodian, origin: String = "manual",
    reason: String = ""
  ) throws -> Bool {
    let folded = FoldedValue.identity(identity.value)
    guard !folded.isEmpty else {
      throw StoreError(.usage, "an identity of a custodian must not be empty")
    }
    if let since = identity.valid.since, let before = identity.valid.before, since >= before {
      throw StoreError(.usage, "the identity \(identity.value) would end before it begins")
    }
    let standing = try standingIdentities(folded, kind: identity.kind)
    if standing.contains(where: {
      $0.custodian == custodian.key && $0.valid == identity.valid
    }) {
      return false
    }
    if let other = try rival(identity, folded, of: custodian, standing) {
      let person = try catalog.custodian(key: other.custodian)
      throw StoreError(
        .exists,
        "the \(identity.kind.rawValue) \(identity.value) is \(person.name)'s (\(person.id)); "
          + (identity.kind.namesAccount
            ? "what an account wrote is one person's, whatever the dates: merge the two, or take it "
              + "from the other first"
            : "give dates that do not overlap, or merge the two"),
        objects: [person.id.text])
    }
    try db.cachedStatement(
      sql: """
        INSERT INTO identity (custodian, kind, value, folded, query_key, valid_from, valid_until,
          origin, added)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      custodian.key, identity.kind.rawValue, identity.value, folded,
      FoldedValue.wholeText(identity.value), identity.valid.since?.ticks,
      identity.valid.before?.ticks, origin, now.ticks,
    ])
    let attributed =
      identity.kind.namesAccount ? try attributeAccounts(named: folded, to: custodian) : 0
    try record(
      AuditEvent(
        "custodian.add", of: custodian.id,
        after: [
          "kind": .string(identity.kind.rawValue), "value": .string(identity.value),
          "valid": identity.valid.json, "origin": .string(origin),
          "accounts": JSONValue(attributed),
        ], reason: reason))
    return true
  }

  /// Whose an identity is that can be only one person's.
  ///
  /// Content does not tell which of two persons wrote it under one id, so the dates of an account's
  /// identity tell when it was used and divide nothing.
  private func rival(
    _ identity: IdentityDefinition, _ folded: String, of custodian: Custodian,
    _ standing: [Standing]
  ) throws -> Standing? {
    switch identity.kind {
    case .name: nil
    case .account, .userID:
      try [IdentityKind.account, .userID].flatMap { try standingIdentities(folded, kind: $0) }
        .first { $0.custodian != custodian.key }
    default:
      standing.first { $0.custodian != custodian.key && $0.valid.overlaps(identity.valid) }
    }
  }

  /// Takes an identity from a person.
  ///
  /// Accounts that it named become nobody's. A hold on the person that knew the identity when it
  /// was made goes on covering them; one that learnt it later does so through the cool-down.
  ///
  /// - Returns: How many identities were taken; 0 when the person does not bear it.
  @discardableResult
  package func removeIdentity(
    _ kind: IdentityKind, _ value: String, from custodian: Custodian, reason: String = ""
  ) throws -> Int {
    let folded = FoldedValue.identity(value)
    if kind == .name, folded == FoldedValue.identity(custodian.name) {
      throw StoreError(
        .denied, "\(value) is the name that the custodian is shown by; rename them first")
    }
    let taken = try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM identity
        WHERE custodian = ? AND kind = ? AND folded = ? AND removed IS NULL
        """, arguments: [custodian.key, kind.rawValue, folded]
    ).map(CustodianIdentity.init)
    guard !taken.isEmpty else { return 0 }
    let removed = try ending()
    for identity in taken {
      try db.execute(
        sql: "UPDATE identity SET removed = ? WHERE key = ?", arguments: [removed, identity.key])
    }
    let released =
      kind.namesAccount ? try releaseAccounts(named: folded, from: custodian) : 0
    try record(
      AuditEvent(
        "custodian.remove", of: custodian.id, before: .array(taken.map(\.json)),
        after: ["accounts": JSONValue(released)], reason: reason))
    return taken.count
  }

  /// Finds that some records stand for one person: their identities, accounts and cases become the
  /// target's.
  ///
  /// Their ids go on meaning the target, so holds on them lose nothing.
  package func mergeCustodians(
    _ others: [Custodian], into target: Custodian, reason: String = ""
  ) throws {
    for other in others where other.key != target.key {
      let moved = try move(other, into: target)
      let accounts = moved.accounts.map { account -> JSONValue in
        ["route": .string(account.route), "native_id": .string(account.nativeID)]
      }
      try record(
        AuditEvent(
          "custodian.merge", of: other.id, before: other.json,
          after: [
            "into": .string(target.id.text), "identities": JSONValue(moved.identityCount),
            "accounts": .array(accounts), "cases": JSONValue(moved.matters),
          ], reason: reason))
    }
  }

  /// What a merge gave to the target.
  private struct Moved {
    var identityCount: Int
    var accounts: [AccountRecord]
    /// The ids of the cases, in ascending order.
    var matters: [String]
  }

  private func move(_ other: Custodian, into target: Custodian) throws -> Moved {
    try db.execute(
      sql: "UPDATE custodian SET merged_into = ?, merged = ? WHERE key = ?",
      arguments: [target.key, try ending(), other.key])
    // The target may bear the same identity for the same time; one of the two then suffices. The
    // other's own rows end: holds ask who bore an identity when they were made.
    try db.execute(
      sql: """
        INSERT INTO identity (custodian, kind, value, folded, query_key, valid_from, valid_until,
          origin, added)
        SELECT ?3, kind, value, folded, query_key, valid_from, valid_until, origin, ?1 FROM identity
        WHERE custodian = ?2 AND removed IS NULL AND NOT EXISTS (
          SELECT 1 FROM identity AS same WHERE same.custodian = ?3 AND same.kind = identity.kind
            AND same.folded = identity.folded AND same.removed IS NULL
            AND same.valid_from IS identity.valid_from AND same.valid_until IS identity.valid_until)
        """, arguments: [now.ticks, other.key, target.key])
    let identityCount = db.changesCount
    try db.execute(
      sql: "UPDATE identity SET removed = ? WHERE custodian = ? AND removed IS NULL",
      arguments: [try ending(), other.key])
    let accounts = try catalog.accounts(of: other)
    for account in accounts { try attribute(account: account.key, to: target.key) }
    let matters = try String.fetchAll(
      db,
      sql: """
        SELECT id FROM matter JOIN matter_custodian ON matter_custodian.matter = matter.key
        WHERE matter_custodian.custodian = ? ORDER BY id
        """, arguments: [other.key])
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO matter_custodian (matter, custodian, added)
        SELECT matter, ?, added FROM matter_custodian WHERE custodian = ?
        """, arguments: [target.key, other.key])
    try db.execute(
      sql: "DELETE FROM matter_custodian WHERE custodian = ?", arguments: [other.key])
    return Moved(identityCount: identityCount, accounts: accounts, matters: matters)
  }

  private struct Standing {
    var custodian: Int64
    var valid: TimeInterval
  }

  private func standingIdentities(_ folded: String, kind: IdentityKind) throws -> [Standing] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT custodian, valid_from, valid_until FROM identity
          WHERE folded = ? AND kind = ? AND removed IS NULL
          """), arguments: [folded, kind.rawValue]
    ).map { row in
      Standing(
        custodian: row["custodian"],
        valid: TimeInterval(
          since: row.optionalInstant("valid_from"), before: row.optionalInstant("valid_until")))
    }
  }
}

extension TimeInterval {
  /// Whether some instant lies in both.
  func overlaps(_ other: TimeInterval) -> Bool {
    if let before, let since = other.since, since >= before { return false }
    if let since, let before = other.before, since >= before { return false }
    return true
  }
}
