// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

extension Catalog {
  /// The definition of a set as a volume carries it, in the order of its lines.
  ///
  /// - Parameters:
  ///   - set: The set.
  ///   - isSilent: Whether queries and reasons are left out: they may be made of words that are
  ///     blacked out.
  /// - Returns: The set, its tags, filters, frozen loads and acts of coding.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func reviewDefinition(of set: ReviewSet, isSilent: Bool) throws -> [ReviewLine] {
    func told(_ text: String, _ silent: String = "") -> String { isSilent ? silent : text }
    var lines: [ReviewLine] = [
      .set(
        ReviewSetData(
          id: set.id, matter: set.matter.name, name: set.name, description: set.description,
          created: set.created))
    ]
    lines += try tags(of: set).map { tag in
      .tag(
        ReviewTagData(
          id: tag.id, name: tag.name, description: tag.description, group: tag.group,
          isExclusive: tag.choice == .one, created: tag.created))
    }
    lines += try (isSilent ? [] : filters(of: set)).map { filter in
      .filter(
        ReviewFilterData(
          id: filter.id, name: filter.name, query: filter.query, dialect: filter.dialect,
          zone: filter.zone, created: filter.created, account: filter.account))
    }
    lines += try loads(of: set).map { load in
      .load(
        ReviewLoadData(
          id: load.id, query: told(load.query), normalForm: told(load.normalForm),
          dialect: load.dialect, interval: load.interval, zone: load.zone, created: load.created,
          account: load.account))
    }
    lines += try codings(of: set).reversed().map { act in
      .coding(
        ReviewCodingData(
          id: act.id, number: act.number, kind: act.kind, asked: told(act.asked, "{}"),
          reason: told(act.reason), undoes: act.undoes, isComplete: act.isComplete,
          changed: act.changed, already: act.already, skipped: act.skipped, created: act.created,
          account: act.account))
    }
    return lines
  }

  /// The items of a set in some conversations with all that was done to them, by conversation row and
  /// item; without the digests of their bytes.
  ///
  /// - Parameters:
  ///   - set: The set; loads that are not frozen do not count, nor do items that were taken out.
  ///   - conversations: Rows of conversations, at most a few hundred at a time.
  /// - Returns: The items.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func reviewData(
    of set: ReviewSet, in conversations: [Int64]
  ) throws -> [ItemKey: ReviewItemData] {
    var found: [ItemKey: ReviewItemData] = [:]
    let items = try Row.fetchCursor(
      db,
      sql: """
        SELECT conversation, item, review_load.id, is_context, conversation_version
        FROM review_item JOIN review_load ON review_load.key = review_item.load
        WHERE review_load.review_set = ? AND review_load.state = 'frozen'
          AND conversation IN (\(list(conversations))) AND \(Self.isNotRemoved)
        ORDER BY conversation, item, is_context, review_load.number
        """, arguments: [set.key])
    while let row = try items.next() {
      let key = ItemKey(conversation: row[0], item: row[1])
      guard found[key] == nil, let id = ObjectID(key.item) else { continue }
      found[key] = ReviewItemData(
        id: id, load: try row.objectID("id"), isContext: row["is_context"],
        record: row["conversation_version"])
    }
    try addCodings(of: set, in: conversations, to: &found)
    return found
  }

  private func addCodings(
    of set: ReviewSet, in conversations: [Int64], to found: inout [ItemKey: ReviewItemData]
  ) throws {
    let changes = try Row.fetchCursor(
      db,
      sql: """
        SELECT c.conversation, c.item, coding.id AS coding_id, tag.id AS tag_id, c.is_set
        FROM coding_change c JOIN coding ON coding.key = c.coding
          LEFT JOIN tag ON tag.key = c.tag
        WHERE coding.review_set = ? AND c.conversation IN (\(list(conversations)))
        ORDER BY c.conversation, c.item, coding.number, c.is_set, tag.name
        """, arguments: [set.key])
    while let row = try changes.next() {
      let change = ReviewChangeData(
        coding: try row.objectID("coding_id"),
        tag: (row["tag_id"] as String?).flatMap { ObjectID($0) }, isSet: row["is_set"])
      found[ItemKey(conversation: row[0], item: row[1])]?.changes.append(change)
    }
    let notes = try Row.fetchCursor(
      db,
      sql: """
        SELECT n.conversation, n.item, n.id, n.text, coding.id AS coding_id,
          undone.id AS withdrawn_id, n.created, n.account
        FROM review_note n JOIN coding ON coding.key = n.coding
          LEFT JOIN coding undone ON undone.key = n.withdrawn
        WHERE n.review_set = ? AND n.conversation IN (\(list(conversations)))
        ORDER BY n.created, coding.number, n.id
        """, arguments: [set.key])
    while let row = try notes.next() {
      let note = ReviewNoteData(
        id: try row.objectID("id"), text: row["text"], coding: try row.objectID("coding_id"),
        withdrawn: (row["withdrawn_id"] as String?).flatMap { ObjectID($0) },
        created: row.instant("created"), account: row["account"])
      found[ItemKey(conversation: row[0], item: row[1])]?.notes.append(note)
    }
  }
}
