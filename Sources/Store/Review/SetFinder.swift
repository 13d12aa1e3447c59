// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model
package import Query

/// Finds items inside a review set.
///
/// A query looks at the items as the set froze them; what reviewers did (`tag`, `note`, …) counts as
/// it is when the search begins.
package struct SetFinder {
  private let store: Store
  private let set: ReviewSet
  private let searcher: Searcher

  package init(_ store: Store, _ set: ReviewSet, _ searcher: Searcher) {
    self.store = store
    self.set = set
    self.searcher = searcher
  }

  // So many items are looked up in the catalog at a time.
  private static let batchCount = 500

  /// Calls a body with batches of the items of the set that match, each once, context included.
  ///
  /// - Parameters:
  ///   - node: The query; ``QueryNode/all`` gives the whole set.
  ///   - body: Gets some of them; the order is stable.
  /// - Throws: `StoreError` when the store cannot be read; what the body throws.
  package func forEachBatch(
    matching node: QueryNode, _ body: ([ReviewItem]) throws -> Void
  ) throws {
    let bound = node.contentBound
    guard bound != .all else {
      return try forEachPage { items in
        let found = try node == .all ? items : matching(node, items)
        if !found.isEmpty { try body(found) }
      }
    }
    var references: [ItemReference] = []
    func flush() throws {
      let found = try members(of: references, node)
      references.removeAll(keepingCapacity: true)
      if !found.isEmpty { try body(found) }
    }
    try searcher.forEachReference(bound) { reference in
      references.append(reference)
      if references.count == Self.batchCount { try flush() }
      return true
    }
    try flush()
  }

  /// All items by conversation, page by page, so that no long read keeps the catalog's log growing.
  private func forEachPage(_ body: ([ReviewItem]) throws -> Void) throws {
    var last: ItemKey?
    while true {
      let page = try store.read { catalog in
        try catalog.items(of: set, after: last, limit: Self.batchCount)
      }
      guard let end = page.last else { return }
      last = ItemKey(conversation: end.conversation, item: end.item)
      try body(page)
    }
  }

  /// Of items that need no content.
  private func matching(_ node: QueryNode, _ items: [ReviewItem]) throws -> [ReviewItem] {
    let facts = try store.read { catalog in
      try catalog.reviewFacts(
        of: items.map { ItemKey(conversation: $0.conversation, item: $0.item) }, in: set)
    }
    let evaluator = Evaluator(node)
    return try items.filter { item in
      let key = ItemKey(conversation: item.conversation, item: item.item)
      return try evaluator.matches(
        ReviewedItem(stored: try stored(item, node), set: set, facts: facts[key] ?? ReviewFacts()))
    }
  }

  // A query such as `tag:x OR NOT tag:y` needs no content; `tag:x OR budget` does, of every item.
  private func stored(_ item: ReviewItem, _ node: QueryNode) throws -> StoredItem? {
    guard node.asksContent else { return nil }
    let place = try store.read { try $0.place(of: item.conversation) }
    return try searcher.frozen(item, of: place.id, partition: place.partition)
  }

  private func members(of references: [ItemReference], _ node: QueryNode) throws -> [ReviewItem] {
    let found = try store.read { catalog in
      try catalog.members(of: set, references)
    }
    let asksReview = node.asksReview
    let facts =
      try asksReview && !found.isEmpty
      ? store.read { catalog in
        try catalog.reviewFacts(
          of: found.map { ItemKey(conversation: $0.item.conversation, item: $0.item.item) },
          in: set)
      } : [:]
    let evaluator = Evaluator(node)
    return try found.compactMap { member in
      let (item, reference) = (member.item, member.reference)
      // Other versions of the item may match where the frozen one does not, and so may the same one
      // under a later title.
      let isFrozen =
        reference.version == item.version
        && reference.conversationVersion == item.conversationVersion
      if isFrozen, !asksReview { return item }
      let stored =
        try isFrozen
        ? searcher.item(at: reference.place)
        : searcher.frozen(
          item, of: reference.conversationID, partition: reference.place.partition)
      let key = ItemKey(conversation: item.conversation, item: item.item)
      let isFound = try evaluator.matches(
        ReviewedItem(stored: stored, set: set, facts: facts[key] ?? ReviewFacts()))
      return isFound ? item : nil
    }
  }
}

extension QueryNode {
  /// Whether part of it is about the content of items.
  fileprivate var asksContent: Bool {
    switch self {
    case .all: false
    case .text(_, .property(let property)), .near(_, .property(let property)):
      !ReviewedItem.own.contains(property)
    case .text, .near: true
    case .restriction(let restriction): !ReviewedItem.own.contains(restriction.property)
    case .and(let nodes), .or(let nodes): nodes.contains(where: \.asksContent)
    case .not(let node): node.asksContent
    }
  }
}

extension Catalog {
  /// The next items of a set by conversation row, then item id, each once.
  package func items(
    of set: ReviewSet, after place: ItemKey?, limit: Int
  ) throws -> [ReviewItem] {
    // In the index's order, so that a page costs what it holds.
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT review_item.conversation, review_item.item, version, conversation_version, is_context
        FROM review_item INDEXED BY review_item_by_conversation
          CROSS JOIN review_load ON review_load.key = review_item.load
        WHERE (review_item.conversation, review_item.item) > (?2, ?3)
          AND review_load.review_set = ?1 AND review_load.state = 'frozen'
          AND \(Self.isNotRemoved)
        ORDER BY review_item.conversation, review_item.item, is_context, review_load.number
        """, arguments: [set.key, place?.conversation ?? -1, place?.item ?? ""])
    var items: [ReviewItem] = []
    while let row = try rows.next() {
      let item = ReviewItem(row: row)
      if let last = items.last, last.conversation == item.conversation, last.item == item.item {
        continue
      }
      if items.count == limit { break }
      items.append(item)
    }
    return items
  }

  /// Those of some items that are in a set, as it froze them.
  package func members(
    of set: ReviewSet, _ references: [ItemReference]
  ) throws -> [(item: ReviewItem, reference: ItemReference)] {
    let select = try db.cachedStatement(
      sql: """
        SELECT review_item.conversation, review_item.item, version, conversation_version, is_context
        FROM conversation JOIN review_item ON review_item.conversation = conversation.key
          JOIN review_load ON review_load.key = review_item.load
        WHERE conversation.id = ? AND review_item.item = ? AND review_load.review_set = ?
          AND review_load.state = 'frozen' AND \(Self.isNotRemoved)
        ORDER BY is_context, review_load.number LIMIT 1
        """)
    return try references.compactMap { reference in
      let row = try Row.fetchOne(
        select, arguments: [reference.conversationID.text, reference.id.text, set.key])
      return row.map { (ReviewItem(row: $0), reference) }
    }
  }

  /// The id of a conversation and the partition that it lies in.
  package func place(of conversation: Int64) throws -> (id: ObjectID, partition: Int) {
    let row = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT id, partition FROM conversation WHERE key = ?"),
      arguments: [conversation])
    guard let row else {
      throw StoreError(.damaged, "the catalog lacks a conversation of a review set")
    }
    return (try row.objectID("id"), row["partition"])
  }
}

extension Searcher {
  /// The item in a row.
  func item(at place: RowPlace) throws -> StoredItem {
    let reader = try reader(of: place.partition)
    return StoredItem(row: place.row, reader: reader, directory: directory)
  }

  /// The version of an item that a set froze, as its conversation was then.
  ///
  /// - Throws: `StoreError` with `.damaged` when it is not there.
  func frozen(
    _ item: ReviewItem, of conversation: ObjectID, partition: Int
  ) throws -> StoredItem {
    guard let id = ObjectID(item.item) else {
      throw StoreError(.damaged, "\(item.item) of a review set is no id of an item")
    }
    let versions = try versions(of: id, in: partition).filter { $0.version == item.version }
    // What came with a volume may have another count of its conversation's versions here.
    guard
      let found = versions.first(where: { $0.conversationVersion == item.conversationVersion })
        ?? versions.first
    else {
      throw StoreError(.damaged, "the store lacks version \(item.version) of \(item.item)")
    }
    return found.item
  }
}
