// SPDX-License-Identifier: Apache-2.0
package import Model
package import Store

/// Freezes what is chosen into a review set, with context of each conversation.
package struct ReviewAction {
  /// How much of a conversation comes along, marked.
  package enum Context: Sendable, Equatable {
    case conversation
    /// The whole conversation, selected as a whole and not as context.
    case selected
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
  ///   - onPurged: Gets each conversation that was found and purged before it could be added.
  /// - Returns: The frozen load with its counts.
  /// - Throws: `StoreError`; an unfinished load is forgotten by the next one.
  package func add(
    _ choice: ReviewChoice, to set: ReviewSet, context: Context,
    onPurged: (ObjectID) -> Void = { _ in }
  ) throws -> ReviewLoad {
    let lock = try store.lockJob("review-" + set.id.text, as: actor)
    return try withExtendedLifetime(lock) {
      try add(choice, to: set, context: context, target: store, onPurged)
    }
  }

  /// Tells what ``add(_:to:context:)`` would add; writes nothing and takes no lock.
  package func rehearse(
    _ choice: ReviewChoice, to set: ReviewSet, context: Context
  ) throws -> ReviewLoad {
    try add(choice, to: set, context: context, target: store.rehearsal()) { _ in }
  }

  /// Deletes a set that never held an item.
  ///
  /// - Parameters:
  ///   - set: The set.
  ///   - reason: Why, for the audit log.
  ///   - isRehearsed: Whether nothing is to be written.
  /// - Throws: `StoreError` with `.denied` where something of it is on record.
  package func delete(_ set: ReviewSet, reason: String, isRehearsed: Bool) throws {
    guard !isRehearsed else {
      return try store.rehearsal().change(as: actor) {
        try $0.deleteReviewSet(set, reason: reason)
      }
    }
    let lock = try store.lockJob("review-" + set.id.text, as: actor)
    try withExtendedLifetime(lock) {
      try store.change(as: actor) { try $0.deleteReviewSet(set, reason: reason) }
    }
  }

  private func add(
    _ choice: ReviewChoice, to set: ReviewSet, context: Context, target: some ChangeTarget,
    _ onPurged: (ObjectID) -> Void
  ) throws -> ReviewLoad {
    let searcher = try Searcher(store)
    let selected = try choice.selected(by: searcher, in: store)
    let load = try target.change(as: actor) {
      try $0.startLoad(choice.definition(now: store.now), into: set)
    }
    var batch: [ReviewItem] = []
    var ids: [Int64: ObjectID] = [:]
    var passedOver = 0
    func flush() throws {
      let purged = try target.change(as: actor) {
        try $0.addItems(batch, to: load, of: set, passedOver: passedOver).purged
      }
      for key in purged.sorted() { if let id = ids[key] { onPurged(id) } }
      batch.removeAll(keepingCapacity: true)
      ids = [:]
      passedOver = 0
    }
    try searcher.forEachConversation(of: selected) { conversation, items in
      // What a run of a plan removed meanwhile is not there to be kept.
      guard let place = try store.read({ try $0.conversationIfPresent(conversation) }) else {
        onPurged(conversation)
        passedOver += 1
        return
      }
      ids[place.key] = conversation
      batch += chosen(items, of: place.key, context: context)
      if batch.count >= 5000 { try flush() }
    }
    if !batch.isEmpty || passedOver > 0 { try flush() }
    return try target.change(as: actor) { try $0.freezeLoad(load, of: set) }
  }

  private func chosen(
    _ items: [ConversationItem], of conversation: Int64, context: Context
  ) -> [ReviewItem] {
    // How far each item is from the nearest selected one.
    var distances = Array(repeating: Int.max, count: items.count)
    for order in [Array(items.indices), items.indices.reversed()] {
      var last: Int?
      for index in order {
        if items[index].isSelected { last = index }
        if let last { distances[index] = min(distances[index], abs(index - last)) }
      }
    }
    return items.indices.compactMap { index in
      let item = items[index]
      if case .items(let count) = context, distances[index] > count { return nil }
      return ReviewItem(
        conversation: conversation, item: item.id.text, version: item.version,
        conversationVersion: item.conversationVersion,
        isContext: !item.isSelected && context != .selected)
    }
  }
}
