// SPDX-License-Identifier: Apache-2.0
package import Model
package import Retention

/// A conversation that was removed, as far as holds have to know it.
package struct PurgedConversation: Hashable, Sendable {
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
  package var covered: [PurgedConversation] = []
  /// In scope; whether query and interval selected an item can no longer be told, as nothing is
  /// left of the texts.
  package var undecided: [PurgedConversation] = []

  package init() {}
}

extension Catalog {
  /// Every conversation that was removed, by time.
  ///
  /// The one place where holds learn of removals. This version removes nothing and keeps no
  /// tombstones, so there are none.
  package func purges() throws -> [PurgedConversation] { [] }

  /// What was removed from the scope of a hold while one of its wordings was in force.
  ///
  /// - Parameters:
  ///   - hold: In any state.
  ///   - purges: All removals.
  /// - Returns: Each once, in their order.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func purges(
    under hold: HoldRecord, among purges: [PurgedConversation]
  ) throws -> PurgesUnderHold {
    var found = PurgesUnderHold()
    guard !purges.isEmpty else { return found }
    let rules = try hold.versions.map { version in
      (version, try rule(version, of: hold, coolDown: Change.defaultCoolDown))
    }
    for purge in purges {
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
