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
    let before = try store.read { try $0.retentionSituation() }
    // Where nothing deletes, nothing falls due, and what asks for no persons does not see the change;
    // holds do: they protect what is nobody's.
    let rules = before.rules.filter { $0.mode == .on }
    guard rules.contains(where: { $0.action != .retain }),
      rules.contains(where: \.asksForPersons) || !before.holds.rules.rules.isEmpty
    else { return }
    let rehearsal = try store.rehearsal()
    let others = try rehearsal.change(as: actor, change)
    var keys: Set<Int64> = []
    for custodian in custodians {
      keys.formUnion(try store.read { try $0.conversationKeys(of: custodian) })
    }
    for custodian in custodians + others {
      keys.formUnion(try rehearsal.read { try $0.conversationKeys(of: custodian) })
    }
    let after = try rehearsal.read { try $0.retentionSituation() }
    let searcher = try Searcher(store)
    for key in keys.sorted() {
      let old = try store.read { catalog in
        try searcher.decision(on: catalog.conversation(key: key), in: catalog, before)
      }
      let (id, new) = try rehearsal.read { catalog in
        let record = try catalog.conversation(key: key)
        return (record.id, try searcher.decision(on: record, in: catalog, after))
      }
      let isLetGo = !old.holds.isEmpty && new.holds.isEmpty && new.purgeAt != nil
      if isLetGo || new.isEarlier(than: old) { try body(id) }
    }
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
