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

  /// What was removed from the scopes of holds while one of their wordings was in force, as the
  /// tombstones have it.
  ///
  /// Each is judged by the persons of its day: whose the accounts were then, and who had been found to
  /// be one person. Reads one tombstone after the other, and only those since the first hold was set.
  ///
  /// - Parameter holds: In any state.
  /// - Returns: By hold, where there is anything; each conversation once, by time.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func purges(under holds: [HoldRecord]) throws -> [ObjectID: PurgesUnderHold] {
    guard let first = holds.flatMap(\.versions).map(\.created).min() else { return [:] }
    let merges = try Merges(db)
    let judges = try holds.map { hold in
      (
        hold: hold.id,
        wordings: try hold.versions.map { version in
          (
            created: version.created,
            rule: try rule(version, of: hold, coolDown: Change.defaultCoolDown),
            persons: try NamedPersons(version, of: hold, merges, in: self)
          )
        }
      )
    }
    var found: [ObjectID: PurgesUnderHold] = [:]
    let rows = try Row.fetchCursor(
      db,
      sql: Tombstone.selection
        + " WHERE tombstone.purged >= ? ORDER BY tombstone.purged, tombstone.key",
      arguments: [first.ticks])
    while let row = try rows.next() {
      let tombstone = try Tombstone(row: row)
      let owners = try owners(tombstone.record)
      let purge = PurgeRecord(
        conversation: tombstone.id, time: tombstone.purged,
        facts: facts(tombstone.record, owners, at: tombstone.purged))
      for (hold, wordings) in judges {
        let protections = wordings.compactMap { created, rule, persons -> Protection? in
          guard created <= purge.time else { return nil }
          var rule = rule
          rule.scope.accounts = persons.accounts(among: owners, at: purge.time)
          let selectsAll = rule.condition == .everything && rule.interval == TimeInterval()
          return rule.decide(purge.facts, at: purge.time, selected: selectsAll ? true : nil)
            .protection
        }
        if protections.contains(where: \.isCertain) {
          found[hold, default: PurgesUnderHold()].covered.append(purge)
        } else if !protections.isEmpty {
          found[hold, default: PurgesUnderHold()].undecided.append(purge)
        }
      }
    }
    return found
  }

  /// Every person whose an account of a removed conversation ever was; nobody for one that never was
  /// anybody's.
  private func owners(_ record: TombstoneRecord) throws -> [[Ownership]] {
    try record.accounts.map { account in
      try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT t.account, t.custodian, t.since, t.until FROM account a
              JOIN attribution t ON t.account = a.key
            WHERE a.route = ? AND a.native_id = ?
            """), arguments: [record.route, account]
      ).map { row in
        Ownership(
          account: row[0], custodian: row[1], since: row.instant("since"),
          until: row.optionalInstant("until"))
      }
    }
  }

  /// Whose it was on the day.
  private func facts(
    _ record: TombstoneRecord, _ owners: [[Ownership]], at time: Instant
  ) -> UnitFacts {
    UnitFacts(
      accounts: Set(owners.joined().map(\.account)),
      isAttributed: !owners.isEmpty
        && owners.allSatisfy { account in account.contains { $0.stands(at: time) } },
      projects: Set(record.projects), sources: Set(record.sources))
  }
}

/// Whose an account was, from when until when.
private struct Ownership {
  var account: Int64
  var custodian: Int64
  var since: Instant
  /// Nil where it still is.
  var until: Instant?

  func stands(at time: Instant) -> Bool {
    since <= time && (until.map { time < $0 } ?? true)
  }

  /// Whether a hold made at a time covered it at a later one: it was the person's at either, or was
  /// lost less than a cool-down ago (holds-and-retention sections 2.1 and 2.2).
  func isHeld(since created: Instant, at time: Instant, coolDown: Int64) -> Bool {
    guard since <= time else { return false }
    if stands(at: time) || stands(at: created) { return true }
    return until.map { created < $0 && time.ticks < $0.ticks + coolDown } ?? false
  }
}

/// Who turned out to be whom, and since when.
private struct Merges {
  private var merges: [Int64: (target: Int64, time: Instant)] = [:]

  init(_ db: Database) throws {
    let rows = try Row.fetchCursor(
      db, sql: "SELECT key, merged_into, merged FROM custodian WHERE merged_into IS NOT NULL")
    while let row = try rows.next() { merges[row[0]] = (row[1], row.instant("merged")) }
  }

  /// The person that somebody had turned out to be by a time; nil: by now.
  func root(of custodian: Int64, at time: Instant? = nil) -> Int64 {
    var key = custodian
    while let merge = merges[key], time.map({ merge.time <= $0 }) ?? true { key = merge.target }
    return key
  }
}

/// The persons that a wording of a hold names, with when it and earlier wordings named them.
private struct NamedPersons {
  /// By who they are now, as only these can be them at any time.
  private var persons: [Int64: [(key: Int64, moments: Set<Instant>)]] = [:]
  private let merges: Merges

  init(_ version: HoldVersion, of hold: HoldRecord, _ merges: Merges, in catalog: Catalog) throws {
    self.merges = merges
    for id in version.definition.scope.custodians {
      guard
        let key = try Int64.fetchOne(
          catalog.db, sql: "SELECT key FROM custodian WHERE id = ?", arguments: [id])
      else { throw StoreError(.damaged, "the catalog lacks a custodian that a hold names") }
      persons[merges.root(of: key), default: []].append(
        (key, catalog.moments(of: id, version, of: hold)))
    }
  }

  /// The accounts that the wording covered at a time.
  func accounts(among owners: [[Ownership]], at time: Instant) -> Set<Int64> {
    Set(
      owners.joined().filter { ownership in
        let root = merges.root(of: ownership.custodian, at: time)
        return (persons[merges.root(of: ownership.custodian)] ?? []).contains { person in
          merges.root(of: person.key, at: time) == root
            && person.moments.contains {
              ownership.isHeld(since: $0, at: time, coolDown: Change.defaultCoolDown)
            }
        }
      }.map(\.account))
  }
}
