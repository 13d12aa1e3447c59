// SPDX-License-Identifier: Apache-2.0
package import Model
package import Store

/// What a person was told that a change lets go, and agreed to (holds-and-retention section 2.2).
///
/// While the question stands, others may let go what was to keep the same conversations, having been
/// told that this keeps them. So the change looks again, inside its own transaction.
package struct ReleaseConsent {
  /// What lets go.
  package enum Subject: Sendable {
    /// Holds that are released or worded anew.
    case holds([HoldRecord])
    /// A person who loses identities.
    case person(Custodian)
    /// A case that is closed, with the active holds that are released with it.
    case closing(MatterRecord, releasing: [HoldRecord])
  }

  private let subject: Subject
  private let told: [ObjectID: HoldCheck.Released]
  private let head: AuditHead
  private let store: Store

  /// Takes down what was told.
  ///
  /// - Parameters:
  ///   - subject: What lets go.
  ///   - told: What was told to become deletable, by conversation.
  ///   - head: How far the audit log reached before anything was looked at.
  ///   - store: The store.
  package init(
    to subject: Subject, told: [ObjectID: HoldCheck.Released], since head: AuditHead, store: Store
  ) {
    self.subject = subject
    self.told = told
    self.head = head
    self.store = store
  }

  /// Makes the change, where it still lets nothing go but what was told, and nothing sooner.
  ///
  /// Where nothing else was changed since, that needs no second look.
  ///
  /// - Parameters:
  ///   - change: The transaction that it is made in, in which nothing was changed so far.
  ///   - make: What is changed.
  /// - Returns: What `make` gives.
  /// - Throws: `StoreError` with `.stale` for a conversation that was not told of; what `make` throws.
  package func make<Result>(
    in change: Change, _ make: (Change) throws -> Result
  ) throws -> Result {
    guard try change.catalog.auditHead() != head else { return try make(change) }
    let check = HoldCheck(store: store)
    var result: Result?
    let making = { (change: Change) in result = try make(change) }
    switch subject {
    case .holds(let holds):
      try check.forEachFreed(from: holds, in: change, by: making, requireTold)
    case .person(let custodian):
      try check.forEachFreed(from: custodian, in: change, by: making, requireTold)
    case .closing(let matter, let holds):
      let kept = try change.catalog.conversationKeys(keptBySetsOf: matter)
      try check.forEachFreed(from: holds, in: change, by: making, requireTold)
      try check.requireKept(kept, besides: Set(told.keys), in: change.catalog)
    }
    guard let result else { throw StoreError(.failure, "the change was not made") }
    return result
  }

  private func requireTold(_ released: HoldCheck.Released) throws {
    // Another hold goes on protecting it.
    guard let until = released.heldUntil else { return }
    if let known = told[released.conversation], let end = known.heldUntil, until >= end,
      released.isInReviewSet || !known.isInReviewSet
    {
      return
    }
    throw StoreError(
      .stale,
      "\(released.conversation) would now become deletable otherwise than was shown; run it again",
      objects: [released.conversation.text])
  }
}
