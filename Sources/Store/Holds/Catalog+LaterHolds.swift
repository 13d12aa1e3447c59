// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Retention

/// Chats that were purged before a hold was worded that may cover them, and how far wordings were
/// looked at.
package struct ChatsUnderLaterHolds: Sendable {
  package var chats: [SourceObject]
  /// The newest wording of any hold.
  package var lastWording: Int64
}

extension Catalog {
  /// The chats of a source that were purged, that are not known to be gone there, and that a wording of
  /// a hold may cover which is newer than the purge: a hold protects only what is here, so they are to
  /// be read again.
  ///
  /// What a query selects of them only their texts tell. A chat that was read again, judged and purged
  /// again is none of them until another wording comes.
  ///
  /// - Parameters:
  ///   - source: The source.
  ///   - route: Of its chats.
  ///   - last: The wordings up to this one were looked at before.
  /// - Returns: The chats, by our id.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func purgedChats(
    of source: SourceRecord, route: String, underWordingsAfter last: Int64
  ) throws -> ChatsUnderLaterHolds {
    let newest = try Int64.fetchOne(db, sql: "SELECT max(key) FROM hold_version") ?? 0
    var found = ChatsUnderLaterHolds(chats: [], lastWording: newest)
    guard newest > last else { return found }
    var rules: [(created: Instant, rule: HoldRule)] = []
    for hold in try holds() where hold.state != .released {
      for version in hold.versions where version.key > last && version.protects(at: now) {
        rules.append(
          (version.created, try rule(version, of: hold, coolDown: Change.defaultCoolDown)))
      }
    }
    guard let end = rules.map(\.created).max() else { return found }
    let rows = try Row.fetchCursor(
      db,
      sql: Tombstone.selection + """
         WHERE tombstone.route = ? AND tombstone.purged <= ?
          AND NOT EXISTS (SELECT 1 FROM conversation WHERE conversation.id = tombstone.id)
          AND NOT EXISTS (SELECT 1 FROM tombstone AS later
            WHERE later.id = tombstone.id AND later.purged > tombstone.purged)
        ORDER BY tombstone.id
        """, arguments: [route, end.ticks])
    while let row = try rows.next() {
      let tombstone = try Tombstone(row: row)
      guard tombstone.record.sources.contains(source.id.text),
        let object = try sourceObject(.chat, tombstone.nativeID, of: source),
        object.deleted == nil
      else { continue }
      let facts = try facts(tombstone.record)
      let isInScope = rules.contains { created, rule in
        tombstone.purged <= created
          && rule.decide(facts, at: now, selected: nil).protection != nil
      }
      if isInScope { found.chats.append(object) }
    }
    return found
  }
}
