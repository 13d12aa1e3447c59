// SPDX-License-Identifier: Apache-2.0
package import Model
import Retention
package import Store

/// What a change of the directory makes due earlier (holds-and-retention section 3.1).
package struct DueCheck {
  private let store: Store

  package init(store: Store) {
    self.store = store
  }

  /// Gives each conversation of persons that falls due earlier, or is retained for less long, after a
  /// change of the directory.
  ///
  /// The change is tried on a copy that is forgotten.
  ///
  /// - Parameters:
  ///   - custodians: Whom the change concerns.
  ///   - actor: Who would make it.
  ///   - change: What would be changed; gives those whom it concerns besides, such as somebody new.
  ///   - body: Gets one conversation after the other.
  /// - Throws: `StoreError` when the store cannot be read; what the change or the body throws.
  package func forEachDueEarlier(
    of custodians: [Custodian], as actor: AuditActor, by change: (Change) throws -> [Custodian],
    _ body: (ObjectID) throws -> Void
  ) throws {
    guard try store.read({ try $0.retentionSituation() }).mayMakeDue else { return }
    try store.rehearse(as: actor) { rehearsal in
      try forEachDueEarlier(of: custodians, in: rehearsal, by: change, body)
    }
  }

  /// Gives the same where the change is made, in a transaction that has not committed yet.
  ///
  /// - Parameters:
  ///   - custodians: Whom the change concerns.
  ///   - transaction: The transaction, in which nothing was changed so far.
  ///   - change: What is changed; gives those whom it concerns besides.
  ///   - body: Gets one conversation after the other; a throw undoes the change.
  /// - Throws: `StoreError` when the store cannot be read; what the change or the body throws.
  package func forEachDueEarlier(
    of custodians: [Custodian], in transaction: Change,
    by change: (Change) throws -> [Custodian], _ body: (ObjectID) throws -> Void
  ) throws {
    // Others read the state before the transaction until it commits.
    let before = try store.read { try $0.retentionSituation() }
    let others = try change(transaction)
    guard before.mayMakeDue else { return }
    let catalog = transaction.catalog
    var keys: Set<Int64> = []
    for custodian in custodians {
      keys.formUnion(try store.read { try $0.conversationKeys(of: custodian) })
    }
    for custodian in custodians + others {
      keys.formUnion(try catalog.conversationKeys(of: custodian))
    }
    let after = try catalog.retentionSituation()
    let searcher = try Searcher(store)
    for key in keys.sorted() {
      let old = try store.read { catalog in
        try catalog.conversationIfPresent(key: key).map {
          try searcher.decision(on: $0, in: catalog, before)
        }
      }
      // A run of a plan may have removed it since the change was tried.
      guard let old, let record = try catalog.conversationIfPresent(key: key) else { continue }
      let new = try searcher.decision(on: record, in: catalog, after)
      let isLetGo = !old.holds.isEmpty && new.holds.isEmpty && new.purgeAt != nil
      if isLetGo || new.isEarlier(than: old) { try body(record.id) }
    }
  }
}

extension RetentionSituation {
  /// Whether a change of the directory can make anything due earlier.
  ///
  /// Where nothing deletes, nothing falls due, and what asks for no persons does not see the change;
  /// holds do: they protect what is nobody's.
  fileprivate var mayMakeDue: Bool {
    let rules = rules.filter { $0.mode == .on }
    return rules.contains { $0.action != .retain }
      && (rules.contains(where: \.asksForPersons) || !holds.rules.rules.isEmpty)
  }
}

extension PolicyRule {
  /// Whether it may judge a conversation otherwise when it is somebody else's.
  fileprivate var asksForPersons: Bool {
    condition != .everything
      || [retainScope, deleteScope].contains {
        $0.included.namesPersons || $0.excluded.namesPersons
      }
  }
}
