// SPDX-License-Identifier: Apache-2.0
import Model
import Store

/// What is added to a review set.
package enum ReviewChoice: Sendable {
  /// What a question selects.
  case question(Question)
  /// Items picked by hand; the id of a conversation stands for all of its items.
  case ids([String])

  /// What the load records of it.
  func definition(now: Instant) -> SearchDefinition {
    switch self {
    case .question(let question): question.definition
    case .ids:
      // Which items they are is what the load itself lists.
      SearchDefinition(
        query: "", normalForm: "", dialect: "ids", scope: Scope(everyone: true), asOf: now)
    }
  }

  /// The chosen items.
  ///
  /// - Throws: `StoreError` with `.notFound` naming all ids that the store does not know, or
  ///   `.ambiguous` with what an id fits.
  func selected(by searcher: Searcher, in store: Store) throws -> SelectedItems {
    var selected = SelectedItems()
    switch self {
    case .question(let question): try searcher.select(question.node, into: &selected)
    case .ids(let ids):
      var unknown: [String] = []
      for written in ids {
        let id = written.hasPrefix("id:") ? String(written.dropFirst(3)) : written
        if try !Self.select(id, searcher, store, into: &selected), !unknown.contains(written) {
          unknown.append(written)
        }
      }
      guard unknown.isEmpty else {
        throw StoreError(
          .notFound,
          "\(unknown.count) of \(ids.count) ids are not in the store, so nothing was added; "
            + "correct the list", objects: unknown)
      }
    }
    return selected
  }

  /// Selects the item with an id, or all items of the conversation with it; false where there is
  /// neither.
  private static func select(
    _ id: String, _ searcher: Searcher, _ store: Store, into selected: inout SelectedItems
  ) throws -> Bool {
    let found = try searcher.items(bearing: id)
    if Set(found.map { [$0.conversationID, $0.id] }).count > 1 {
      throw StoreError(
        .ambiguous, "\(found.count) items bear the id \(id); name one by its id of the store",
        objects: found.map(\.id.text).sorted())
    }
    if let item = found.first {
      try searcher.select(item, into: &selected)
      return true
    }
    do {
      let record = try store.read { try $0.conversation(written: id) }
      try searcher.select(conversation: record.id, partition: record.partition, into: &selected)
      return true
    } catch let error as StoreError where error.code == .notFound {
      return false
    }
  }
}
