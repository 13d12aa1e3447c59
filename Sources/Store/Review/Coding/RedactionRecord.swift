// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
package import Model

/// Something that is blacked out wherever a set is exported.
package struct RedactionRecord: Hashable, Sendable {
  package var id: ObjectID
  package var conversation: Int64
  /// The item's id; empty for parts of the conversation.
  package var item: String
  package var part: RedactedPart
  /// The version of the conversation's record in which the text stands.
  package var conversationVersion: Int
  /// Bytes of the part's text, half-open; nil for the whole part.
  package var span: Range<Int>?
  /// Of the part's text; of a whole item or record, of its native bytes.
  package var digest: SHA256Digest
  package var reason: RedactionReason
  package var basis: String
  package var coding: ObjectID
  package var created: Instant
  package var account: String

  init(row: Row) throws {
    id = try row.objectID("id")
    conversation = row["conversation"]
    item = row["item"]
    conversationVersion = row["conversation_version"]
    guard let part = RedactedPart(name: row["part"], index: row["part_index"]),
      let digest = SHA256Digest(bytes: [UInt8](row["sha256"] as Data))
    else { throw StoreError(.damaged, "the catalog holds a redaction of an unknown part") }
    self.part = part
    self.digest = digest
    if let start: Int = row["start"], let end: Int = row["end"], start < end {
      span = start..<end
    }
    reason = try row.value("reason")
    basis = row["basis"]
    coding = try row.objectID("coding_id")
    created = row.instant("created")
    account = row["account"]
  }

  static let selection = """
    SELECT redaction.*, coding.id AS coding_id FROM redaction
    JOIN coding ON coding.key = redaction.coding
    WHERE redaction.withdrawn IS NULL AND redaction.review_set = ?
    """
}

/// A place that is to be blacked out.
package struct RedactionPlace: Hashable, Sendable {
  package var conversation: Int64
  package var item: String
  package var part: RedactedPart
  package var conversationVersion: Int
  package var span: Range<Int>?
  package var digest: SHA256Digest

  package init(
    conversation: Int64, item: String, part: RedactedPart, conversationVersion: Int,
    span: Range<Int>?, digest: SHA256Digest
  ) {
    self.conversation = conversation
    self.item = item
    self.part = part
    self.conversationVersion = conversationVersion
    self.span = span
    self.digest = digest
  }
}

extension Catalog {
  /// The redactions of a set that stand, the oldest first.
  package func forEachRedaction(
    of set: ReviewSet, _ body: (RedactionRecord) throws -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db, sql: RedactionRecord.selection + " ORDER BY redaction.key", arguments: [set.key])
    while let row = try rows.next() { try body(try RedactionRecord(row: row)) }
  }

  /// The redactions of a set that stand in some conversations, by conversation.
  package func redactions(
    of set: ReviewSet, in conversations: [Int64]
  ) throws -> [Int64: [RedactionRecord]] {
    let rows = try Row.fetchAll(
      db,
      sql: RedactionRecord.selection
        + " AND redaction.conversation IN (\(list(conversations))) ORDER BY redaction.key",
      arguments: [set.key])
    return Dictionary(grouping: try rows.map(RedactionRecord.init), by: \.conversation)
  }

  /// How many redactions of a set stand.
  package func redactionCount(of set: ReviewSet) throws -> Int {
    try Int.fetchOne(
      db, sql: "SELECT count(*) FROM redaction WHERE review_set = ? AND withdrawn IS NULL",
      arguments: [set.key]) ?? 0
  }
}

extension Change {
  /// Blacks places out; one that is so already is left alone.
  ///
  /// - Parameters:
  ///   - places: What is blacked out, a few thousand at a time.
  ///   - reason: Why.
  ///   - basis: The basis in words.
  ///   - coding: The act, running.
  ///   - set: Its set.
  /// - Returns: What became of them.
  /// - Throws: `StoreError` when the catalog cannot be written.
  @discardableResult
  package func redact(
    _ places: [RedactionPlace], reason: RedactionReason, basis: String, by coding: Coding,
    of set: ReviewSet
  ) throws -> CodingCounts {
    let isThere = try db.cachedStatement(
      sql: """
        SELECT 1 FROM redaction WHERE review_set = ? AND conversation = ? AND item = ? AND part = ?
          AND part_index = ? AND start IS ? AND end IS ? AND reason = ? AND sha256 = ?
          AND withdrawn IS NULL
        """)
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO redaction (review_set, conversation, item, part, part_index, start, end, reason,
          sha256, id, conversation_version, basis, coding, created, account)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    var counts = CodingCounts()
    var hasher = SHA256Hasher()
    for place in places {
      let known: StatementArguments = [
        set.key, place.conversation, place.item, place.part.name, place.part.index,
        place.span?.lowerBound, place.span?.upperBound, reason.rawValue, Data(place.digest.bytes),
      ]
      if try Int.fetchOne(isThere, arguments: known) != nil {
        counts.already += 1
        continue
      }
      let id = ObjectID.random(.redaction)
      try insert.execute(
        arguments: known + [
          id.text, place.conversationVersion, basis, coding.key, now.ticks, actor.displayName,
        ])
      hasher.update((place.item + " " + place.part.name + " " + id.text + "\n").utf8.span)
      counts.changed += 1
    }
    try note(counts, of: coding, set: set, digest: hasher.finish())
    return counts
  }
}

/// How an item that is tagged privileged came to be so.
package struct PrivilegedItem: Hashable, Sendable {
  package var item: String
  package var reviewer: String
  package var reviewed: Instant
}

extension Catalog {
  /// The tag whose items are withheld from exports.
  package static let privilegedTag = "Privileged"

  /// Items of some conversations that bear the tag of privilege, with who set it when.
  package func privilegedItems(
    of set: ReviewSet, in conversations: [Int64]
  ) throws -> [Int64: [PrivilegedItem]] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT item_tag.conversation, item_tag.item, coding.account, coding.created
        FROM item_tag JOIN tag ON tag.key = item_tag.tag JOIN coding ON coding.key = item_tag.coding
        WHERE item_tag.review_set = ? AND tag.name = ?
          AND item_tag.conversation IN (\(list(conversations)))
        ORDER BY item_tag.item
        """, arguments: [set.key, Self.privilegedTag])
    return Dictionary(grouping: rows, by: { $0[0] as Int64 }).mapValues { rows in
      rows.map {
        PrivilegedItem(
          item: $0[1], reviewer: $0[2], reviewed: Instant(ticks: $0[3]))
      }
    }
  }

  /// The tags of items of some conversations, by conversation and item.
  package func itemTags(
    of set: ReviewSet, in conversations: [Int64]
  ) throws -> [ItemKey: [ReviewTag]] {
    let tags = Dictionary(uniqueKeysWithValues: try self.tags(of: set).map { ($0.key, $0) })
    guard !tags.isEmpty else { return [:] }
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT conversation, item, tag FROM item_tag
        WHERE review_set = ? AND tag > 0 AND conversation IN (\(list(conversations)))
        ORDER BY conversation, item, tag
        """, arguments: [set.key])
    var found: [ItemKey: [ReviewTag]] = [:]
    while let row = try rows.next() {
      guard let tag = tags[row[2]] else { continue }
      found[ItemKey(conversation: row[0], item: row[1]), default: []].append(tag)
    }
    return found
  }

  /// Notes that stand on items of some conversations, the oldest first.
  package func itemNotes(
    of set: ReviewSet, in conversations: [Int64]
  ) throws -> [ItemKey: [String]] {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT conversation, item, text FROM review_note
        WHERE review_set = ? AND withdrawn IS NULL AND conversation IN (\(list(conversations)))
        ORDER BY key
        """, arguments: [set.key])
    var found: [ItemKey: [String]] = [:]
    while let row = try rows.next() {
      found[ItemKey(conversation: row[0], item: row[1]), default: []].append(row[2])
    }
    return found
  }
}
