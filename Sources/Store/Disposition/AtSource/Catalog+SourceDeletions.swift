// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

extension Catalog {
  /// A service's list of chats that has a chat, the newest first.
  private static let listing = """
    source_object o ON o.source = s.key AND o.kind = 'chat' AND o.listed IS NOT NULL
    """

  /// The source that a conversation can be deleted at: the one that listed it last.
  ///
  /// - Parameter record: The conversation.
  /// - Returns: Nil for what came from a file, or is no chat.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func deletionSource(of record: ConversationRecord) throws -> SourceRecord? {
    guard record.kind == .conversation else { return nil }
    return try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT s.* FROM conversation c JOIN source s ON s.kind = 'compliance-api'
            JOIN \(Catalog.listing) AND o.native_id = c.native_id
          WHERE c.key = ?1 AND (s.key = c.source
            OR s.key IN (SELECT source FROM conversation_source WHERE conversation = ?1)
            OR s.key IN (SELECT run.source FROM conversation_version v
              JOIN run ON run.key = v.run WHERE v.conversation = ?1))
          ORDER BY o.listed DESC, s.key LIMIT 1
          """), arguments: [record.key]
    ).map(SourceRecord.init)
  }

  /// The sources that a run of a plan may have to ask: of chats that it would remove, of those that it
  /// removed here alone, and of those that wait; by name.
  package func deletionSources(of plan: PlanRecord) throws -> [SourceRecord] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT s.* FROM source s WHERE s.kind = 'compliance-api' AND (
          EXISTS (SELECT 1 FROM retention_plan_entry e JOIN conversation c ON c.id = e.id
            JOIN \(Catalog.listing) AND o.native_id = c.native_id
            WHERE e.plan = ?1 AND e.state <> 'simulated' AND c.kind = 'conversation')
          OR EXISTS (SELECT 1 FROM tombstone t JOIN \(Catalog.listing) AND o.native_id = t.native_id
            WHERE t.plan = ?1 AND instr(t.record, s.id) > 0 AND NOT EXISTS (
              SELECT 1 FROM source_deletion d WHERE d.tombstone = t.key))
          OR EXISTS (SELECT 1 FROM source_deletion d
            WHERE d.source = s.key AND d.state IN ('due', 'sent', 'failed')))
        ORDER BY s.name
        """, arguments: [plan.key]
    ).map(SourceRecord.init)
  }

  /// Deletions that wait, of whatever plan, in the order of their purges.
  ///
  /// - Parameters:
  ///   - last: Begins after this tombstone.
  ///   - limit: At most so many.
  /// - Returns: The deletions.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func pendingSourceDeletions(after last: Int64 = 0, limit: Int) throws -> [SourceDeletion]
  {
    try Row.fetchAll(
      db,
      sql: SourceDeletion.selection + """
         WHERE d.state IN ('due', 'sent', 'failed') AND d.tombstone > ?
        ORDER BY d.tombstone LIMIT ?
        """, arguments: [last, limit]
    ).map(SourceDeletion.init)
  }

  /// How many deletions wait, of whatever plan.
  package func pendingSourceDeletionCount() throws -> Int {
    try Int.fetchOne(
      db,
      sql: "SELECT count(*) FROM source_deletion WHERE state IN ('due', 'sent', 'failed')") ?? 0
  }

  /// The deletion of the last removal of a conversation; nil when it was not to be deleted at a source.
  package func sourceDeletion(of conversation: ObjectID) throws -> SourceDeletion? {
    try Row.fetchOne(
      db.cachedStatement(
        sql: SourceDeletion.selection + " WHERE t.id = ? ORDER BY t.purged DESC, t.key DESC LIMIT 1"
      ),
      arguments: [conversation.text]
    ).map(SourceDeletion.init)
  }

  /// The deletion that belongs to a tombstone; nil when there is none.
  package func sourceDeletion(tombstone: Int64) throws -> SourceDeletion? {
    try Row.fetchOne(
      db.cachedStatement(sql: SourceDeletion.selection + " WHERE d.tombstone = ?"),
      arguments: [tombstone]
    ).map(SourceDeletion.init)
  }

  /// The deletions that belong to a plan, by state.
  package func sourceDeletionCounts(of plan: PlanRecord) throws -> SourceDeletionCounts {
    var counts: SourceDeletionCounts = [:]
    for row in try Row.fetchAll(
      db,
      sql: """
        SELECT d.state, count(*) FROM source_deletion d JOIN tombstone t ON t.key = d.tombstone
        WHERE t.plan = ? GROUP BY d.state
        """, arguments: [plan.key])
    {
      counts[try row.value("state")] = row[1]
    }
    return counts
  }
}
