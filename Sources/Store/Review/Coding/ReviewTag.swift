// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// How many tags of a group an item may bear.
package enum TagChoice: String, Sendable, CaseIterable {
  /// At most one: another takes its place.
  case one
  case many
}

/// A tag of a review set, with the group that it belongs to.
package struct ReviewTag: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  package var name: String
  package var description: String
  /// The key of its group.
  var groupKey: Int64
  package var group: String
  package var choice: TagChoice
  package var created: Instant

  static let selection = """
    SELECT tag.*, tag_group.name AS group_name, tag_group.choice FROM tag
    JOIN tag_group ON tag_group.key = tag.tag_group
    """

  init(row: Row) throws {
    key = row["key"]
    id = try row.objectID("id")
    name = row["name"]
    description = row["description"]
    groupKey = row["tag_group"]
    group = row["group_name"]
    choice = try row.value("choice")
    created = row.instant("created")
  }

  var json: JSONValue {
    [
      "tag": .string(id.text), "name": .string(name), "group": .string(group),
      "choice": .string(choice.rawValue), "description": .string(description),
    ]
  }
}

extension Catalog {
  /// The tags of a set by group, then name.
  package func tags(of set: ReviewSet) throws -> [ReviewTag] {
    try Row.fetchAll(
      db,
      sql: ReviewTag.selection + " WHERE tag.review_set = ? ORDER BY tag_group.name, tag.name",
      arguments: [set.key]
    ).map(ReviewTag.init)
  }

  /// The tag that a written name or id means in a set; letter case does not count.
  ///
  /// - Throws: `StoreError` with `.notFound`.
  package func tag(_ written: String, of set: ReviewSet) throws -> ReviewTag {
    let key = try key(written, in: .tag, of: set.key)
    guard
      let row = try Row.fetchOne(
        db, sql: ReviewTag.selection + " WHERE tag.key = ? AND tag.review_set = ?",
        arguments: [key, set.key])
    else { throw Catalog.notFound([written], noun: "tag") }
    return try ReviewTag(row: row)
  }

  /// The tags that written names mean; all unknown ones are told at once.
  package func tags(_ written: [String], of set: ReviewSet) throws -> [ReviewTag] {
    var tags: [ReviewTag] = []
    var unknown: [String] = []
    for name in written {
      do {
        let tag = try tag(name, of: set)
        if !tags.contains(tag) { tags.append(tag) }
      } catch let error as StoreError where error.code == .notFound {
        unknown.append(name)
      }
    }
    guard unknown.isEmpty else { throw Catalog.notFound(unknown, noun: "tag") }
    return tags
  }

  /// How many items of a set bear each tag, by the tag's key; what was removed from the set does not
  /// count.
  package func tagCounts(of set: ReviewSet) throws -> [Int64: Int] {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT tag, count(*) FROM item_tag t
        WHERE review_set = ?1 AND tag > 0
          AND NOT EXISTS (SELECT 1 FROM item_tag r WHERE r.review_set = ?1
            AND r.conversation = t.conversation AND r.item = t.item AND r.tag = 0)
        GROUP BY tag
        """, arguments: [set.key])
    var counts: [Int64: Int] = [:]
    while let row = try rows.next() { counts[row[0]] = row[1] }
    return counts
  }
}

extension Change {
  /// Defines a tag; its group is made where the set has none of that name.
  ///
  /// - Parameters:
  ///   - name: Unique in the set, whatever the letter case.
  ///   - set: The set, of an open case.
  ///   - group: The group's name.
  ///   - choice: Of the group; nil takes the group's, and `.many` for a new one.
  ///   - description: What the tag stands for.
  /// - Returns: The tag.
  /// - Throws: `StoreError` with `.exists` when the name is taken or the group has another choice.
  @discardableResult
  package func createTag(
    name: String, in set: ReviewSet, group: String, choice: TagChoice? = nil,
    description: String = ""
  ) throws -> ReviewTag {
    let set = try requireOpen(set)
    try requireName(name, noun: "tag")
    try requireName(group, noun: "tag group")
    if let id = try String.fetchOne(
      db, sql: "SELECT id FROM tag WHERE review_set = ? AND name = ?", arguments: [set.key, name])
    {
      throw StoreError(
        .exists, "the review set \(set.name) has a tag called \(name) already", objects: [id])
    }
    let groupKey = try tagGroup(group, in: set, choice: choice)
    let id = ObjectID.random(.tag)
    try db.execute(
      sql: """
        INSERT INTO tag (id, review_set, tag_group, name, description, created)
        VALUES (?, ?, ?, ?, ?, ?)
        """, arguments: [id.text, set.key, groupKey, name, description, now.ticks])
    let tag = try catalog.tag("id:" + id.text, of: set)
    try record(AuditEvent("review.tag.create", of: set.id, after: tag.json))
    return tag
  }

  func tagGroup(_ name: String, in set: ReviewSet, choice: TagChoice?) throws -> Int64 {
    if let row = try Row.fetchOne(
      db, sql: "SELECT key, choice FROM tag_group WHERE review_set = ? AND name = ?",
      arguments: [set.key, name])
    {
      let known: String = row[1]
      guard choice == nil || choice?.rawValue == known else {
        throw StoreError(
          .exists, "of the tags in the group \(name) an item bears \(known); that does not change")
      }
      return row[0]
    }
    try db.execute(
      sql: """
        INSERT INTO tag_group (id, review_set, name, choice, created) VALUES (?, ?, ?, ?, ?)
        """,
      arguments: [
        ObjectID.random(.tagGroup).text, set.key, name, (choice ?? .many).rawValue, now.ticks,
      ])
    return db.lastInsertedRowID
  }

  /// Deletes a tag that no item ever bore.
  ///
  /// - Throws: `StoreError` with `.denied` when the coding history names it or the case is closed,
  ///   `.notFound` when it was deleted meanwhile.
  package func deleteTag(_ tag: ReviewTag, of set: ReviewSet, reason: String = "") throws {
    let set = try requireOpen(set)
    let tag = try catalog.tag("id:" + tag.id.text, of: set)
    let isUsed =
      try Int.fetchOne(
        db,
        sql: """
          SELECT EXISTS (SELECT 1 FROM coding_change WHERE tag = ?1)
            OR EXISTS (SELECT 1 FROM item_tag WHERE tag = ?1)
          """, arguments: [tag.key]) == 1
    guard !isUsed else {
      throw StoreError(
        .denied,
        "the coding history names the tag \(tag.name), so it stays; take it from the items instead")
    }
    try db.execute(sql: "DELETE FROM tag WHERE key = ?", arguments: [tag.key])
    try db.execute(
      sql: """
        DELETE FROM tag_group WHERE key = ?1
          AND NOT EXISTS (SELECT 1 FROM tag WHERE tag_group = ?1)
        """, arguments: [tag.groupKey])
    try record(AuditEvent("review.tag.delete", of: set.id, before: tag.json, reason: reason))
  }
}
