// SPDX-License-Identifier: Apache-2.0
import Bytes
import GRDB
package import Model

extension Catalog {
  /// Plans that were computed to their end, the newest first.
  package func plans() throws -> [PlanRecord] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM retention_plan WHERE state = 'ready' ORDER BY created DESC, key DESC"
    ).map(PlanRecord.init)
  }

  /// Plans that can be run, the newest first: those for now, since which policies and labels say the
  /// same.
  package func runnablePlans() throws -> [PlanRecord] {
    let digest = try policyDigest()
    return try plans().filter { $0.asOf == nil && $0.policyDigest == digest }
  }

  /// The plan with an id.
  ///
  /// - Throws: `StoreError` with `.notFound`.
  package func plan(_ written: String) throws -> PlanRecord {
    let id = written.hasPrefix("id:") ? String(written.dropFirst(3)) : written
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT * FROM retention_plan WHERE id = ?", arguments: [id])
    else { throw Catalog.notFound([written], noun: "plan") }
    return try PlanRecord(row: row)
  }

  /// Whether policies and labels say something else than when a plan was computed.
  ///
  /// Captures, holds and assigned labels do not make a plan stale: each conversation is judged again.
  package func isStale(_ plan: PlanRecord) throws -> Bool {
    try policyDigest() != plan.policyDigest
  }

  /// The entries of a plan, by id.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - last: Begins after this id, so that a long run can go batch by batch; nil: at the start.
  ///   - limit: At most so many; nil for all.
  /// - Returns: The entries.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func entries(
    of plan: PlanRecord, after last: ObjectID? = nil, limit: Int? = nil
  ) throws -> [PlanEntry] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM retention_plan_entry WHERE plan = ?1 AND (?2 IS NULL OR id > ?2)
        ORDER BY id LIMIT ?3
        """, arguments: [plan.key, last?.text, limit ?? -1]
    ).map(PlanEntry.init)
  }

  /// What policies, labels, holds and review sets mean in a plan, by id, then state.
  package func totals(of plan: PlanRecord) throws -> [PlanTotal] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM retention_plan_total WHERE plan = ? ORDER BY object, state",
      arguments: [plan.key]
    ).map { row in
      PlanTotal(
        object: try row.objectID("object"), state: row["state"],
        conversationCount: row["conversation_count"], byteCount: row["byte_count"])
    }
  }

  /// Computes the digest of a plan's entries anew.
  ///
  /// - Throws: `StoreError` with `.damaged` when it is not the one that was recorded.
  package func verifyEntries(of plan: PlanRecord) throws {
    guard try digestOfEntries(plan.key) == plan.digest else {
      throw StoreError(
        .damaged, "the entries of \(plan.id) are not those that were planned",
        objects: [plan.id.text])
    }
  }

  func digestOfEntries(_ plan: Int64) throws -> SHA256Digest {
    let rows = try Row.fetchCursor(
      db, sql: "SELECT * FROM retention_plan_entry WHERE plan = ? ORDER BY id", arguments: [plan])
    var hasher = SHA256Hasher()
    while let row = try rows.next() { hasher.update(Array(try PlanEntry(row: row).line.utf8).span) }
    return hasher.finish()
  }
}
