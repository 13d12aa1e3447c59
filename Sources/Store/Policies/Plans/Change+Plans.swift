// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import GRDB
package import Model
import Retention

extension Change {
  /// Begins a plan; plans that were begun and never finished are forgotten.
  ///
  /// - Parameters:
  ///   - time: The time that is asked about; nil for now.
  ///   - request: A removal on request.
  ///   - policies: Limits it to what these decide; nil for all.
  /// - Returns: The plan, without entries.
  /// - Throws: `StoreError` with `.usage` for a request without a reason.
  package func startPlan(
    asOf time: Instant?, request: PlanRequest?, policies: [PolicyRecord]?
  ) throws -> PlanRecord {
    if let request, request.reason.allSatisfy(\.isWhitespace) {
      throw StoreError(.usage, "a removal on request needs a reason")
    }
    for table in ["retention_plan_entry", "retention_plan_total"] {
      try db.execute(
        sql: """
          DELETE FROM \(table) WHERE plan IN (
            SELECT key FROM retention_plan WHERE state = 'computing')
          """)
    }
    try db.execute(sql: "DELETE FROM retention_plan WHERE state = 'computing'")
    let id = ObjectID.random(.plan)
    let ids = policies.map { JSONValue($0.map(\.id.text)).canonical }
    // No key comes twice: tombstones tell by it which plans were made before a purge.
    try db.execute(
      sql: """
        INSERT INTO retention_plan (key, id, state, created, as_of, query, normal_form, reason, policies,
          policy_sha256, account)
        VALUES (
          1 + max(
            coalesce((SELECT max(key) FROM retention_plan), 0),
            coalesce((SELECT max(last_plan) FROM tombstone), 0)),
          ?, 'computing', ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        id.text, now.ticks, time?.ticks, request?.query, request?.normalForm, request?.reason, ids,
        Data(try catalog.policyDigest().bytes), actor.displayName,
      ])
    try record(AuditEvent("retention.plan.start", of: id, reason: request?.reason ?? ""))
    return try catalog.plan(id.text)
  }

  /// Adds conversations that a plan lists.
  ///
  /// - Parameters:
  ///   - planned: Conversations with an entry state.
  ///   - plan: A plan that is being computed.
  /// - Throws: `StoreError` when the catalog cannot be written.
  package func addEntries(_ planned: [PlannedConversation], to plan: PlanRecord) throws {
    let statement = try db.cachedStatement(
      sql: "INSERT INTO retention_plan_entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    for conversation in planned {
      guard let state = conversation.entryState, let purgeAt = conversation.purgeAt?.instant else {
        continue
      }
      try statement.execute(arguments: [
        plan.key, conversation.id.text, conversation.key, state.rawValue, purgeAt.ticks,
        conversation.formerPurgeAt != nil, conversation.formerPurgeAt?.instant?.ticks,
        JSONValue(conversation.deciding.map(\.text)).canonical, conversation.itemCount,
        conversation.byteCount,
      ])
    }
    try record(
      AuditEvent(
        "retention.plan.list", of: plan.id, after: ["conversations": JSONValue(planned.count)]))
  }

  /// Ends a plan.
  ///
  /// - Parameters:
  ///   - plan: A plan that is being computed.
  ///   - counts: What it met.
  ///   - totals: What policies, labels, holds and review sets mean in it.
  /// - Returns: The plan, ready.
  /// - Throws: `StoreError` with `.stale` when policies or labels were changed while it was computed.
  package func finishPlan(
    _ plan: PlanRecord, counts: PlanCounts, totals: [PlanTotal]
  ) throws -> PlanRecord {
    guard try !catalog.isStale(plan) else {
      throw StoreError(
        .stale, "policies or labels were changed while the plan was computed; make it again")
    }
    for total in totals {
      try db.execute(
        sql: "INSERT INTO retention_plan_total VALUES (?, ?, ?, ?, ?)",
        arguments: [
          plan.key, total.object.text, total.state, total.conversationCount, total.byteCount,
        ])
    }
    let digest = try catalog.digestOfEntries(plan.key)
    try db.execute(
      sql: """
        UPDATE retention_plan SET state = 'ready', sha256 = ?, conversation_count = ?,
          due_count = ?, review_count = ?, simulated_count = ?, nearer_count = ?, held_count = ?,
          review_set_count = ?, retained_count = ?, not_due_count = ?, start_unknown_count = ?,
          not_selected_count = ?, item_count = ?, byte_count = ?
        WHERE key = ?
        """,
      arguments: [
        Data(digest.bytes), counts.conversations, counts.due, counts.review, counts.simulated,
        counts.nearer, counts.held, counts.inReviewSets, counts.retained, counts.notDue,
        counts.startUnknown,
        counts.notSelected, counts.items, counts.bytes, plan.key,
      ])
    try record(
      AuditEvent(
        "retention.plan", of: plan.id,
        after: [
          "sha256": .string(digest.hexadecimal),
          "policies_sha256": .string(plan.policyDigest.hexadecimal),
          "as_of": JSONValue(plan.asOf), "conversations": JSONValue(counts.conversations),
          "due": JSONValue(counts.due), "review": JSONValue(counts.review),
          "simulated": JSONValue(counts.simulated), "nearer": JSONValue(counts.nearer),
          "held": JSONValue(counts.held),
          "bytes": .integer(counts.bytes),
          "request": plan.request.map { .string($0.normalForm) } ?? .null,
        ], reason: plan.request?.reason ?? ""))
    return try catalog.plan(plan.id.text)
  }
}
