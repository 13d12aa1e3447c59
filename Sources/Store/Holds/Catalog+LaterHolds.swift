// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Retention

/// How far holds were looked at for chats that were purged before they covered them.
package struct HoldsLookedAt: Hashable, Sendable {
  /// The row of the newest wording of any hold; 0: none was.
  package var wording: Int64
  /// The rows of the accounts of the persons whom the holds in force name.
  package var accounts: Set<Int64>

  package init(wording: Int64 = 0, accounts: Set<Int64> = []) {
    self.wording = wording
    self.accounts = accounts
  }
}

extension Catalog {
  /// The chats of a source that were purged and that a hold may cover now which did not then.
  ///
  /// It was worded after the purge, or an account became that of a person whom it names since. A hold
  /// protects only what is here, so the chats that are not known to be gone at the source are to be
  /// read again.
  ///
  /// What a query selects of them only their texts tell. A chat that was read again, judged and purged
  /// again is none of them until another wording comes, or another account.
  ///
  /// - Parameters:
  ///   - source: The source.
  ///   - route: Of its chats.
  ///   - last: What was looked at before.
  /// - Returns: The chats, by our id, and what was looked at now.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func purgedChats(
    of source: SourceRecord, route: String, underHoldsAfter last: HoldsLookedAt
  ) throws -> (chats: [SourceObject], holds: HoldsLookedAt) {
    var holds = HoldsLookedAt(wording: try newestHoldWording())
    var rules: [(version: HoldVersion, rule: HoldRule)] = []
    for hold in try self.holds() where hold.state != .released {
      for version in hold.versions where version.protects(at: now) {
        let rule = try rule(version, of: hold, coolDown: Change.defaultCoolDown)
        holds.accounts.formUnion(rule.scope.accounts)
        rules.append((version, rule))
      }
    }
    let gained = holds.accounts.subtracting(last.accounts)
    guard !rules.isEmpty, holds.wording > last.wording || !gained.isEmpty else {
      return ([], holds)
    }
    var found: [SourceObject] = []
    let rows = try Row.fetchCursor(
      db,
      sql: Tombstone.selection + """
         WHERE tombstone.route = ?
          AND NOT EXISTS (SELECT 1 FROM conversation WHERE conversation.id = tombstone.id)
          AND NOT EXISTS (SELECT 1 FROM tombstone AS later
            WHERE later.id = tombstone.id AND later.purged > tombstone.purged)
        ORDER BY tombstone.id
        """, arguments: [route])
    while let row = try rows.next() {
      let tombstone = try Tombstone(row: row)
      guard tombstone.record.sources.contains(source.id.text),
        let object = try sourceObject(.chat, tombstone.nativeID, of: source),
        object.deleted == nil
      else { continue }
      let facts = try facts(tombstone.record)
      // What was theirs at the purge was judged under the hold then.
      let hasGained = try gained.intersection(facts.accounts).contains { account in
        try Bool.fetchOne(
          db.cachedStatement(
            sql: """
              SELECT EXISTS (SELECT 1 FROM attribution
                WHERE account = ? AND until IS NULL AND since > ?)
              """), arguments: [account, tombstone.purged.ticks]) ?? false
      }
      let isInScope = rules.contains { version, rule in
        let isLater = version.key > last.wording && tombstone.purged <= version.created
        return (isLater || hasGained)
          && rule.decide(facts, at: now, selected: nil).protection != nil
      }
      if isInScope { found.append(object) }
    }
    return (found, holds)
  }
}
