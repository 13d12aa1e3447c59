// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

extension Catalog {
  /// Review sets by case, then name.
  ///
  /// - Parameter matter: Only those of a case; nil for all.
  /// - Returns: The sets.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func reviewSets(of matter: MatterRecord? = nil) throws -> [ReviewSet] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT review_set.* FROM review_set JOIN matter ON matter.key = review_set.matter
        WHERE ?1 IS NULL OR matter.key = ?1 ORDER BY matter.name, review_set.name
        """, arguments: [matter?.key]
    ).map(reviewSet(row:))
  }

  /// The review set that a written name or id means.
  ///
  /// - Parameters:
  ///   - written: An id or a name.
  ///   - matter: Looks only in a case, where names are unique; nil looks in all.
  /// - Returns: The set.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func reviewSet(_ written: String, in matter: MatterRecord? = nil) throws -> ReviewSet {
    try reviewSet(key: key(written, in: .reviewSet, of: matter?.key))
  }

  package func reviewSet(key: Int64) throws -> ReviewSet {
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT * FROM review_set WHERE key = ?", arguments: [key])
    else { throw StoreError(.damaged, "the catalog lacks the review set that a row refers to") }
    return try reviewSet(row: row)
  }

  private func reviewSet(row: Row) throws -> ReviewSet {
    ReviewSet(
      key: row["key"], id: try row.objectID("id"), matter: try matter(key: row["matter"]),
      name: row["name"], description: row["description"], created: row.instant("created"))
  }

  /// That a row of `review_item` was not taken out of the set of its `review_load`.
  static let isNotRemoved = """
    NOT EXISTS (SELECT 1 FROM item_tag WHERE item_tag.review_set = review_load.review_set
      AND item_tag.conversation = review_item.conversation AND item_tag.item = review_item.item
      AND item_tag.tag = 0)
    """

  /// How many items were taken out of a set and are not back.
  package func removedCount(of set: ReviewSet) throws -> Int {
    try Int.fetchOne(
      db, sql: "SELECT count(*) FROM item_tag WHERE review_set = ? AND tag = 0",
      arguments: [set.key]) ?? 0
  }

  /// The frozen loads of a set, in order.
  package func loads(of set: ReviewSet) throws -> [ReviewLoad] {
    try Row.fetchAll(
      db,
      sql: "SELECT * FROM review_load WHERE review_set = ? AND state = 'frozen' ORDER BY number",
      arguments: [set.key]
    ).map(ReviewLoad.init)
  }

  /// Goes over the items of a set, each once, by conversation row, then item id.
  ///
  /// An item that one load has as context and another selects is selected; versions are those of
  /// the first load that gives it so.
  ///
  /// - Parameters:
  ///   - set: The set; loads that are not frozen do not count.
  ///   - body: What to do with each item.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func forEachItem(
    of set: ReviewSet, _ body: (ReviewItem) throws -> Void
  ) throws {
    try forEachItem(of: set) { item, _ in try body(item) }
  }

  /// Goes over the items of a set as above, by the conversation's id, then item id.
  ///
  /// - Parameters:
  ///   - set: The set; loads that are not frozen do not count.
  ///   - body: What to do with the conversation's id and each item.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func forEachItemByID(
    of set: ReviewSet, _ body: (_ conversation: String, ReviewItem) throws -> Void
  ) throws {
    try forEachItem(of: set, order: "conversation.id", { try body($1[5], $0) })
  }

  /// The items of a set in some conversations, by conversation row, then item id; each once as above.
  ///
  /// - Parameters:
  ///   - set: The set; loads that are not frozen do not count.
  ///   - conversations: Rows of conversations, at most a few hundred at a time.
  /// - Returns: The items by conversation.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func items(
    of set: ReviewSet, in conversations: [Int64]
  ) throws -> [Int64: [ReviewItem]] {
    var items: [Int64: [ReviewItem]] = [:]
    try forEachItem(of: set, where: "AND conversation.key IN (\(list(conversations)))") { item, _ in
      items[item.conversation, default: []].append(item)
    }
    return items
  }

  private func forEachItem(
    of set: ReviewSet, where condition: String = "", order: String = "conversation.key",
    _ body: (ReviewItem, Row) throws -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT conversation.key, item, version, conversation_version, is_context, conversation.id
        FROM review_item JOIN review_load ON review_load.key = review_item.load
          JOIN conversation ON conversation.key = review_item.conversation
        WHERE review_load.review_set = ? AND review_load.state = 'frozen' \(condition)
          AND \(Self.isNotRemoved)
        ORDER BY \(order), item, is_context, review_load.number
        """, arguments: [set.key])
    var last: ReviewItem?
    while let row = try rows.next() {
      let item = ReviewItem(row: row)
      if item.conversation == last?.conversation, item.item == last?.item { continue }
      try body(item, row)
      last = item
    }
  }

  /// How many items of a set are selected, and how many are context.
  package func itemCounts(of set: ReviewSet) throws -> (selected: Int, context: Int) {
    var counts = (selected: 0, context: 0)
    try forEachItem(of: set) { item in
      if item.isContext { counts.context += 1 } else { counts.selected += 1 }
    }
    return counts
  }

  /// The review sets of open cases that hold an item of a conversation: it is not purged while one
  /// does (holds-and-retention section 1).
  ///
  /// What was removed from a set is in it no longer.
  ///
  /// - Parameters:
  ///   - conversation: The conversation's row.
  ///   - matter: A case whose sets do not count; nil counts all.
  /// - Returns: The sets, by id.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func reviewSets(
    keeping conversation: Int64, besides matter: MatterRecord? = nil
  ) throws -> [ReviewSet] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT * FROM review_set WHERE key IN (
            SELECT review_load.review_set FROM review_item
              JOIN review_load ON review_load.key = review_item.load
            WHERE review_item.conversation = ? AND \(Self.isNotRemoved))
            AND matter IN (SELECT key FROM matter WHERE state = 'open' AND key IS NOT ?)
          ORDER BY id
          """), arguments: [conversation, matter?.key]
    ).map(reviewSet(row:))
  }

  /// The conversations of which the review sets of a case hold an item, in ascending order.
  package func conversationKeys(keptBySetsOf matter: MatterRecord) throws -> [Int64] {
    try Int64.fetchAll(
      db,
      sql: """
        SELECT DISTINCT review_item.conversation FROM review_item
          JOIN review_load ON review_load.key = review_item.load
          JOIN review_set ON review_set.key = review_load.review_set
        WHERE review_set.matter = ? AND \(Self.isNotRemoved)
        ORDER BY 1
        """, arguments: [matter.key])
  }
}
