// SPDX-License-Identifier: Apache-2.0
import Bytes
import GRDB
import Model

/// Writes what was done to items in another store.
final class ArrivedHistory {
  private let adoption: ReviewAdoption
  private let hasChange: Statement
  private let hasNote: Statement
  private let change: Statement
  private let tag: Statement
  private let note: Statement
  private var hasher = SHA256Hasher()

  init(_ db: Database, _ adoption: ReviewAdoption) throws {
    self.adoption = adoption
    hasChange = try db.cachedStatement(
      sql: """
        SELECT 1 FROM coding_change
        WHERE coding = ? AND conversation = ? AND item = ? AND tag = ? AND is_set = ?
        """)
    hasNote = try db.cachedStatement(
      sql: """
        SELECT 1 FROM review_note WHERE id = ? AND review_set = ? AND conversation = ? AND item = ?
          AND text = ?
        """)
    // What a run that was stopped left is there already.
    change = try db.cachedStatement(
      sql: """
        INSERT INTO coding_change (coding, conversation, item, tag, is_set) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO NOTHING
        """)
    tag = try db.cachedStatement(
      sql: """
        INSERT INTO item_tag (review_set, conversation, item, tag, coding) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO NOTHING
        """)
    note = try db.cachedStatement(
      sql: """
        INSERT INTO review_note (id, review_set, conversation, item, text, coding, withdrawn,
          created, account)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """)
  }

  var digest: SHA256Digest { hasher.finish() }

  /// Whether the set knows all that the volume tells of an item.
  func holds(_ item: ArrivedItem) throws -> Bool {
    for entry in item.data.changes {
      guard
        try Int.fetchOne(
          hasChange,
          arguments: [
            try key(entry.coding), item.key.conversation, item.key.item, try tagKey(entry.tag),
            entry.isSet,
          ]) != nil
      else { return false }
    }
    for entry in item.data.notes {
      guard
        try Int.fetchOne(
          hasNote,
          arguments: [
            adoption.names.id(entry.id).text, adoption.set.key, item.key.conversation,
            item.key.item, entry.text,
          ]) != nil
      else { return false }
    }
    return true
  }

  func write(_ item: ArrivedItem) throws {
    for entry in item.data.changes {
      let tag = try tagKey(entry.tag)
      try change.execute(arguments: [
        try key(entry.coding), item.key.conversation, item.key.item, tag, entry.isSet,
      ])
      mention(item, String(tag), entry.isSet)
    }
    for source in item.data.tags {
      guard let act = item.data.coding(settingTag: source) else { continue }
      try tag.execute(arguments: [
        adoption.set.key, item.key.conversation, item.key.item, try tagKey(source), try key(act),
      ])
    }
    for entry in item.data.notes {
      try note.execute(arguments: [
        adoption.names.id(entry.id).text, adoption.set.key, item.key.conversation, item.key.item,
        entry.text, try key(entry.coding), try entry.withdrawn.map { try key($0) },
        entry.created.ticks, entry.account,
      ])
      mention(item, "note", entry.withdrawn == nil)
    }
  }

  private func mention(_ item: ArrivedItem, _ what: String, _ isSet: Bool) {
    hasher.update((item.key.item + " " + what + (isSet ? " on\n" : " off\n")).utf8.span)
  }

  private func key(_ coding: ObjectID) throws -> Int64 {
    guard let key = adoption.codings[coding] else {
      throw StoreError(.failure, "the volume names an act of coding that it does not tell")
    }
    return key
  }

  /// 0 stands for taking an item out of the set.
  private func tagKey(_ tag: ObjectID?) throws -> Int64 {
    guard let tag else { return 0 }
    guard let key = adoption.tags[tag] else {
      throw StoreError(.failure, "the volume names a tag that it does not tell")
    }
    return key
  }
}
