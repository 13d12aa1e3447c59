// SPDX-License-Identifier: Apache-2.0
import Bytes
import GRDB
package import Model

/// What is to become of the items that a reviewer chose.
package struct ItemEdit: Sendable {
  /// Tags that they get.
  package var sets: [ReviewTag] = []
  /// Tags that they lose.
  package var clears: [ReviewTag] = []
  /// A note that they get.
  package var note: String?
  /// Whether they leave the set.
  package var removes = false

  package init() {}

  /// Refuses an edit that contradicts itself.
  ///
  /// - Throws: `StoreError` with `.usage`.
  package func check() throws {
    for (index, tag) in sets.enumerated() {
      guard !clears.contains(tag) else {
        throw StoreError(.usage, "the tag \(tag.name) is to be set and to be taken away")
      }
      if let other = sets[..<index].first(where: {
        $0.groupKey == tag.groupKey && tag.choice == .one
      }) {
        throw StoreError(
          .usage,
          "an item bears one tag of the group \(tag.group): choose \(other.name) or \(tag.name)")
      }
    }
    if let note, note.allSatisfy(\.isWhitespace) { throw StoreError(.usage, "a note needs a text") }
  }

  package var json: JSONValue {
    [
      "set": JSONValue(sets.map(\.id.text)), "clear": JSONValue(clears.map(\.id.text)),
      "note": .boolean(note != nil), "remove": .boolean(removes),
    ]
  }
}

/// How many items an act of coding met, by what became of them.
package struct CodingCounts: Sendable, Hashable {
  package var changed = 0
  package var already = 0
  package var skipped = 0

  package init() {}

  static func += (left: inout CodingCounts, right: CodingCounts) {
    left.changed += right.changed
    left.already += right.already
    left.skipped += right.skipped
  }
}

/// Which tags items bear stands in `item_tag`; tag 0 stands for an item that was removed.
private let removedTag: Int64 = 0

extension Change {
  /// Begins an act of coding; the caller holds the set's job lock.
  ///
  /// - Throws: `StoreError` with `.denied` in a closed case.
  package func startCoding(
    _ kind: CodingKind, of set: ReviewSet, asked: JSONValue, reason: String = "",
    undoing undone: Coding? = nil
  ) throws -> Coding {
    let set = try requireOpen(set)
    let id = ObjectID.random(.coding)
    try db.execute(
      sql: """
        INSERT INTO coding (id, review_set, number, kind, asked, reason, undoes, state, created,
          account)
        VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM coding WHERE review_set = ?2),
          ?3, ?4, ?5, ?6, 'running', ?7, ?8)
        """,
      arguments: [
        id.text, set.key, kind.rawValue, asked.canonical, reason, undone?.key, now.ticks,
        actor.displayName,
      ])
    try record(
      AuditEvent(
        "review.code", of: set.id,
        after: [
          "coding": .string(id.text), "kind": .string(kind.rawValue), "asked": asked,
          "undoes": JSONValue(undone?.id.text),
        ], reason: reason))
    return try catalog.coding(id.text, of: set)
  }

  /// Goes on with an act that was stopped; what it left as it was is looked at again.
  package func resumeCoding(_ coding: Coding, of set: ReviewSet, reason: String) throws -> Coding {
    let set = try requireOpen(set)
    try db.execute(
      sql: "UPDATE coding SET already_count = 0, skipped_count = 0 WHERE key = ?",
      arguments: [coding.key])
    try record(
      AuditEvent(
        "review.code", of: set.id,
        after: [
          "coding": .string(coding.id.text), "kind": .string(coding.kind.rawValue),
          "resumed": true, "changed": JSONValue(coding.changed),
        ], reason: reason))
    return try catalog.coding(coding.id.text, of: set)
  }

  /// Ends an act of coding.
  package func finishCoding(_ coding: Coding, of set: ReviewSet) throws -> Coding {
    try db.execute(
      sql: "UPDATE coding SET state = 'complete' WHERE key = ?", arguments: [coding.key])
    let done = try catalog.coding(coding.id.text, of: set)
    try record(
      AuditEvent(
        "review.coded", of: set.id,
        after: [
          "coding": .string(coding.id.text), "changed": JSONValue(done.changed),
          "already": JSONValue(done.already), "skipped": JSONValue(done.skipped),
        ]))
    return done
  }

  /// Does to items what an act of coding is about; an item that is so already is left alone.
  ///
  /// - Parameters:
  ///   - edit: What is to be done.
  ///   - items: Items of the set, a few thousand at a time.
  ///   - coding: The act, running.
  ///   - set: Its set.
  /// - Returns: What became of them.
  /// - Throws: `StoreError` when the catalog cannot be written.
  @discardableResult
  package func code(
    _ edit: ItemEdit, _ items: some Sequence<ReviewItem>, by coding: Coding, of set: ReviewSet
  ) throws -> CodingCounts {
    let writer = try ItemTagWriter(db, set: set, coding: coding)
    let tags = try catalog.tags(of: set)
    // One that was deleted since it was named may have left its key to another one.
    for tag in edit.sets + edit.clears where !tags.contains(where: { $0.id == tag.id }) {
      throw StoreError(.stale, "the tag \(tag.name) was deleted meanwhile", objects: [tag.id.text])
    }
    var counts = CodingCounts()
    for item in items {
      let key = ItemKey(conversation: item.conversation, item: item.item)
      let borne = try writer.tags(of: key)
      var changes: [(tag: Int64, isSet: Bool)] = []
      for tag in edit.clears where borne.contains(tag.key) { changes.append((tag.key, false)) }
      for tag in edit.sets where !borne.contains(tag.key) {
        if tag.choice == .one {
          for other in tags
          where other.groupKey == tag.groupKey && borne.contains(other.key)
            && !changes.contains(where: { $0.tag == other.key })
          {
            changes.append((other.key, false))
          }
        }
        changes.append((tag.key, true))
      }
      if edit.removes, !borne.contains(removedTag) { changes.append((removedTag, true)) }
      for change in changes { try writer.put(key, change.tag, change.isSet) }
      var isChanged = !changes.isEmpty
      if let note = edit.note {
        isChanged = try addNote(note, to: key, by: coding, of: set, writer) || isChanged
      }
      if isChanged { counts.changed += 1 } else { counts.already += 1 }
    }
    try note(counts, of: coding, set: set, digest: writer.digest)
    return counts
  }

  /// False where the item has the same note already.
  private func addNote(
    _ text: String, to key: ItemKey, by coding: Coding, of set: ReviewSet, _ writer: ItemTagWriter
  ) throws -> Bool {
    let isThere = try db.cachedStatement(
      sql: """
        SELECT 1 FROM review_note WHERE conversation = ? AND item = ? AND review_set = ?
          AND text = ? AND withdrawn IS NULL
        """)
    if try Int.fetchOne(isThere, arguments: [key.conversation, key.item, set.key, text]) != nil {
      return false
    }
    try db.cachedStatement(
      sql: """
        INSERT INTO review_note (id, review_set, conversation, item, text, coding, created, account)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      ObjectID.random(.note).text, set.key, key.conversation, key.item, text, coding.key,
      now.ticks, actor.displayName,
    ])
    writer.mention(key, "note", true)
    return true
  }

  /// Adds to the counts of an act, and to the audit log what one batch did.
  func note(
    _ counts: CodingCounts, of coding: Coding, set: ReviewSet, digest: SHA256Digest
  ) throws {
    try db.execute(
      sql: """
        UPDATE coding SET changed_count = changed_count + ?, already_count = already_count + ?,
          skipped_count = skipped_count + ? WHERE key = ?
        """, arguments: [counts.changed, counts.already, counts.skipped, coding.key])
    try record(
      AuditEvent(
        "review." + coding.kind.rawValue, of: set.id,
        after: [
          "coding": .string(coding.id.text), "changed": JSONValue(counts.changed),
          "already": JSONValue(counts.already), "skipped": JSONValue(counts.skipped),
          "changes_sha256": .string(digest.hexadecimal),
        ]))
  }

  // MARK: Undo

  /// Takes back what an act did to the items after a place in its order, a few thousand at a time.
  ///
  /// An item is left alone where the tags that the act touched are no longer as it left them; where
  /// all of them are as they were before it, it is so already. What the act of taking back did before
  /// it was stopped is done and counted.
  ///
  /// - Parameters:
  ///   - undone: The act that is taken back.
  ///   - coding: The act that takes it back, running.
  ///   - set: The set of both.
  ///   - place: The last item of the batch before; nil at the beginning.
  ///   - limit: The most items of a batch.
  /// - Returns: The last item of this batch; nil when there was none left.
  /// - Throws: `StoreError` when the catalog cannot be written.
  package func undo(
    _ undone: Coding, by coding: Coding, of set: ReviewSet, after place: ItemKey? = nil,
    limit: Int = undoLimit
  ) throws -> ItemKey? {
    // Below all keys and ids where nothing came before, so that each batch begins where it has to.
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT conversation, item, tag, is_set FROM coding_change
        WHERE coding = ?1 AND (conversation, item) > (?2, ?3)
        ORDER BY conversation, item, tag
        """, arguments: [undone.key, place?.conversation ?? -1, place?.item ?? ""])
    var batch: [(key: ItemKey, changes: [(tag: Int64, isSet: Bool)])] = []
    while let row = try rows.next() {
      let key = ItemKey(conversation: row[0], item: row[1])
      if batch.last?.key != key {
        if batch.count == limit { break }
        batch.append((key, []))
      }
      batch[batch.count - 1].changes.append((row[2], row[3]))
    }
    guard !batch.isEmpty else { return nil }
    let writer = try ItemTagWriter(db, set: set, coding: coding)
    let tags = try catalog.tags(of: set)
    var counts = CodingCounts()
    for entry in batch where try !writer.wrote(entry.key) {
      switch try undo(entry.changes, of: entry.key, tags, writer) {
      case .changed: counts.changed += 1
      case .already: counts.already += 1
      case .skipped: counts.skipped += 1
      }
    }
    try note(counts, of: coding, set: set, digest: writer.digest)
    return batch.last?.key
  }

  /// Items in a batch of an act that is taken back.
  package static let undoLimit = 2000

  private enum Undoing {
    case changed, already, skipped
  }

  private func undo(
    _ changes: [(tag: Int64, isSet: Bool)], of key: ItemKey, _ tags: [ReviewTag],
    _ writer: ItemTagWriter
  ) throws -> Undoing {
    let borne = try writer.tags(of: key)
    guard changes.allSatisfy({ borne.contains($0.tag) == $0.isSet }) else {
      return changes.allSatisfy { borne.contains($0.tag) != $0.isSet } ? .already : .skipped
    }
    let after = Set(changes.filter { !$0.isSet }.map(\.tag))
      .union(borne.subtracting(changes.filter(\.isSet).map(\.tag)))
    let groups = Set(tags.filter { $0.choice == .one }.map(\.groupKey))
    for group in groups {
      let chosen = tags.filter { $0.groupKey == group && after.contains($0.key) }
      guard chosen.count <= 1 else { return .skipped }
    }
    for change in changes { try writer.put(key, change.tag, !change.isSet) }
    return .changed
  }

  /// Takes back the notes and redactions of an act, or gives back those that it took back.
  ///
  /// - Returns: How many.
  package func undoTexts(_ undone: Coding, by coding: Coding, of set: ReviewSet) throws -> Int {
    // Texts belong to the act that made them, however often it was taken back and done again.
    let (origin, distance) = try catalog.origin(of: undone)
    var count = 0
    let isMade = distance.isMultiple(of: 2)
    let statements =
      isMade
      ? [
        "UPDATE review_note SET withdrawn = ? WHERE coding = ? AND withdrawn IS NULL",
        "UPDATE redaction SET withdrawn = ? WHERE coding = ? AND withdrawn IS NULL",
      ]
      : [
        "UPDATE review_note SET withdrawn = NULL WHERE withdrawn = ?",
        "UPDATE redaction SET withdrawn = NULL WHERE withdrawn = ?",
      ]
    for sql in statements {
      try db.execute(sql: sql, arguments: isMade ? [coding.key, origin] : [undone.key])
      count += db.changesCount
    }
    guard count > 0 else { return 0 }
    var counts = CodingCounts()
    counts.changed = count
    try note(counts, of: coding, set: set, digest: SHA256Digest(of: undone.id.text))
    return count
  }
}

/// An item of a set by what names it in the catalog.
package struct ItemKey: Hashable, Sendable {
  package var conversation: Int64
  package var item: String

  package init(conversation: Int64, item: String) {
    self.conversation = conversation
    self.item = item
  }
}

/// Reads and writes what items bear, and keeps a digest of all that it wrote.
private final class ItemTagWriter {
  private let set: ReviewSet
  private let coding: Coding
  private let select: Statement
  private let insert: Statement
  private let delete: Statement
  private let keep: Statement
  private let written: Statement
  private var hasher = SHA256Hasher()

  init(_ db: Database, set: ReviewSet, coding: Coding) throws {
    self.set = set
    self.coding = coding
    select = try db.cachedStatement(
      sql: "SELECT tag FROM item_tag WHERE review_set = ? AND conversation = ? AND item = ?")
    insert = try db.cachedStatement(
      sql: """
        INSERT INTO item_tag (review_set, conversation, item, tag, coding) VALUES (?, ?, ?, ?, ?)
        """)
    delete = try db.cachedStatement(
      sql: """
        DELETE FROM item_tag WHERE review_set = ? AND conversation = ? AND item = ? AND tag = ?
        """)
    written = try db.cachedStatement(
      sql: """
        SELECT EXISTS (
          SELECT 1 FROM coding_change WHERE coding = ? AND conversation = ? AND item = ?)
        """)
    // Undoing an undo in one act may change a tag once only.
    keep = try db.cachedStatement(
      sql: """
        INSERT INTO coding_change (coding, conversation, item, tag, is_set) VALUES (?, ?, ?, ?, ?)
        """)
  }

  /// Whether the act changed an item already, before it was stopped.
  func wrote(_ key: ItemKey) throws -> Bool {
    try Bool.fetchOne(written, arguments: [coding.key, key.conversation, key.item]) ?? false
  }

  func tags(of key: ItemKey) throws -> Set<Int64> {
    try Set(Int64.fetchAll(select, arguments: [set.key, key.conversation, key.item]))
  }

  func put(_ key: ItemKey, _ tag: Int64, _ isSet: Bool) throws {
    if isSet {
      try insert.execute(arguments: [set.key, key.conversation, key.item, tag, coding.key])
    } else {
      try delete.execute(arguments: [set.key, key.conversation, key.item, tag])
    }
    try keep.execute(arguments: [coding.key, key.conversation, key.item, tag, isSet])
    mention(key, String(tag), isSet)
  }

  func mention(_ key: ItemKey, _ what: String, _ isSet: Bool) {
    hasher.update((key.item + " " + what + (isSet ? " on\n" : " off\n")).utf8.span)
  }

  var digest: SHA256Digest { hasher.finish() }
}
