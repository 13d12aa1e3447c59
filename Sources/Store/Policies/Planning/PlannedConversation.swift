// SPDX-License-Identifier: Apache-2.0
package import Model
package import Retention

/// A conversation that a plan decided, as far as the plan keeps it.
package struct PlannedConversation: Hashable, Sendable {
  /// The row in the catalog.
  package var key: Int64
  package var id: ObjectID
  /// Whether a removal on request selects it; true where periods are asked for.
  package var isSelected = true
  /// By what is on, and by what is simulated as well.
  package var outcome: RetentionOutcome
  /// The fate if simulated policies were on; nil when it is the same.
  package var simulated: RetentionOutcome?
  /// When it falls due, by what is simulated where that alone makes it due; nil where nothing
  /// deletes it.
  package var purgeAt: RetentionDate?
  /// When it would fall due had the groups of its persons not changed; nil unless that is later.
  package var formerPurgeAt: RetentionDate?
  /// The policies and labels that decided.
  package var deciding: [ObjectID]
  /// Holds that keep what would be due.
  package var holds: [ObjectID]
  /// Review sets of open cases that keep what would be due and no hold keeps.
  package var reviewSets: [ObjectID] = []
  package var itemCount: Int
  /// Native bytes of all versions.
  package var byteCount: Int64

  /// How a plan takes it; nil when the plan keeps it out.
  package var entryState: PlanEntryState? {
    switch outcome {
    case .due(let needsReview): needsReview ? .review : .due
    default:
      if case .due = simulated { .simulated } else { nil }
    }
  }
}

/// What a plan says of a conversation that it lists.
package enum PlanEntryState: String, Hashable, Sendable, CaseIterable {
  /// It may go when the plan runs.
  case due
  /// It may go after a reviewer approved the plan.
  case review
  /// It would be due if a simulated policy were on; nothing happens to it.
  case simulated
}

/// How many conversations a plan met, by what becomes of them.
package struct PlanCounts: Hashable, Sendable {
  /// All that were decided.
  package var conversations = 0
  package var due = 0
  package var review = 0
  package var simulated = 0
  /// Of all these, those whose date came nearer by a change of the groups of a person.
  package var nearer = 0
  /// Would be due, and a hold keeps them.
  package var held = 0
  /// Would be due, and a review set keeps them.
  package var inReviewSets = 0
  /// Retained by a policy or label.
  package var retained = 0
  /// Fall due later, or nothing deletes them.
  package var notDue = 0
  /// Of these, those that something deletes once its period has started, which nobody knows yet.
  package var startUnknown = 0
  /// A removal on request does not select them; whatever else becomes of them.
  package var notSelected = 0
  /// Messages and native bytes of what is due, with and without a review.
  package var items = 0
  package var bytes: Int64 = 0

  package init() {}

  /// Counts one conversation.
  package mutating func note(_ planned: PlannedConversation) {
    conversations += 1
    guard planned.isSelected else {
      notSelected += 1
      return
    }
    switch planned.outcome {
    case .due(let needsReview):
      if needsReview { review += 1 } else { due += 1 }
      items += planned.itemCount
      bytes += planned.byteCount
    case .held: held += 1
    case .inReviewSet: inReviewSets += 1
    case .retained: retained += 1
    case .notDue(.unknown):
      notDue += 1
      startUnknown += 1
    case .notDeleted, .notDue: notDue += 1
    }
    if planned.entryState == .simulated { simulated += 1 }
    if planned.entryState != nil, planned.formerPurgeAt != nil { nearer += 1 }
  }
}
