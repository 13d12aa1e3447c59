// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// What a reviewer wrote on an item.
package struct ReviewNote: Hashable, Sendable {
  package var id: ObjectID
  package var conversation: ObjectID
  package var item: String
  package var text: String
  package var coding: ObjectID
  package var created: Instant
  package var account: String

  init(row: Row) throws {
    id = try row.objectID("id")
    conversation = try row.objectID("conversation_id")
    item = row["item"]
    text = row["text"]
    coding = try row.objectID("coding_id")
    created = row.instant("created")
    account = row["account"]
  }
}

extension Catalog {
  /// The notes of a set that stand, the oldest first.
  ///
  /// - Parameters:
  ///   - set: The set.
  ///   - body: What to do with each.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func forEachNote(of set: ReviewSet, _ body: (ReviewNote) throws -> Void) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT review_note.*, conversation.id AS conversation_id, coding.id AS coding_id
        FROM review_note JOIN conversation ON conversation.key = review_note.conversation
          JOIN coding ON coding.key = review_note.coding
        WHERE review_note.review_set = ? AND withdrawn IS NULL ORDER BY review_note.key
        """, arguments: [set.key])
    while let row = try rows.next() { try body(try ReviewNote(row: row)) }
  }
}
