// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model
package import Query
package import Retention

extension Catalog {
  /// All versions of all holds that protect now, ready to decide with.
  ///
  /// Persons are not frozen: a rule covers every account that the directory gave a named person when
  /// the hold was made or gives now; an account that came later and was taken away since goes on
  /// through the cool-down (holds-and-retention sections 2.1 and 2.2).
  ///
  /// - Parameters:
  ///   - coolDown: The ticks for which an account goes on being covered after it was taken away.
  ///   - parse: Reads a stored query's normal form. A query that it throws for holds everything in
  ///     scope.
  /// - Returns: The rules, by case and hold, newest version last.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func holdRules(
    coolDown: Int64 = Change.defaultCoolDown, parse: (StoredQuery) throws -> QueryNode
  ) throws -> [HoldRule] {
    var rules: [HoldRule] = []
    for hold in try holds() where hold.state != .released {
      for version in hold.versions where version.protects(at: now) {
        rules.append(try rule(version, of: hold, coolDown: coolDown, parse: parse))
      }
    }
    return rules
  }

  /// What is known of a conversation when holds are decided.
  ///
  /// - Parameter conversation: The conversation's row.
  /// - Returns: The facts.
  /// - Throws: `StoreError` with `.notFound` when there is no such row.
  package func unitFacts(of conversation: Int64) throws -> UnitFacts {
    guard
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT conversation.account, account.custodian, project.native_id AS project,
            source.id AS source_id, conversation.started
          FROM conversation JOIN source ON source.key = conversation.source
            LEFT JOIN account ON account.key = conversation.account
            LEFT JOIN project ON project.key = conversation.project
          WHERE conversation.key = ?
          """, arguments: [conversation])
    else { throw StoreError(.notFound, "there is no such conversation") }
    let further = try String.fetchAll(
      db,
      sql: """
        SELECT source.id FROM source
        WHERE key IN (SELECT source FROM conversation_source WHERE conversation = ?1)
          OR key IN (SELECT run.source FROM conversation_version
            JOIN run ON run.key = conversation_version.run WHERE conversation = ?1)
        """, arguments: [conversation])
    return UnitFacts(
      account: row["account"], isAttributed: (row["custodian"] as Int64?) != nil,
      project: row["project"], sources: Set(further + [row["source_id"] as String]),
      started: row.optionalInstant("started"))
  }

  /// The accounts that a hold made at a time covers for a person.
  func accounts(
    of custodian: Int64, heldSince created: Instant, coolDown: Int64
  ) throws
    -> Set<Int64>
  {
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

  private func rule(
    _ version: HoldVersion, of hold: HoldRecord, coolDown: Int64,
    parse: (StoredQuery) throws -> QueryNode
  ) throws -> HoldRule {
    let named = version.definition.scope
    var accounts: Set<Int64> = []
    for id in named.custodians {
      guard
        let key = try Int64.fetchOne(
          db, sql: "SELECT key FROM custodian WHERE id = ?", arguments: [id])
      else { throw StoreError(.damaged, "the catalog lacks a custodian that a hold names") }
      accounts.formUnion(
        try self.accounts(of: key, heldSince: hold.created, coolDown: coolDown))
    }
    var condition = HoldRule.Condition.everything
    if let query = version.definition.query {
      do {
        condition = .query(try parse(query))
      } catch {
        condition = .unreadable(String(describing: error))
      }
    }
    return HoldRule(
      hold: hold.id, holdName: hold.name, matter: hold.matter.id, matterName: hold.matter.name,
      version: version.number,
      scope: HoldScope(
        everyone: named.everyone, namesCustodians: !named.custodians.isEmpty, accounts: accounts,
        projects: Set(named.projects), sources: Set(named.sources)),
      condition: condition, interval: version.definition.interval, protectsUntil: version.ends)
  }
}
