// SPDX-License-Identifier: Apache-2.0
package import Model

/// One version of a legal hold, ready to be decided with: a predicate, never a list of items
/// (holds-and-retention section 2).
package struct HoldRule: Hashable, Sendable {
  /// Which items in scope it covers.
  package enum Condition: Hashable, Sendable {
    case everything
    /// Those that any reading selects; at least one reading.
    case query([QueryReading])
    /// The stored query cannot be read, and why. Then everything in scope is held.
    case unreadable(String)
  }

  package var hold: ObjectID
  package var holdName: String
  package var matter: ObjectID
  package var matterName: String
  /// The version of the hold, from 1.
  package var version: Int
  package var scope: HoldScope
  package var condition: Condition
  /// On the item's time, half-open.
  package var interval: TimeInterval
  /// When it stops protecting; nil while it is active.
  package var protectsUntil: Instant?
  /// The hold's first wording with this query, by its number among those of all holds.
  ///
  /// An item that was read anew since with another result is held: the query may have selected it
  /// before. 0 takes any such item.
  package var queryWording: Int64

  package init(
    hold: ObjectID, holdName: String, matter: ObjectID, matterName: String, version: Int,
    scope: HoldScope, condition: Condition, interval: TimeInterval, protectsUntil: Instant?,
    queryWording: Int64 = 0
  ) {
    self.hold = hold
    self.holdName = holdName
    self.matter = matter
    self.matterName = matterName
    self.version = version
    self.scope = scope
    self.condition = condition
    self.interval = interval
    self.protectsUntil = protectsUntil
    self.queryWording = queryWording
  }
}

/// Whom and what a hold names, as units of content refer to them.
///
/// The named things add up.
package struct HoldScope: Hashable, Sendable {
  package var everyone: Bool
  /// Whether persons are named; they may have no account yet.
  package var namesCustodians: Bool
  /// All accounts that the named persons have, or had when the hold was made.
  package var accounts: Set<Int64>
  /// Native project ids.
  package var projects: Set<String>
  /// Source ids.
  package var sources: Set<String>

  package init(
    everyone: Bool = false, namesCustodians: Bool = false, accounts: Set<Int64> = [],
    projects: Set<String> = [], sources: Set<String> = []
  ) {
    self.everyone = everyone
    self.namesCustodians = namesCustodians
    self.accounts = accounts
    self.projects = projects
    self.sources = sources
  }
}
