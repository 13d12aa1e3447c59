// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import GRDB
import Model
import Retention

extension Catalog {
  /// Whether a conversation was purged after a plan was made: what is here now is a new capture, which
  /// the plan does not list.
  func wasPurged(_ id: ObjectID, sincePlan plan: PlanRecord) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: "SELECT EXISTS (SELECT 1 FROM tombstone WHERE id = ? AND last_plan >= ?)"),
      arguments: [id.text, plan.key]) ?? false
  }

  /// Productions of sets with items of a conversation, also those that are being made, and those of
  /// which only some volumes were published before they failed: one too many is no harm, one too few is
  /// an untrue certificate.
  fileprivate func productions(holding conversation: Int64) throws -> [String] {
    try String.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT DISTINCT export.id FROM export
            JOIN review_load ON review_load.review_set = export.review_set
            JOIN review_item ON review_item.load = review_load.key
          WHERE review_item.conversation = ?
            AND (export.state <> 'failed' OR export.published_count > 0)
          ORDER BY export.id
          """), arguments: [conversation])
  }
}

extension Change {
  /// What must be true of a plan, and of the store, in every transaction that removes.
  func requireDisposable(_ plan: PlanRecord) throws {
    try catalog.requireArmed()
    try catalog.requireRunnable(catalog.plan(plan.id.text))
  }

  /// Keeps what a run did with a conversation.
  func note(_ result: DispositionResult, of plan: PlanRecord) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO retention_result VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET outcome = excluded.outcome, because = excluded.because,
          objects = excluded.objects, time = excluded.time WHERE outcome <> 'purged'
        """
    ).execute(arguments: [
      plan.key, result.conversation.text, result.outcome.rawValue, result.because,
      JSONValue(result.objects.map(\.text)).canonical, now.ticks,
    ])
  }

  /// Records a batch of a run.
  func noteBatch(_ results: [DispositionResult], of plan: PlanRecord) throws {
    var counts: [String: JSONValue] = [:]
    for outcome in DispositionResult.Outcome.allCases {
      counts[outcome.rawValue] = JSONValue(results.count { $0.outcome == outcome })
    }
    try record(AuditEvent("retention.run.batch", of: plan.id, after: .object(counts)))
  }

  /// Writes the tombstone of a conversation with its audit event, and takes its rows from the
  /// catalog.
  func bury(_ burial: Burial, of plan: PlanRecord) throws {
    let conversation = burial.conversation
    // Of two removals within one tick of the clock the later one is later.
    let time =
      try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT max(purged) FROM tombstone WHERE id = ?"),
        arguments: [conversation.id.text]
      ).map { max(now.ticks, $0 + 1) } ?? now.ticks
    let tombstone = try tombstone(burial, plan, at: Instant(ticks: time))
    let text = tombstone.json.canonical
    let digest = SHA256Digest(of: text)
    try db.cachedStatement(
      sql: """
        INSERT INTO tombstone (id, route, native_id, partition, plan, purged, record, sha256,
          item_count, byte_count, state, last_plan)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', (SELECT max(key) FROM retention_plan))
        """
    ).execute(arguments: [
      tombstone.id, tombstone.route, tombstone.nativeID, conversation.partition, plan.key, time,
      text, Data(digest.bytes), tombstone.items, tombstone.bytes,
    ])
    try schedule(burial.view, tombstone: db.lastInsertedRowID)
    try removeRows(of: conversation, byteCount: tombstone.bytes)
    try record(
      AuditEvent(
        "content.purge", of: conversation.id,
        after: [
          "plan": .string(plan.id.text), "tombstone_sha256": .string(digest.hexadecimal),
          "versions": JSONValue(tombstone.versions.map(\.sha256)),
          "items": JSONValue(tombstone.items), "bytes": .integer(tombstone.bytes),
          "policies": JSONValue(tombstone.policies), "approver": JSONValue(tombstone.approver),
        ], reason: plan.request?.reason ?? ""))
  }

  private func tombstone(
    _ burial: Burial, _ plan: PlanRecord, at time: Instant
  ) throws -> TombstoneRecord {
    let conversation = burial.conversation
    let versions = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT version, digest, byte_count, item_count, captured FROM conversation_version
          WHERE conversation = ? ORDER BY version
          """), arguments: [conversation.key]
    ).map { row in
      TombstoneRecord.Version(
        version: row[0], sha256: [UInt8](row[1] as Data).hexadecimal, bytes: row[2], items: row[3],
        captured: row.instant("captured").rfc3339)
    }
    let owners = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT DISTINCT account.native_id, custodian.id FROM conversation_account o
            JOIN account ON account.key = o.account
            LEFT JOIN custodian ON custodian.key = account.custodian
          WHERE o.conversation = ?
          """), arguments: [conversation.key])
    let facts = try catalog.unitFacts(of: conversation.key)
    return TombstoneRecord(
      id: conversation.id.text, nativeID: conversation.nativeID, kind: conversation.kind.rawValue,
      route: conversation.route, custodians: Set(owners.compactMap { $0[1] as String? }).sorted(),
      accounts: Set(owners.map { $0[0] as String }).sorted(), projects: facts.projects.sorted(),
      sources: facts.sources.sorted(),
      versions: versions, items: conversation.itemCount,
      bytes: versions.reduce(0) { $0 + $1.bytes }, purged: time.rfc3339,
      account: actor.displayName, plan: plan.id.text, planDigest: plan.digest?.hexadecimal ?? "",
      policies: Array(Set(burial.decision.decidingPolicies)).sorted().map(\.text),
      reason: plan.request?.reason, due: (burial.decision.purgeAt?.instant ?? now).rfc3339,
      approver: burial.approval?.account, approvalReason: burial.approval?.reason,
      exports: try catalog.productions(holding: conversation.key))
  }

  /// Takes a conversation's rows from the catalog; all that is left of it is its tombstone.
  private func removeRows(of conversation: ConversationRecord, byteCount: Int64) throws {
    try removeFiles(of: conversation)
    let projects = try Int64.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT project FROM conversation_project WHERE conversation = ?1
          UNION SELECT project FROM conversation WHERE key = ?1 AND project IS NOT NULL
          """), arguments: [conversation.key])
    for table in [
      "coding_change", "item_tag", "review_note", "redaction", "review_content", "review_item",
      "label_assignment", "conversation_account", "conversation_project", "conversation_source",
      "conversation_version", "join_key",
    ] {
      try db.cachedStatement(sql: "DELETE FROM \(table) WHERE conversation = ?")
        .execute(arguments: [conversation.key])
    }
    try db.cachedStatement(sql: "DELETE FROM conversation WHERE key = ?")
      .execute(arguments: [conversation.key])
    try forgetUnnamed(projects)
    try db.cachedStatement(
      sql: """
        UPDATE partition SET item_count = item_count - ?, byte_count = byte_count - ?
        WHERE number = ?
        """
    ).execute(arguments: [conversation.itemCount, byteCount, conversation.partition])
  }
}
