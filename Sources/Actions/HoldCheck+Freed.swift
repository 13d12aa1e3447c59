// SPDX-License-Identifier: Apache-2.0
package import Model
import Retention
package import Store

/// What changes of holds and persons let go (holds-and-retention section 2.2).
extension HoldCheck {
  /// What becomes of each conversation that holds protect now and would not protect after a change of
  /// the directory, once the cool-down has passed.
  ///
  /// The change is tried on a copy that is forgotten.
  ///
  /// - Parameters:
  ///   - custodian: Whom the change concerns.
  ///   - actor: Who would make it.
  ///   - coolDown: In ticks, not negative, from now on.
  ///   - change: What would be changed.
  ///   - body: Gets one conversation after the other.
  /// - Throws: `StoreError` when the store cannot be read; what the change or the body throws.
  package func forEachFreed(
    from custodian: Custodian, as actor: AuditActor, coolDown: Int64 = Change.defaultCoolDown,
    by change: (Change) throws -> Void, _ body: (Released) throws -> Void
  ) throws {
    try store.rehearse(as: actor) { rehearsal in
      try forEachFreed(from: custodian, in: rehearsal, coolDown: coolDown, by: change, body)
    }
  }

  /// Gives the same where the change is made, in a transaction that has not committed yet.
  ///
  /// - Parameters:
  ///   - custodian: Whom the change concerns.
  ///   - transaction: The transaction, in which nothing was changed so far.
  ///   - coolDown: In ticks, not negative, from now on.
  ///   - change: What is changed.
  ///   - body: Gets one conversation after the other; a throw undoes the change.
  /// - Throws: `StoreError` when the store cannot be read; what the change or the body throws.
  package func forEachFreed(
    from custodian: Custodian, in transaction: Change, coolDown: Int64 = Change.defaultCoolDown,
    by change: (Change) throws -> Void, _ body: (Released) throws -> Void
  ) throws {
    let searcher = try Searcher(store)
    let catalog = transaction.catalog
    let end = Instant(ticks: transaction.now.ticks + coolDown)
    let before = try catalog.asOf(end).holdSituation()
    var held: [ConversationRecord] = []
    if !before.rules.rules.isEmpty {
      var keys = Set(try catalog.conversationKeys(of: custodian))
      for key in keys { keys.formUnion(try catalog.certainTwins(of: key)) }
      for key in keys.sorted() {
        let record = try catalog.conversation(key: key)
        let found = try searcher.protections(of: record, in: catalog, before)
        if !found.isEmpty { held.append(record) }
      }
    }
    try change(transaction)
    guard !held.isEmpty else { return }
    let after = try catalog.asOf(end).holdSituation()
    for record in held
    where try searcher.protections(of: record, in: catalog, after).isEmpty {
      let sets = try catalog.reviewSets(keeping: record.key)
      try body(
        Released(conversation: record.id, heldUntil: end, isInReviewSet: !sets.isEmpty))
    }
  }

  /// What becomes of each conversation that holds protect without an end now, and would not any more
  /// after a change of these holds.
  ///
  /// The change is tried on a copy that is forgotten.
  ///
  /// - Parameters:
  ///   - holds: The holds that the change concerns.
  ///   - actor: Who would make it.
  ///   - change: What would be changed.
  ///   - body: Gets one conversation after the other.
  /// - Throws: `StoreError` when the store cannot be read; what the change or the body throws.
  package func forEachFreed(
    from holds: [HoldRecord], as actor: AuditActor, by change: (Change) throws -> Void,
    _ body: (Released) throws -> Void
  ) throws {
    try store.rehearse(as: actor) { rehearsal in
      try forEachFreed(from: holds, in: rehearsal, by: change, body)
    }
  }

  /// Gives the same where the change is made, in a transaction that has not committed yet.
  ///
  /// - Parameters:
  ///   - holds: The holds that the change concerns.
  ///   - transaction: The transaction, in which nothing was changed so far.
  ///   - change: What is changed.
  ///   - body: Gets one conversation after the other; a throw undoes the change.
  /// - Throws: `StoreError` when the store cannot be read; what the change or the body throws.
  package func forEachFreed(
    from holds: [HoldRecord], in transaction: Change, by change: (Change) throws -> Void,
    _ body: (Released) throws -> Void
  ) throws {
    let ids = Set(holds.map(\.id))
    let standsFast: (Protection) -> Bool = { $0.until == nil && ids.contains($0.hold) }
    let searcher = try Searcher(store)
    let catalog = transaction.catalog
    let before = try catalog.holdSituation { $0.protectsUntil == nil && ids.contains($0.hold) }
    try change(transaction)
    guard !before.rules.rules.isEmpty else { return }
    let after = try catalog.holdSituation()
    for key in try catalog.conversationKeys() {
      let record = try catalog.conversation(key: key)
      if try searcher.protections(of: record, in: catalog, before).isEmpty { continue }
      let left = try searcher.protections(of: record, in: catalog, after)
      if left.contains(where: standsFast) { continue }
      let isHeld = left.contains { $0.until == nil }
      let sets = try catalog.reviewSets(keeping: key)
      try body(
        Released(
          conversation: record.id,
          heldUntil: isHeld ? nil : left.compactMap(\.until).max() ?? transaction.now,
          isInReviewSet: !sets.isEmpty))
    }
  }
}
