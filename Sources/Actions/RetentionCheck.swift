// SPDX-License-Identifier: Apache-2.0
package import Model
package import Retention
package import Store

/// Decides the fate of single conversations on the stored records.
package struct RetentionCheck {
  private let store: Store

  package init(store: Store) {
    self.store = store
  }

  /// The fate of one conversation.
  ///
  /// - Parameters:
  ///   - record: The conversation.
  ///   - time: When it is decided; nil: now.
  ///   - modes: Which policies count.
  /// - Returns: The decision with all that led there.
  /// - Throws: `StoreError` when the store cannot be read.
  package func decision(
    on record: ConversationRecord, asOf time: Instant? = nil, modes: Set<PolicyMode> = [.on]
  ) throws -> RetentionDecision {
    let searcher = try Searcher(store)
    return try store.read { catalog in
      let catalog = time.map(catalog.asOf) ?? catalog
      return try searcher.decision(
        on: record, in: catalog, catalog.retentionSituation(), modes: modes)
    }
  }
}
