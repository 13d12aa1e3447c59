// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// One act of a reviewer, with its effects on record item by item.
package struct Coding: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  /// From 1 within the set.
  package var number: Int
  package var kind: CodingKind
  /// Which items were chosen and what was to be done, canonical JSON.
  package var asked: String
  package var reason: String
  /// The act that it took back, and the act that took it back; nil where there is none.
  package var undoes: ObjectID?
  package var undoneBy: ObjectID?
  /// Whether it came to its end; one that was stopped stands as far as it came.
  package var isComplete: Bool
  /// Items that it changed, that were so already, and that it left as they were.
  package var changed: Int
  package var already: Int
  package var skipped: Int
  package var created: Instant
  package var account: String

  static let selection = """
    SELECT coding.*, undone.id AS undoes_id,
      (SELECT u.id FROM coding u WHERE u.undoes = coding.key ORDER BY u.key DESC LIMIT 1)
        AS undone_by_id
    FROM coding LEFT JOIN coding undone ON undone.key = coding.undoes
    """

  init(row: Row) throws {
    key = row["key"]
    id = try row.objectID("id")
    number = row["number"]
    kind = try row.value("kind")
    asked = row["asked"]
    reason = row["reason"]
    undoes = (row["undoes_id"] as String?).flatMap { ObjectID($0) }
    undoneBy = (row["undone_by_id"] as String?).flatMap { ObjectID($0) }
    isComplete = row["state"] == "complete"
    changed = row["changed_count"]
    already = row["already_count"]
    skipped = row["skipped_count"]
    created = row.instant("created")
    account = row["account"]
  }
}

extension Catalog {
  /// The acts of coding of a set, the newest first.
  package func codings(of set: ReviewSet) throws -> [Coding] {
    try Row.fetchAll(
      db, sql: Coding.selection + " WHERE coding.review_set = ? ORDER BY coding.number DESC",
      arguments: [set.key]
    ).map(Coding.init)
  }

  /// The act with an id or a number.
  ///
  /// - Throws: `StoreError` with `.notFound`.
  package func coding(_ written: String, of set: ReviewSet) throws -> Coding {
    guard
      let row = try Row.fetchOne(
        db,
        sql: Coding.selection
          + " WHERE coding.review_set = ? AND (coding.id = ? OR coding.number = ?)",
        arguments: [set.key, WrittenName(written).text, Int(written)])
    else { throw Catalog.notFound([written], noun: "coding") }
    return try Coding(row: row)
  }

  /// The newest act that stands: neither taken back nor itself a taking back, nor the coming of a
  /// volume, which changed no item.
  package func lastCoding(of set: ReviewSet) throws -> Coding? {
    try codings(of: set).first {
      try $0.kind != .undo && $0.kind != .import && takingBack($0) == nil
    }
  }

  /// The act by which another one is taken back now: one that came to its end and was not taken back
  /// itself; nil where the other one stands.
  package func takingBack(_ coding: Coding) throws -> Coding? {
    guard coding.undoneBy != nil else { return nil }
    return try takingsBack(of: coding).first { try $0.isComplete && takingBack($0) == nil }
  }

  /// All acts that took another one back, the newest first.
  private func takingsBack(of coding: Coding) throws -> [Coding] {
    try Row.fetchAll(
      db, sql: Coding.selection + " WHERE coding.undoes = ? ORDER BY coding.key DESC",
      arguments: [coding.key]
    ).map(Coding.init)
  }

  /// The act of taking another one back that was stopped, to be gone on with; the caller holds the set's
  /// job lock, so nobody is at it.
  package func stoppedTakingBack(_ coding: Coding) throws -> Coding? {
    guard let newest = try takingsBack(of: coding).first else { return nil }
    return newest.isComplete || newest.undoneBy != nil ? nil : newest
  }

  /// How many items of each conversation taking an act back takes out of a set again.
  package func itemCountsTakenOut(
    byUndoing coding: Coding, of set: ReviewSet
  ) throws -> [Int64: Int] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT conversation, count(*) FROM coding_change AS c
        WHERE coding = ?1 AND tag = 0 AND is_set = 0 AND NOT EXISTS (
          SELECT 1 FROM item_tag AS t WHERE t.review_set = ?2 AND t.conversation = c.conversation
            AND t.item = c.item AND t.tag = 0)
        GROUP BY conversation
        """, arguments: [coding.key, set.key])
    return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
  }

  /// The conversations of which taking an act back takes items out of a set again, as far as its next
  /// batch may reach.
  ///
  /// - Parameters:
  ///   - coding: The act that is taken back.
  ///   - place: The last item of the batch before; nil at the beginning.
  ///   - limit: The most items of a batch.
  /// - Returns: Their rows, ascending.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func conversationsTakenOut(
    byUndoing coding: Coding, after place: ItemKey? = nil,
    limit: Int = Change.undoLimit
  ) throws -> [Int64] {
    try Int64.fetchAll(
      db,
      sql: """
        SELECT DISTINCT conversation FROM (
          SELECT conversation FROM coding_change
          WHERE coding = ?1 AND (conversation, item) > (?2, ?3) AND tag = 0 AND is_set = 0
          ORDER BY conversation, item LIMIT ?4)
        """,
      arguments: [coding.key, place?.conversation ?? -1, place?.item ?? "", limit])
  }

  /// The act that an act of taking back is about in the end, and how many takings back lie between; an
  /// act that takes nothing back is about itself.
  func origin(of coding: Coding) throws -> (key: Int64, distance: Int) {
    var key = coding.key
    var distance = 0
    while let earlier = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT undoes FROM coding WHERE key = ? AND undoes IS NOT NULL"),
      arguments: [key])
    {
      key = earlier
      distance += 1
    }
    return (key, distance)
  }

  /// The effects of acts of coding on an item, the oldest first; tag nil: whether it was removed.
  package func codingChanges(
    of item: String, in conversation: Int64, set: ReviewSet
  ) throws -> [(coding: ObjectID, tag: String?, isSet: Bool)] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT coding.id, tag.name, c.is_set FROM coding_change c
          JOIN coding ON coding.key = c.coding LEFT JOIN tag ON tag.key = c.tag
        WHERE c.conversation = ? AND c.item = ? AND coding.review_set = ?
        ORDER BY coding.key, c.is_set, c.tag
        """, arguments: [conversation, item, set.key]
    ).map { row in
      guard let id = ObjectID(row[0] as String) else {
        throw StoreError(.damaged, "the catalog holds a coding without an identifier")
      }
      return (id, row[1], row[2])
    }
  }
}
