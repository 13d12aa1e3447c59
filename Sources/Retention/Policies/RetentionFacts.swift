// SPDX-License-Identifier: Apache-2.0
package import Model

/// What is known of a conversation when policies are decided.
package struct RetentionFacts: Hashable, Sendable {
  package var unit: UnitFacts
  /// Models that any of its items names, lower case.
  package var models: Set<String>
  /// Whether each of its responses names a model.
  package var modelsAreKnown: Bool
  /// The time of its newest item; without items, or where none tells a time, its own time at the
  /// source; nil when that is not told either.
  package var lastActivity: Instant?
  /// When its newest version came into the store.
  package var captured: Instant?
  package var label: AssignedLabel?

  package init(
    unit: UnitFacts, models: Set<String> = [], modelsAreKnown: Bool = true,
    lastActivity: Instant? = nil, captured: Instant? = nil, label: AssignedLabel? = nil
  ) {
    self.unit = unit
    self.models = models
    self.modelsAreKnown = modelsAreKnown
    self.lastActivity = lastActivity
    self.captured = captured
    self.label = label
  }
}

/// The label that a conversation bears.
package struct AssignedLabel: Hashable, Sendable {
  package var policy: ObjectID
  /// When it was set.
  package var since: Instant

  package init(policy: ObjectID, since: Instant) {
    self.policy = policy
    self.since = since
  }
}

/// What asks that a conversation be removed without a period (holds-and-retention section 4,
/// point 1).
package struct RemovalRequest: Hashable, Sendable {
  package var reason: String

  package init(reason: String) { self.reason = reason }
}
