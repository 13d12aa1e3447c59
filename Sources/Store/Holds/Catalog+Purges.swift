// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model
package import Retention

/// A conversation that was removed, as far as holds have to know it.
package struct PurgeRecord: Hashable, Sendable {
  package var conversation: ObjectID
  package var time: Instant
  /// Whose it was and where it came from.
  package var facts: UnitFacts

  package init(conversation: ObjectID, time: Instant, facts: UnitFacts) {
    self.conversation = conversation
    self.time = time
    self.facts = facts
  }
}

/// What was removed from the scope of a hold while it was in force.
package struct PurgesUnderHold: Hashable, Sendable {
  /// The hold covered these for certain: they should be here.
  package var covered: [PurgeRecord] = []
  /// In scope; whether query and interval selected an item can no longer be told, as nothing is
  /// left of the texts.
  package var undecided: [PurgeRecord] = []

  package init() {}
}

extension Catalog {
  /// Whose a removed conversation was, with the persons as they are now.
  func facts(_ record: TombstoneRecord) throws -> UnitFacts {
    let accounts = try record.accounts.compactMap { account in
      try Row.fetchOne(
        db.cachedStatement(
          sql: "SELECT key, custodian FROM account WHERE route = ? AND native_id = ?"),
        arguments: [record.route, account])
    }
    let areKnown = accounts.count == record.accounts.count && !accounts.isEmpty
    return UnitFacts(
      accounts: Set(accounts.map { $0[0] }),
      isAttributed: areKnown && accounts.allSatisfy { ($0[1] as Int64?) != nil },
      projects: Set(record.projects), sources: Set(record.sources))
  }

  /// What was removed from the scope of a hold while one of its wordings was in force, as the
  /// tombstones have it.
  ///
  /// Reads one tombstone after the other, and only those since the hold was set.
  ///
  /// - Parameter hold: In any state.
  /// - Returns: Each once, by time.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func purges(under hold: HoldRecord) throws -> PurgesUnderHold {
    var found = PurgesUnderHold()
    guard let first = hold.versions.map(\.created).min() else { return found }
    let rules = try hold.versions.map { version in
      (version, try rule(version, of: hold, coolDown: Change.defaultCoolDown))
    }
    let rows = try Row.fetchCursor(
      db,
      sql: Tombstone.selection
        + " WHERE tombstone.purged >= ? ORDER BY tombstone.purged, tombstone.key",
      arguments: [first.ticks])
    while let row = try rows.next() {
      let tombstone = try Tombstone(row: row)
      let purge = PurgeRecord(
        conversation: tombstone.id, time: tombstone.purged, facts: try facts(tombstone.record))
      let protections = rules.compactMap { version, rule -> Protection? in
        guard version.created <= purge.time else { return nil }
        let selectsAll = rule.condition == .everything && rule.interval == TimeInterval()
        return rule.decide(purge.facts, at: purge.time, selected: selectsAll ? true : nil)
          .protection
      }
      if protections.contains(where: \.isCertain) {
        found.covered.append(purge)
      } else if !protections.isEmpty {
        found.undecided.append(purge)
      }
    }
    return found
  }
}
