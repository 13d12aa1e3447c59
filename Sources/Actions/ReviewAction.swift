// SPDX-License-Identifier: Apache-2.0
package import Model
package import Store

/// Freezes what is chosen into a review set, with context of each conversation.
package struct ReviewAction {
  /// How much of a conversation comes along, marked.
  package enum Context: Sendable, Equatable {
    case conversation
    /// So many items before and after each selected one, by position.
    case items(Int)
  }

  private let store: Store
  private let actor: AuditActor

  package init(store: Store, actor: AuditActor) {
    self.store = store
    self.actor = actor
  }

  /// Adds one load.
  ///
  /// - Parameters:
  ///   - choice: What is added.
  ///   - set: The set that gets it.
  ///   - context: What else of each conversation comes along.
  /// - Returns: The frozen load with its counts.
  /// - Throws: `StoreError`; an unfinished load is forgotten by the next one.
  package func add(
    _ choice: ReviewChoice, to set: ReviewSet, context: Context
  ) throws -> ReviewLoad {
    let lock = try store.lockJob("review-" + set.id.text, as: actor)
    return try withExtendedLifetime(lock) {
      try add(choice, to: set, context: context, target: store)
    }
  }

  /// Tells what ``add(_:to:context:)`` would add; writes nothing and takes no lock.
  package func rehearse(
    _ choice: ReviewChoice, to set: ReviewSet, context: Context
  ) throws -> ReviewLoad {
    try add(choice, to: set, context: context, target: store.rehearsal())
  }

  private func add(
    _ choice: ReviewChoice, to set: ReviewSet, context: Context, target: some ChangeTarget
  ) throws -> ReviewLoad {
    let searcher = try Searcher(store)
    let selected = try choice.selected(by: searcher, in: store)
    let load = try target.change(as: actor) {
      try $0.startLoad(choice.definition(now: store.now), into: set)
    }
    var batch: [ReviewItem] = []
    for conversation in selected.keys.sorted() {
      batch += try items(
        of: conversation, selected: selected[conversation] ?? [], context: context,
        searcher: searcher)
      if batch.count >= 5000 {
        try target.change(as: actor) { _ = try $0.addItems(batch, to: load, of: set) }
        batch = []
      }
    }
    return try target.change(as: actor) { change in
      if !batch.isEmpty { try change.addItems(batch, to: load, of: set) }
      return try change.freezeLoad(load, of: set)
    }
  }

  private func items(
    of conversation: ObjectID, selected: Set<ObjectID>, context: Context, searcher: Searcher
  ) throws -> [ReviewItem] {
    let place = try store.read { try $0.conversation(conversation) }
    // The newest version of each item; an item may have several rows.
    var newest: [ObjectID: StoredVersion] = [:]
    try searcher.forEachVersion(of: conversation, partition: place.partition) { version in
      if let known = newest[version.id],
        (known.version, known.conversationVersion)
          >= (version.version, version.conversationVersion)
      {
        return
      }
      newest[version.id] = version
    }
    let ordered = newest.values.sorted { ($0.position, $0.id) < ($1.position, $1.id) }
    let picks = ordered.indices.filter { selected.contains(ordered[$0].id) }
    return ordered.indices.compactMap { index in
      let item = ordered[index]
      let isSelected = selected.contains(item.id)
      if !isSelected, case .items(let count) = context,
        !picks.contains(where: { abs($0 - index) <= count })
      {
        return nil
      }
      return ReviewItem(
        conversation: place.key, item: item.id.text, version: item.version,
        conversationVersion: item.conversationVersion, isContext: !isSelected)
    }
  }
}
