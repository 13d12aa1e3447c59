// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

extension Change {
  /// Makes an empty review set in an open case.
  ///
  /// - Throws: `StoreError` with `.exists` when the case has one of that name.
  @discardableResult
  package func createReviewSet(
    name: String, in matter: MatterRecord, description: String = "", reason: String = ""
  ) throws -> ReviewSet {
    try requireName(name, noun: "review set")
    try requireOpen(matter)
    if let id = try String.fetchOne(
      db, sql: "SELECT id FROM review_set WHERE matter = ? AND name = ?",
      arguments: [matter.key, name])
    {
      throw StoreError(
        .exists, "the case \(matter.name) has a review set called \(name) already", objects: [id])
    }
    let id = ObjectID.random(.reviewSet)
    try db.execute(
      sql: """
        INSERT INTO review_set (id, matter, name, description, created) VALUES (?, ?, ?, ?, ?)
        """, arguments: [id.text, matter.key, name, description, now.ticks])
    let set = try catalog.reviewSet(key: db.lastInsertedRowID)
    try record(AuditEvent("review.create", of: id, after: set.json, reason: reason))
    return set
  }

  /// Begins a load.
  ///
  /// What it gets is part of the set when it is frozen; a load that was left unfinished before is
  /// forgotten. The caller holds the set's job lock.
  package func startLoad(_ search: SearchDefinition, into set: ReviewSet) throws -> ReviewLoad {
    let set = try requireOpen(set)
    try forgetUnfinishedLoads(of: set)
    let last =
      try Int.fetchOne(
        db, sql: "SELECT max(number) FROM review_load WHERE review_set = ?", arguments: [set.key])
      ?? 0
    let id = ObjectID.random(.load)
    try db.execute(
      sql: """
        INSERT INTO review_load (id, review_set, number, query, normal_form, dialect, scope, since,
          before, zone, item_count, context_count, already_count, state, created, account)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 'loading', ?, ?)
        """,
      arguments: [
        id.text, set.key, last + 1, search.query, search.normalForm, search.dialect,
        search.scope.json.canonical, search.interval.since?.ticks, search.interval.before?.ticks,
        search.zone, now.ticks, actor.displayName,
      ])
    try record(
      AuditEvent(
        "review.load", of: set.id, after: ["load": .string(id.text), "asked": search.json]))
    return try load(id)
  }

  /// Puts items into an unfinished load, except those that the set has already in the same role, and
  /// those whose conversation was purged since they were found.
  ///
  /// - Parameters:
  ///   - items: The items, those of a conversation one after the other.
  ///   - load: The load.
  ///   - set: Its set.
  ///   - passedOver: Conversations of the batch that were found to be purged before.
  /// - Returns: How many were new, and the rows of the conversations that were purged.
  /// - Throws: `StoreError` with `.denied` for a frozen load, or when the catalog cannot be written.
  @discardableResult
  package func addItems(
    _ items: some Sequence<ReviewItem>, to load: ReviewLoad, of set: ReviewSet,
    passedOver: Int = 0
  ) throws -> (added: Int, purged: Set<Int64>) {
    guard try self.load(load.id).state == .loading else {
      throw StoreError(.denied, "the load \(load.id) is frozen")
    }
    let isThere = try db.cachedStatement(
      sql: """
        SELECT 1 FROM review_item JOIN review_load ON review_load.key = review_item.load
        WHERE review_item.conversation = ?1 AND review_item.item = ?2
          AND review_load.review_set = ?3 AND review_item.is_context <= ?4
          AND (?4 OR \(Catalog.isNotRemoved))
        """)
    // An item that came as context and is selected in the same load is selected.
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO review_item (load, conversation, item, version, conversation_version,
          is_context)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET is_context = 0, version = excluded.version
        """)
    let isHere = try db.cachedStatement(
      sql: "SELECT EXISTS (SELECT 1 FROM conversation WHERE key = ?)")
    var added = 0
    var already = 0
    var purged: Set<Int64> = []
    var last: Int64?
    for item in items {
      if item.conversation != last {
        last = item.conversation
        if try Bool.fetchOne(isHere, arguments: [item.conversation]) != true {
          purged.insert(item.conversation)
        }
      }
      if purged.contains(item.conversation) { continue }
      if try Int.fetchOne(
        isThere, arguments: [item.conversation, item.item, set.key, item.isContext]) != nil
      {
        if !item.isContext { already += 1 }
        continue
      }
      try insert.execute(arguments: [
        load.key, item.conversation, item.item, item.version, item.conversationVersion,
        item.isContext,
      ])
      added += 1
    }
    try db.execute(
      sql: "UPDATE review_load SET already_count = already_count + ? WHERE key = ?",
      arguments: [already, load.key])
    var after: [String: JSONValue] = [
      "load": .string(load.id.text), "added": JSONValue(added), "already": JSONValue(already),
    ]
    if purged.count + passedOver > 0 {
      after["purged_meanwhile"] = JSONValue(purged.count + passedOver)
    }
    try record(AuditEvent("review.add", of: set.id, after: .object(after)))
    return (added, purged)
  }

  /// Freezes a load: from now on it is part of its set and never changes.
  @discardableResult
  package func freezeLoad(_ load: ReviewLoad, of set: ReviewSet) throws -> ReviewLoad {
    guard try self.load(load.id).state == .loading else {
      throw StoreError(.denied, "the load \(load.id) is frozen already")
    }
    try db.execute(
      sql: """
        UPDATE review_load SET state = 'frozen',
          item_count = (SELECT count(*) FROM review_item WHERE load = ?1 AND is_context = 0),
          context_count = (SELECT count(*) FROM review_item WHERE load = ?1 AND is_context = 1)
        WHERE key = ?1 AND state = 'loading'
        """, arguments: [load.key])
    // What is selected again after it was taken out is back.
    try db.execute(
      sql: """
        DELETE FROM item_tag WHERE review_set = ?1 AND tag = 0 AND EXISTS (
          SELECT 1 FROM review_item WHERE load = ?2 AND is_context = 0
            AND review_item.conversation = item_tag.conversation
            AND review_item.item = item_tag.item)
        """, arguments: [set.key, load.key])
    let restored = db.changesCount
    let frozen = try self.load(load.id)
    try record(
      AuditEvent(
        "review.freeze", of: set.id,
        after: [
          "load": .string(load.id.text), "items": JSONValue(frozen.itemCount),
          "context": JSONValue(frozen.contextCount), "already": JSONValue(frozen.alreadyCount),
          "restored": JSONValue(restored),
        ]))
    return frozen
  }

  /// Removes what loads that never ended had gathered, each with an event.
  func forgetUnfinishedLoads(of set: ReviewSet) throws {
    let unfinished = try Row.fetchAll(
      db,
      sql: """
        SELECT id, (SELECT count(*) FROM review_item WHERE load = review_load.key)
        FROM review_load WHERE review_set = ? AND state = 'loading' ORDER BY key
        """, arguments: [set.key])
    for load in unfinished {
      try record(
        AuditEvent(
          "review.forget", of: set.id,
          before: ["load": .string(load[0]), "items": JSONValue(load[1] as Int)]))
    }
    try db.execute(
      sql: """
        DELETE FROM review_item WHERE load IN (
          SELECT key FROM review_load WHERE review_set = ? AND state = 'loading')
        """, arguments: [set.key])
    try db.execute(
      sql: "DELETE FROM review_load WHERE review_set = ? AND state = 'loading'",
      arguments: [set.key])
  }

  /// By id: the row of a load that was forgotten may be another's now.
  func load(_ id: ObjectID) throws -> ReviewLoad {
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT * FROM review_load WHERE id = ?", arguments: [id.text])
    else { throw StoreError(.notFound, "the load is no longer there; add to the set again") }
    return try ReviewLoad(row: row)
  }
}
