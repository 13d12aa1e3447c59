// SPDX-License-Identifier: Apache-2.0
package import Model
package import Query
package import Store

/// A query inside a review set, read and bound.
package struct SetQuestion: Sendable {
  package var query: CompiledQuery
  /// The saved filter that it comes from.
  package var filter: String?

  /// Reads a query; it may ask for what reviewers did, too (`tag`, `note`, …).
  ///
  /// - Throws: `QueryRefusal`, or what the directory of persons throws.
  package init(
    _ text: String, options: QueryOptions, filter: String? = nil, store: Store
  ) throws {
    var options = options
    options.unavailable.subtract(QueryOptions.answeredByReviewSets)
    var compiled = try store.read { catalog in
      try QueryCompiler.compile(text, options: options, directory: catalog.directory)
    }
    try compiled.checkExpansions(in: store)
    guard compiled.node != nil else {
      throw QueryRefusal(text: text, diagnostics: compiled.diagnostics)
    }
    query = compiled
    self.filter = filter
  }

  package var node: QueryNode { query.node ?? .all }
}

/// Which items of a review set are meant.
package struct MemberChoice: Sendable {
  package enum Items: Sendable {
    case everything
    case question(SetQuestion)
    /// Items, or conversations with all their items, by our ids or the source's.
    case ids([String])
    /// Those of some items, by our ids, that are in the set.
    case present([String])
  }

  package var items: Items
  /// Whether all items of their conversations are meant.
  package var takesConversations = false
  /// Whether items count that came into the set as context alone.
  package var includesContext = true

  package init(_ items: Items) {
    self.items = items
  }

  /// What a coding records of it.
  package var json: JSONValue {
    var members: [String: JSONValue] = [
      "conversations": .boolean(takesConversations), "context": .boolean(includesContext),
    ]
    switch items {
    case .everything: members["all"] = true
    case .question(let question):
      members["query"] = .string(question.query.text)
      members["normal_form"] = JSONValue(question.query.normalForm)
      members["filter"] = JSONValue(question.filter)
    case .ids(let ids), .present(let ids):
      // A long list is what the coding's own changes show.
      members["ids"] = JSONValue(Array(ids.prefix(100)))
      members["id_count"] = JSONValue(ids.count)
    }
    return .object(members)
  }

  /// Calls a body with batches of the items, each once.
  ///
  /// - Parameters:
  ///   - set: The set.
  ///   - store: Its store.
  ///   - body: Gets some of them; the order is stable.
  /// - Throws: `StoreError` with `.notFound` naming all ids that are not in the set, before the body
  ///   is called; what the body throws.
  package func forEachBatch(
    of set: ReviewSet, in store: Store, _ body: ([ReviewItem]) throws -> Void
  ) throws {
    let searcher = try Searcher(store)
    var seen: Set<Int64> = []
    func pass(_ batch: [ReviewItem]) throws {
      var batch = batch
      if takesConversations {
        let keys = Set(batch.map(\.conversation)).subtracting(seen).sorted()
        seen.formUnion(keys)
        guard !keys.isEmpty else { return }
        let items = try store.read { try $0.items(of: set, in: keys) }
        batch = keys.flatMap { items[$0] ?? [] }
      }
      if !includesContext { batch.removeAll(where: \.isContext) }
      if !batch.isEmpty { try body(batch) }
    }
    switch items {
    case .everything:
      try SetFinder(store, set, searcher).forEachBatch(matching: .all, pass)
    case .question(let question):
      if question.node.asksForDuplicates {
        // An answer from nothing, or from another state of the set, is none.
        try Selection(store, set).requireAnalysis(store, set)
      }
      try SetFinder(store, set, searcher).forEachBatch(matching: question.node, pass)
    case .ids(let ids):
      try passInBatches(members(ids, of: set, store, searcher, mustBeThere: true))
    case .present(let ids):
      try passInBatches(members(ids, of: set, store, searcher, mustBeThere: false))
    }
    func passInBatches(_ found: [ReviewItem]) throws {
      for start in stride(from: 0, to: found.count, by: 500) {
        try pass(Array(found[start..<min(start + 500, found.count)]))
      }
    }
  }

  private func members(
    _ ids: [String], of set: ReviewSet, _ store: Store, _ searcher: Searcher, mustBeThere: Bool
  ) throws -> [ReviewItem] {
    var found: [ReviewItem] = []
    var known: Set<ItemKey> = []
    var unknown: [String] = []
    var isUnknown: Set<String> = []
    for written in ids {
      let id = written.hasPrefix("id:") ? String(written.dropFirst(3)) : written
      let items = try members(bearing: id, of: set, store, searcher)
      if items.isEmpty, isUnknown.insert(written).inserted { unknown.append(written) }
      for item in items
      where known.insert(ItemKey(conversation: item.conversation, item: item.item)).inserted {
        found.append(item)
      }
    }
    guard unknown.isEmpty || !mustBeThere else {
      throw StoreError(
        .notFound,
        "\(unknown.count) of \(ids.count) ids are not in the review set \(set.name), so nothing was "
          + "changed; correct the list", objects: unknown)
    }
    return found
  }

  private func members(
    bearing id: String, of set: ReviewSet, _ store: Store, _ searcher: Searcher
  ) throws -> [ReviewItem] {
    let references = try searcher.items(bearing: id)
    if !references.isEmpty {
      let members = try store.read { try $0.members(of: set, references).map(\.item) }
      guard members.count <= 1 else {
        throw StoreError(
          .ambiguous, "\(members.count) items of the set bear the id \(id)",
          objects: members.map(\.item).sorted())
      }
      return members
    }
    do {
      return try store.read { catalog in
        let record = try catalog.conversation(written: id)
        return try catalog.items(of: set, in: [record.key])[record.key] ?? []
      }
    } catch let error as StoreError where error.code == .notFound {
      return []
    }
  }
}
