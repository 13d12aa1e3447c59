// SPDX-License-Identifier: Apache-2.0
import Bytes
import GRDB
package import Model

/// Removals whose last byte is not certain to be gone.
package struct PendingRemovals: Hashable, Sendable {
  package var conversations: Int
  /// The partitions concerned, in order.
  package var partitions: [Int]
}

extension Catalog {
  /// The tombstones of a conversation, by our id or the source's, the oldest first.
  package func tombstones(written: String) throws -> [Tombstone] {
    let id = written.hasPrefix("id:") ? String(written.dropFirst(3)) : written
    return try Row.fetchAll(
      db,
      sql: Tombstone.selection
        + " WHERE tombstone.id = ?1 OR tombstone.native_id = ?1 ORDER BY purged, tombstone.key",
      arguments: [id]
    ).map(Tombstone.init)
  }

  /// The tombstones of a plan, by conversation.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - body: What to do with each.
  /// - Throws: `StoreError` when the catalog cannot be read; what the body throws.
  package func forEachTombstone(of plan: PlanRecord, _ body: (Tombstone) throws -> Void) throws {
    let rows = try Row.fetchCursor(
      db, sql: Tombstone.selection + " WHERE tombstone.plan = ? ORDER BY tombstone.id",
      arguments: [plan.key])
    while let row = try rows.next() { try body(Tombstone(row: row)) }
  }

  /// What is left to be done of removals; nil when all are complete.
  package func pendingRemovals() throws -> PendingRemovals? {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT partition, count(*) FROM tombstone WHERE state <> 'done' GROUP BY partition
        ORDER BY partition
        """)
    guard !rows.isEmpty else { return nil }
    return PendingRemovals(
      conversations: rows.reduce(0) { $0 + ($1[1] as Int) }, partitions: rows.map { $0[0] })
  }

  /// Conversations whose rows may still be in a partition, by the partition's number: nothing may
  /// show them.
  func hiddenConversations() throws -> [Int: [SearchDirectory.AccountName]] {
    let rows = try Row.fetchAll(
      db, sql: "SELECT partition, route, native_id FROM tombstone WHERE state = 'pending'")
    var found: [Int: [SearchDirectory.AccountName]] = [:]
    for row in rows {
      found[row[0], default: []].append(
        SearchDirectory.AccountName(route: row[1], nativeID: row[2]))
    }
    return found
  }

  /// How many conversations a run captured that had been purged before.
  package func recapturedCount(of run: RunRecord) throws -> Int {
    try Int.fetchOne(db, sql: "SELECT count(*) FROM recapture WHERE run = ?", arguments: [run.key])
      ?? 0
  }

  /// Whether a conversation is purged and was not captured since.
  package func isPurged(_ id: ObjectID) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM tombstone WHERE id = ?1)
          AND NOT EXISTS (SELECT 1 FROM conversation WHERE id = ?1)
        """, arguments: [id.text]) ?? false
  }
}

extension Change {
  /// Ties the new capture of a conversation to the tombstone of its last removal.
  ///
  /// Where it was never purged, nothing happens. Records no event: it is part of a batch that does.
  func linkRecapture(_ id: ObjectID, run: Int64) throws {
    try db.cachedStatement(
      sql: """
        INSERT OR IGNORE INTO recapture (tombstone, run, time)
        SELECT key, ?, ? FROM tombstone WHERE id = ? ORDER BY purged DESC, key DESC LIMIT 1
        """
    ).execute(arguments: [run, now.ticks, id.text])
  }
}
