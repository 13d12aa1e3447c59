// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Query
package import Retention

extension Catalog {
  /// All versions of all holds that protect now, ready to decide with.
  ///
  /// Persons are not frozen: a rule covers every account and identity that the directory gave a
  /// named person when the hold was made or gives now; one that came later and was taken away since
  /// goes on through the cool-down (holds-and-retention sections 2.1 and 2.2). A stored query that
  /// cannot be read holds everything in scope.
  ///
  /// - Parameter coolDown: In ticks.
  /// - Returns: The rules, by case and hold, newest version last.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func holdRules(coolDown: Int64 = Change.defaultCoolDown) throws -> HoldRules {
    var rules: [HoldRule] = []
    for hold in try holds() where hold.state != .released {
      for version in hold.versions where version.protects(at: now) {
        rules.append(try rule(version, of: hold, coolDown: coolDown))
      }
    }
    return HoldRules(rules)
  }

  /// What is known of a conversation when holds are decided.
  ///
  /// - Parameter conversation: The conversation's row.
  /// - Returns: The facts.
  /// - Throws: `StoreError` with `.notFound` when there is no such row.
  package func unitFacts(of conversation: Int64) throws -> UnitFacts {
    guard
      let row = try Row.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT source.id AS source_id, conversation.started
            FROM conversation JOIN source ON source.key = conversation.source
            WHERE conversation.key = ?
            """), arguments: [conversation])
    else { throw StoreError(.notFound, "there is no such conversation") }
    let accounts = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT account.key, account.custodian FROM conversation_account
            JOIN account ON account.key = conversation_account.account
          WHERE conversation = ?
          """), arguments: [conversation])
    let projects = try String.fetchSet(
      db.cachedStatement(
        sql: """
          SELECT native_id FROM conversation_project
            JOIN project ON project.key = conversation_project.project
          WHERE conversation = ?
          """), arguments: [conversation])
    let further = try String.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT source.id FROM source
          WHERE key IN (SELECT source FROM conversation_source WHERE conversation = ?1)
            OR key IN (SELECT run.source FROM conversation_version
              JOIN run ON run.key = conversation_version.run WHERE conversation = ?1)
          """), arguments: [conversation])
    return UnitFacts(
      accounts: Set(accounts.map { $0[0] }),
      isAttributed: !accounts.isEmpty && accounts.allSatisfy { ($0[1] as Int64?) != nil },
      projects: projects, sources: Set(further + [row["source_id"] as String]),
      started: row.optionalInstant("started"))
  }

  /// The accounts that a hold made at a time covers for a person.
  func accounts(
    of custodian: Int64, heldSince created: Instant, coolDown: Int64
  ) throws -> Set<Int64> {
    let members = list(try members(of: root(of: custodian)))
    return try Set(
      Int64.fetchAll(
        db,
        sql: """
          SELECT account FROM attribution WHERE custodian IN (\(members))
            AND (until IS NULL OR (since <= ?1 AND until > ?1)
              OR (until > ?1 AND until + ?2 > ?3))
          """, arguments: [created.ticks, coolDown, now.ticks]))
  }

  func rule(
    _ version: HoldVersion, of hold: HoldRecord, coolDown: Int64
  ) throws -> HoldRule {
    let named = version.definition.scope
    var accounts: Set<Int64> = []
    for id in named.custodians {
      guard
        let key = try Int64.fetchOne(
          db, sql: "SELECT key FROM custodian WHERE id = ?", arguments: [id])
      else { throw StoreError(.damaged, "the catalog lacks a custodian that a hold names") }
      for created in moments(of: id, version, of: hold) {
        accounts.formUnion(
          try self.accounts(of: key, heldSince: created, coolDown: coolDown))
      }
    }
    return HoldRule(
      hold: hold.id, holdName: hold.name, matter: hold.matter.id, matterName: hold.matter.name,
      version: version.number,
      scope: HoldScope(
        everyone: named.everyone, namesCustodians: !named.custodians.isEmpty, accounts: accounts,
        projects: Set(named.projects), sources: Set(named.sources)),
      condition: try condition(version, of: hold, coolDown: coolDown),
      interval: version.definition.interval, protectsUntil: version.ends,
      queryWording: sameQuery(version, of: hold).map(\.key).min() ?? version.key)
  }

  /// The times at which a person whom a wording names counts with what was theirs then.
  ///
  /// A person who was added later counts from then on, too; and a later wording that goes on naming a
  /// person must not lose what an earlier one covered.
  func moments(of custodian: String, _ version: HoldVersion, of hold: HoldRecord) -> Set<Instant> {
    let named = hold.versions.filter {
      $0.number <= version.number && $0.definition.scope.custodians.contains(custodian)
    }
    return Set(named.map(\.created) + [hold.created])
  }

  /// The wordings of a hold up to one that have the same query.
  private func sameQuery(_ version: HoldVersion, of hold: HoldRecord) -> [HoldVersion] {
    hold.versions.filter {
      $0.number <= version.number
        && $0.definition.query?.normalForm == version.definition.query?.normalForm
    }
  }

  private func condition(
    _ version: HoldVersion, of hold: HoldRecord, coolDown: Int64
  ) throws -> HoldRule.Condition {
    guard let query = version.definition.query else { return .everything }
    // The persons of every wording with the same query: widening a hold must not move them.
    let moments = sameQuery(version, of: hold).map(\.created)
    let readings = try readings(
      of: query, at: moments, since: hold.created, coolDown: coolDown, purpose: .hold)
    switch readings {
    case .success(let readings): return .query(readings.all)
    case .failure(let error): return .unreadable(error.message)
    }
  }
}
