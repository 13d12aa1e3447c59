// SPDX-License-Identifier: Apache-2.0
package import Model
package import Store

/// Codes the items of a review set, each act on record and to be taken back.
package struct CodingAction {
  private let store: Store
  private let actor: AuditActor
  private let set: ReviewSet

  package init(store: Store, actor: AuditActor, set: ReviewSet) {
    self.store = store
    self.actor = actor
    self.set = set
  }

  /// Sets and clears tags, adds a note, or takes items out of the set.
  ///
  /// - Parameters:
  ///   - kind: What the act is called.
  ///   - edit: What becomes of the items.
  ///   - choice: Which items.
  ///   - reason: Why, for the audit log.
  ///   - agreed: Where items are taken out: the conversations that were told to be let go by it.
  ///   - isRehearsed: Whether nothing is to be written.
  /// - Returns: The act with its counts.
  /// - Throws: `StoreError`, with `.stale` where another conversation would be let go; what was done
  ///   before then stays, as an act that was stopped.
  package func run(
    _ kind: CodingKind, _ edit: ItemEdit, on choice: MemberChoice, reason: String,
    agreed: Set<ObjectID> = [], isRehearsed: Bool
  ) throws -> Coding {
    try edit.check()
    return try changing(isRehearsed) { target in
      let asked: JSONValue = ["choice": choice.json, "edit": edit.json]
      var coding: Coding?
      // Ids that are not in the set stop it before anything is written.
      try choice.forEachBatch(of: set, in: store) { items in
        if coding != nil, !isRehearsed { letOthersWrite() }
        let act =
          try coding
          ?? target.change(as: actor) {
            try $0.startCoding(kind, of: set, asked: asked, reason: reason)
          }
        coding = act
        try target.change(as: actor) { change in
          let kept =
            edit.removes
            ? try conversations(items.map(\.conversation), keptIn: change.catalog) : []
          _ = try change.code(edit, items, by: act, of: set)
          try HoldCheck(store: store).requireKept(kept, besides: agreed, in: change.catalog)
        }
      }
      return try target.change(as: actor) { change in
        let act =
          try coding ?? change.startCoding(kind, of: set, asked: asked, reason: reason)
        return try change.finishCoding(act, of: set)
      }
    }
  }

  /// Takes an act back as far as the items are still as it left them; where that was stopped before, it
  /// goes on.
  ///
  /// - Returns: The act of taking back, with its counts.
  /// - Throws: `StoreError` with `.denied` for an act that was taken back before, with `.stale` where
  ///   another conversation than those that were told would be let go.
  package func undo(
    _ undone: Coding, reason: String, agreed: Set<ObjectID> = [], isRehearsed: Bool
  ) throws -> Coding {
    try changing(isRehearsed) { target in
      let coding = try target.change(as: actor) { change in
        let now = try change.catalog.coding(undone.id.text, of: set)
        // What could not be taken back then may be now.
        if let by = try change.catalog.takingBack(now), by.skipped == 0 {
          throw StoreError(
            .denied, "the coding \(undone.number) was taken back by \(by.number) already",
            objects: [by.id.text])
        }
        if let stopped = try change.catalog.stoppedTakingBack(now) {
          return try change.resumeCoding(stopped, of: set, reason: reason)
        }
        return try change.startCoding(
          .undo, of: set, asked: ["undoes": .string(undone.id.text)], reason: reason,
          undoing: undone)
      }
      let takesOut = try store.read {
        try !$0.conversationsTakenOut(byUndoing: undone, limit: 1).isEmpty
      }
      _ = try target.change(as: actor) { try $0.undoTexts(undone, by: coding, of: set) }
      var place: ItemKey?
      repeat {
        if !isRehearsed { letOthersWrite() }
        place = try target.change(as: actor) { change in
          let kept =
            takesOut
            ? try conversations(
              change.catalog.conversationsTakenOut(byUndoing: undone, after: place),
              keptIn: change.catalog) : []
          let next = try change.undo(undone, by: coding, of: set, after: place)
          try HoldCheck(store: store).requireKept(kept, besides: agreed, in: change.catalog)
          return next
        }
      } while place != nil
      return try target.change(as: actor) { try $0.finishCoding(coding, of: set) }
    }
  }

  /// Those of some conversations that the set keeps, by row.
  private func conversations(
    _ keys: some Sequence<Int64>, keptIn catalog: Catalog
  ) throws -> [Int64] {
    try Set(keys).sorted().filter { key in
      try catalog.reviewSets(keeping: key).contains { $0.id == set.id }
    }
  }

  private func changing<Result>(
    _ isRehearsed: Bool, _ body: (any ChangeTarget) throws -> Result
  ) throws -> Result {
    guard !isRehearsed else { return try body(store.rehearsal()) }
    let lock = try store.lockJob("review-" + set.id.text, as: actor)
    return try withExtendedLifetime(lock) { try body(store) }
  }
}
