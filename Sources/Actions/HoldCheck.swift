// SPDX-License-Identifier: Apache-2.0
import Model
package import Retention
package import Store

/// What holds cover now, decided on the stored records.
package struct HoldCheck {
  /// What one hold covers.
  package struct Coverage: Sendable {
    package var hold: HoldRecord
    package var conversations = 0
    /// Those that are held only because something of them is not known.
    package var uncertain = 0
  }

  private let store: Store

  package init(store: Store) {
    self.store = store
  }

  /// The holds that protect one conversation.
  ///
  /// - Throws: `StoreError` when the store cannot be read.
  package func protections(of record: ConversationRecord) throws -> [Protection] {
    let (rules, facts, now) = try store.read { catalog in
      (try catalog.holdRules(), try catalog.unitFacts(of: record.key), catalog.now)
    }
    return try Searcher(store).protections(of: record, facts: facts, rules: rules, at: now)
  }

  /// What each hold in force covers.
  ///
  /// - Throws: `StoreError` when the store cannot be read.
  package func coverage() throws -> [Coverage] {
    let (rules, holds, keys, now) = try store.read { catalog in
      (
        try catalog.holdRules(), try catalog.holds().filter { $0.state != .released },
        try catalog.conversationKeys(), catalog.now
      )
    }
    var coverage = holds.map { Coverage(hold: $0) }
    guard !coverage.isEmpty else { return [] }
    let searcher = try Searcher(store)
    for key in keys {
      let (record, facts) = try store.read { catalog in
        (try catalog.conversation(key: key), try catalog.unitFacts(of: key))
      }
      let found = try searcher.protections(of: record, facts: facts, rules: rules, at: now)
      for index in coverage.indices {
        let own = found.filter { $0.hold == coverage[index].hold.id }
        guard !own.isEmpty else { continue }
        coverage[index].conversations += 1
        if !own.contains(where: \.isCertain) { coverage[index].uncertain += 1 }
      }
    }
    return coverage
  }
}
