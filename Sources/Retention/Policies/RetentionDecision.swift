// SPDX-License-Identifier: Apache-2.0
package import Model

/// When something ends or falls due.
package enum RetentionDate: Hashable, Sendable, Comparable {
  case at(Instant)
  /// Its period has not started: later than any known time.
  case unknown
  case never

  /// The time; nil where there is none.
  package var instant: Instant? {
    if case .at(let instant) = self { instant } else { nil }
  }

  /// Whether it lies in the past or is reached.
  package func isReached(at now: Instant) -> Bool {
    if case .at(let instant) = self { instant <= now } else { false }
  }

  /// As the end of what is kept, in words.
  package var untilText: String {
    switch self {
    case .at(let instant): "until \(instant.rfc3339)"
    case .unknown: "until its period has started and passed"
    case .never: "forever"
    }
  }

  /// In words.
  package var text: String {
    switch self {
    case .at(let instant): instant.rfc3339
    case .unknown: "not known: its period has not started"
    case .never: "never"
    }
  }
}

/// What one policy or label asks of a conversation.
package struct AppliedSetting: Hashable, Sendable {
  package var rule: PolicyRule
  /// When its period began; nil when that is not known or has not happened.
  package var startsAt: Instant?
  /// Until when it keeps the conversation; nil when it keeps nothing.
  package var retainsUntil: RetentionDate?
  /// When it deletes the conversation; nil when it deletes nothing.
  package var deletesAt: RetentionDate?
  /// Why it is not certain that it applies; then what retains counts and what deletes does not.
  package var grounds: [PolicyGround]
  /// Whether it is certain that it applies.
  package var fits: Bool
  /// Whether it is a label that is not set yet.
  package var isPending: Bool
}

/// A review set of an open case that keeps a conversation.
package struct KeepingReviewSet: Hashable, Sendable {
  package var set: ObjectID
  package var name: String
  package var matter: ObjectID
  package var matterName: String

  package init(set: ObjectID, name: String, matter: ObjectID, matterName: String) {
    self.set = set
    self.name = name
    self.matter = matter
    self.matterName = matterName
  }
}

/// What settings decide when to delete (holds-and-retention section 3.2, principle 3).
package enum DeletionTier: Int, Hashable, Sendable, Comparable {
  /// A policy for everyone.
  case implicit
  /// A policy whose scope names something.
  case explicit
  case label
  /// A removal on request.
  case request

  package static func < (left: DeletionTier, right: DeletionTier) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// What becomes of a conversation.
package enum RetentionOutcome: Hashable, Sendable {
  /// A legal hold protects it.
  case held
  /// A review set of an open case keeps it.
  case inReviewSet
  /// A policy or label keeps it.
  case retained(until: RetentionDate)
  /// Nothing deletes it by itself.
  case notDeleted
  /// It falls due later, or when a period has started.
  case notDue(RetentionDate)
  /// It may be purged now; with a review only after a named reviewer approved the plan.
  case due(needsReview: Bool)

  /// The word for it in machine output.
  package var name: String {
    switch self {
    case .held: "held"
    case .inReviewSet: "in-review-set"
    case .retained: "retained"
    case .notDeleted: "not-deleted"
    case .notDue: "not-due"
    case .due(let needsReview): needsReview ? "due-after-review" : "due"
    }
  }
}

/// What becomes of a conversation, and all that led there.
package struct RetentionDecision: Hashable, Sendable {
  package var outcome: RetentionOutcome
  /// When the decision was taken, or the time that it is asked for.
  package var now: Instant
  /// Principle 0.
  package var holds: [Protection]
  package var reviewSets: [KeepingReviewSet]
  /// What counts, in the order of the rules.
  package var settings: [AppliedSetting]
  /// The latest of all retain dates; nil when nothing retains.
  package var retainUntil: RetentionDate?
  /// The date of the chosen deletion; nil when nothing deletes.
  package var deleteAt: RetentionDate?
  /// The later of both; nil when nothing deletes.
  package var purgeAt: RetentionDate?
  /// Which kind of setting decided when to delete; nil when nothing deletes.
  package var tier: DeletionTier?
  /// The settings that decided the dates, by their place in `settings`.
  package var deciding: [Int]
  /// Those of the settings that delete, and of those that put it off, that demand a review, by their
  /// place in `settings`.
  package var reviewers: [Int] = []
  /// The reason of a removal on request.
  package var request: RemovalRequest?

  /// Whether it may be purged now, with or without a review.
  package var isDue: Bool { if case .due = outcome { true } else { false } }

  /// The ids of the policies and labels that decided.
  package var decidingPolicies: [ObjectID] { deciding.map { settings[$0].rule.policy } }
}
