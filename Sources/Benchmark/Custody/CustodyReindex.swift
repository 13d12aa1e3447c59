// SPDX-License-Identifier: Apache-2.0
import Model
import Store

/// What building the index of the whole store anew costs.
enum CustodyReindex {
  /// Builds the index of a copy of the store from its texts, and removes the copy.
  ///
  /// - Parameter place: With the store.
  /// - Returns: How long it took, and the processor's seconds.
  /// - Throws: `CorpusError` or `StoreError`.
  static func run(_ place: Workplace) throws -> (duration: Duration, processorSeconds: Double) {
    try place.withChangedStore(for: "reindex") { store, actor in
      let before = processorTime()
      let (duration, count) = try timed {
        try ContentReindexer(store, actor: actor).reindex { _, _ in }
      }
      let used = processorTime() - before
      guard count > 0 else { throw CorpusError("there is no index to build anew") }
      return (duration, used)
    }
  }
}
