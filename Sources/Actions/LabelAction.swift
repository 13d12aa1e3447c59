// SPDX-License-Identifier: Apache-2.0
package import Model
package import Retention
package import Store

/// Sets labels on conversations and takes them away, one decision a conversation.
package struct LabelAction {
  /// What would become of one conversation.
  package struct Effect: Sendable {
    package var record: ConversationRecord
    /// The label that it bears; nil when it bears none.
    package var before: LabelAssignment?
    /// Whether it bears the wanted label already, or none where one is to be taken away.
    package var isAlready: Bool
    /// Whether it becomes due earlier.
    package var isShortening: Bool
  }

  private let store: Store
  private let actor: AuditActor
  private let batchDuration: Duration

  /// Prepares changes of labels.
  ///
  /// - Parameters:
  ///   - store: The store.
  ///   - actor: Who changes them.
  ///   - batchDuration: After which a batch under the write lock leaves the rest to the next one.
  package init(
    store: Store, actor: AuditActor, batchDuration: Duration = Change.batchDuration
  ) {
    self.store = store
    self.actor = actor
    self.batchDuration = batchDuration
  }

  /// What setting a label, or taking it away, means for each conversation.
  ///
  /// - Parameters:
  ///   - label: The label.
  ///   - isSet: Whether it is to be set; else it is to be taken away where it is borne.
  ///   - conversations: The conversations, by row.
  /// - Returns: One effect each, in their order; none for a conversation that was purged.
  /// - Throws: `StoreError` when the store cannot be read.
  package func effects(
    of label: PolicyRecord, isSet: Bool, on conversations: [Int64]
  ) throws -> [Effect] {
    let searcher = try Searcher(store)
    return try store.read { catalog in
      let situation = try catalog.retentionSituation()
      return try conversations.compactMap { key in
        try effect(of: label, isSet: isSet, on: key, searcher, catalog, situation)
      }
    }
  }

  /// Sets a label or takes it away.
  ///
  /// - Parameters:
  ///   - label: The label.
  ///   - isSet: Whether it is to be set.
  ///   - effects: What was shown and confirmed.
  ///   - isRehearsed: Whether nothing is to be written.
  ///   - reason: Why.
  /// - Returns: How many conversations were changed.
  /// - Throws: `StoreError` with `.stale` when a conversation would now become due earlier that was
  ///   not shown so, `.denied` where a lock forbids it.
  package func apply(
    _ label: PolicyRecord, isSet: Bool, _ effects: [Effect], isRehearsed: Bool, reason: String
  ) throws -> Int {
    let searcher = try Searcher(store)
    var count = 0
    var rest = effects.filter { !$0.isAlready }[...]
    let target: any ChangeTarget = isRehearsed ? try store.rehearsal() : store
    while !rest.isEmpty {
      let batch = rest
      let done = try target.change(as: actor) { change in
        try apply(label, isSet: isSet, batch, searcher, change, reason: reason)
      }
      count += done.changed
      rest = rest.dropFirst(done.judged)
      if !rest.isEmpty, !isRehearsed { letOthersWrite() }
    }
    return count
  }

  /// Changes the first of some conversations, as many as there is time for.
  private func apply(
    _ label: PolicyRecord, isSet: Bool, _ batch: ArraySlice<Effect>, _ searcher: Searcher,
    _ change: Change, reason: String
  ) throws -> (judged: Int, changed: Int) {
    let end = ContinuousClock.now + batchDuration
    let current = try change.catalog.policy(label.id.text)
    let situation = try change.catalog.retentionSituation()
    var (judged, changed) = (0, 0)
    for shown in batch {
      if judged > 0, .now >= end { break }
      judged += 1
      let effect = try effect(
        of: current, isSet: isSet, on: shown.record.key, searcher, change.catalog, situation)
      guard let effect, !effect.isAlready else { continue }
      guard shown.isShortening || !effect.isShortening else {
        throw StoreError(
          .stale, "\(effect.record.id) would now become due earlier; run it again",
          objects: [effect.record.id.text])
      }
      if isSet {
        try change.setLabel(
          label, on: effect.record, isShortening: effect.isShortening, reason: reason)
      } else {
        try change.removeLabel(
          from: effect.record, isShortening: effect.isShortening, reason: reason)
      }
      changed += 1
    }
    return (judged, changed)
  }

  private func effect(
    of label: PolicyRecord, isSet: Bool, on key: Int64, _ searcher: Searcher, _ catalog: Catalog,
    _ situation: RetentionSituation
  ) throws -> Effect? {
    guard let record = try catalog.conversationIfPresent(key: key) else { return nil }
    let before = try catalog.label(of: key)
    let bears = before?.policy == label.id
    var effect = Effect(
      record: record, before: before, isAlready: bears == isSet, isShortening: false)
    guard !effect.isAlready else { return effect }
    let old = try searcher.decision(on: record, in: catalog, situation)
    let wanted = isSet ? AssignedLabel(policy: label.id, since: catalog.now) : nil
    let new = try searcher.decision(on: record, in: catalog, situation, label: .instead(wanted))
    effect.isShortening = new.isEarlier(than: old)
    return effect
  }
}

extension RetentionDecision {
  /// Whether it lets a conversation go earlier than another decision on it: it falls due earlier, is
  /// retained for less long, or goes without the review that it had to wait for.
  package func isEarlier(than other: RetentionDecision) -> Bool {
    let never = RetentionDate.never
    if (purgeAt ?? never) < (other.purgeAt ?? never) { return true }
    if !other.reviewers.isEmpty, reviewers.isEmpty, (purgeAt ?? never) < never { return true }
    guard let kept = other.retainUntil, !kept.isReached(at: now) else { return false }
    guard let until = retainUntil else { return true }
    return until < kept
  }
}
