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

  /// The chosen items by conversation.
  ///
  /// - Throws: `StoreError` with `.notFound` naming all ids that the store does not know, or
  ///   `.ambiguous` with what an id fits.
  func selected(by searcher: Searcher, in store: Store) throws -> [ObjectID: Set<ObjectID>] {
    var selected: [ObjectID: Set<ObjectID>] = [:]
    switch self {
    case .question(let question):
      try searcher.forEachReference(question.node) { item in
        selected[item.conversationID, default: []].insert(item.id)
        return true
      }
    case .ids(let ids):
      var unknown: [String] = []
      for written in ids where !unknown.contains(written) {
        let id = written.hasPrefix("id:") ? String(written.dropFirst(3)) : written
        guard let found = try Self.items(bearing: id, searcher, store) else {
          unknown.append(written)
          continue
        }
        for item in found { selected[item.conversation, default: []].insert(item.item) }
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

  /// The item with an id, or all items of the conversation with it; nil where there is neither.
  private static func items(
    bearing id: String, _ searcher: Searcher, _ store: Store
  ) throws -> [(conversation: ObjectID, item: ObjectID)]? {
    let found = Set(
      try searcher.items(bearing: id).map { [$0.conversationID, $0.id] })
    if found.count > 1 {
      throw StoreError(
        .ambiguous, "\(found.count) items bear the id \(id); name one by its id of the store",
        objects: found.map { $0[1].text }.sorted())
    }
    if let item = found.first { return [(item[0], item[1])] }
    do {
      let record = try store.read { try $0.conversation(written: id) }
      var items: Set<ObjectID> = []
      try searcher.forEachVersion(of: record.id, partition: record.partition) { version in
        items.insert(version.id)
      }
      return items.map { (record.id, $0) }
    } catch let error as StoreError where error.code == .notFound {
      return nil
    }
  }
}
