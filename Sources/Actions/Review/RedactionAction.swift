// SPDX-License-Identifier: Apache-2.0
package import Model
import Query
package import Store

/// Blacks out parts of the items of a set, for every export that is made of it.
package struct RedactionAction {
  // A query finds items of one conversation among those of others: so many wait for each other, since a
  // conversation is read whole each time. Places are written down so many at a time.
  private static let itemCount = 20_000
  private static let placeCount = 2_000

  private let store: Store
  private let actor: AuditActor
  private let set: ReviewSet

  package init(store: Store, actor: AuditActor, set: ReviewSet) {
    self.store = store
    self.actor = actor
    self.set = set
  }

  /// Finds what is to be blacked out in chosen items and puts it on record.
  ///
  /// Words that are looked for vanish from titles and project names of the items' conversations, too.
  ///
  /// - Parameters:
  ///   - target: What.
  ///   - choice: In which items.
  ///   - reason: Why.
  ///   - basis: The basis in words, for the redaction log.
  ///   - isRehearsed: Whether nothing is to be written.
  /// - Returns: The act; its counts are those of places, not of items.
  /// - Throws: `StoreError`.
  package func run(
    _ target: RedactionTarget, on choice: MemberChoice, reason: RedactionReason, basis: String,
    isRehearsed: Bool
  ) throws -> Coding {
    if case .terms(let question) = target, HitFinder(question.node).isEmpty {
      throw StoreError(.usage, "the query has no words that could be blacked out")
    }
    guard !isRehearsed else {
      return try run(
        target, choice, reason, basis, target: store.rehearsal())
    }
    let lock = try store.lockJob("review-" + set.id.text, as: actor)
    return try withExtendedLifetime(lock) {
      try run(target, choice, reason, basis, target: store)
    }
  }

  private func run(
    _ what: RedactionTarget, _ choice: MemberChoice, _ reason: RedactionReason, _ basis: String,
    target: some ChangeTarget
  ) throws -> Coding {
    let asked: JSONValue = [
      "choice": choice.json, "redact": what.json, "reason": .string(reason.rawValue),
    ]
    let finder = RedactionFinder(what)
    let reader = try FrozenReader(store, set)
    var coding: Coding?
    func write(_ places: [RedactionPlace]) throws {
      let act =
        try coding
        ?? target.change(as: actor) {
          try $0.startCoding(.redact, of: set, asked: asked, reason: basis)
        }
      coding = act
      // The same title is found with each part of its conversation's items: known places count once.
      try target.change(as: actor) {
        _ = try $0.redact(places, reason: reason, basis: basis, by: act, of: set)
      }
    }
    func redact(_ items: [ReviewItem]) throws {
      var places: [RedactionPlace] = []
      let chosen = Dictionary(grouping: items, by: \.conversation)
      var batches = FrozenBatches(chosen.keys.sorted(), reader)
      while let batch = try batches.next() {
        for conversation in batch {
          let ids = Set(chosen[conversation.record.key]?.map(\.item) ?? [])
          let parts = try conversation.parts(keepsRepeats: true)
          let isOfChosen = parts.contains { $0.items.values.contains { ids.contains($0.item) } }
          for part in parts {
            places += try finder.places(
              in: part, chosen: ids, isOfChosen: isOfChosen, conversation: conversation.record.key)
          }
          if places.count >= Self.placeCount {
            try write(places)
            places.removeAll()
          }
        }
      }
      try write(places)
    }
    var waiting: [ReviewItem] = []
    try choice.forEachBatch(of: set, in: store) { items in
      waiting += items
      if waiting.count >= Self.itemCount {
        try redact(waiting)
        waiting.removeAll(keepingCapacity: true)
      }
    }
    if !waiting.isEmpty { try redact(waiting) }
    return try target.change(as: actor) { change in
      let act = try coding ?? change.startCoding(.redact, of: set, asked: asked, reason: basis)
      return try change.finishCoding(act, of: set)
    }
  }
}
