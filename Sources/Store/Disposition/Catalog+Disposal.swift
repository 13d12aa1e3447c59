// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// How far the runs of a plan have come.
package struct PlanProgress: Hashable, Sendable {
  /// Conversations that it removed.
  package var purged = 0
  /// Native bytes of these.
  package var bytes: Int64 = 0
  /// Those that its last run left because something keeps them.
  package var skipped = 0
  /// Those that wait for an approval.
  package var waiting = 0
  /// Conversations that a run would try to remove now.
  package var removable = 0
  /// Removals of it that are not complete.
  package var pending = 0
}

extension Catalog {
  /// What of a plan is to be done: listed, not removed by it, and not only simulated.
  private static let remaining = """
    FROM retention_plan_entry e LEFT JOIN conversation c ON c.id = e.id
    WHERE e.plan = ?1 AND e.state <> 'simulated' AND NOT EXISTS (
      SELECT 1 FROM retention_result r WHERE r.plan = e.plan AND r.id = e.id
        AND r.outcome = 'purged')
    """

  /// The partitions in which a plan has something to do, in order; nil stands for what is in none.
  package func remainingPartitions(of plan: PlanRecord) throws -> [Int?] {
    try Optional<Int>.fetchAll(
      db, sql: "SELECT DISTINCT c.partition " + Catalog.remaining + " ORDER BY c.partition",
      arguments: [plan.key])
  }

  /// Entries of a plan that are to be done, by id.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - partition: Where they lie; nil for those in none.
  ///   - last: Begins after this id; nil: at the start.
  ///   - limit: At most so many.
  /// - Returns: The entries.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func remainingEntries(
    of plan: PlanRecord, in partition: Int?, after last: ObjectID?, limit: Int
  ) throws -> [PlanEntry] {
    try Row.fetchAll(
      db,
      sql: "SELECT e.* " + Catalog.remaining
        + " AND c.partition IS ?2 AND (?3 IS NULL OR e.id > ?3) ORDER BY e.id LIMIT ?4",
      arguments: [plan.key, partition, last?.text, limit]
    ).map(PlanEntry.init)
  }

  /// How far a plan has come.
  package func progress(of plan: PlanRecord) throws -> PlanProgress {
    var progress = PlanProgress()
    for row in try Row.fetchAll(
      db,
      sql: """
        SELECT outcome, because = 'gone', count(*) FROM retention_result WHERE plan = ?
        GROUP BY 1, 2
        """, arguments: [plan.key])
    {
      let outcome: DispositionResult.Outcome = try row.value("outcome")
      let isGone: Bool = row[1]
      switch outcome {
      case .purged: progress.purged += row[2]
      case .skipped where !isGone: progress.skipped += row[2]
      case .skipped: break
      case .waiting: break
      }
    }
    let bytes = try Row.fetchOne(
      db,
      sql: """
        SELECT coalesce(sum(byte_count), 0), coalesce(sum(state <> 'done'), 0) FROM tombstone
        WHERE plan = ?
        """, arguments: [plan.key])
    progress.bytes = bytes?[0] ?? 0
    progress.pending = bytes?[1] ?? 0
    let needsSecond = try disposalLimits().needsSecondPerson
    let left = try Row.fetchOne(
      db,
      sql: """
        SELECT count(*), coalesce(sum((e.state = 'due' AND NOT ?2) OR EXISTS (
          SELECT 1 FROM retention_approval a WHERE a.plan = e.plan AND a.id = e.id
            AND (?3 IS NULL OR a.person <> ?3))), 0)
        \(Catalog.remaining) AND c.key IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM tombstone t WHERE t.id = e.id AND t.last_plan >= e.plan)
        """,
      arguments: [plan.key, needsSecond, needsSecond ? makerOfPlan(plan) : nil])
    let all: Int = left?[0] ?? 0
    progress.removable = left?[1] ?? 0
    progress.waiting = all - progress.removable
    return progress
  }

  /// The conversations and other units in the store.
  package func conversationCount() throws -> Int {
    try Int.fetchOne(db, sql: "SELECT count(*) FROM conversation") ?? 0
  }

  /// What the last run did with the conversations of a plan, by id.
  package func results(of plan: PlanRecord) throws -> [DispositionResult] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT r.*, d.state, d.because AS why FROM retention_result r
          LEFT JOIN tombstone t ON t.plan = r.plan AND t.id = r.id
          LEFT JOIN source_deletion d ON d.tombstone = t.key
        WHERE r.plan = ? ORDER BY r.id
        """, arguments: [plan.key]
    ).map { row in
      var result = DispositionResult(
        conversation: try row.objectID("id"), outcome: try row.value("outcome"),
        because: row["because"], objects: try PlanEntry.ids(row["objects"]))
      if row["state"] as String? != nil {
        result.atSource = try row.value("state")
        result.atSourceBecause = row["why"]
      }
      return result
    }
  }
}

extension Change {
  /// Records that a run of a plan begins, after its plan was checked.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - confirmedCount: How many removals were confirmed; nil for none.
  /// - Returns: How many conversations the run may remove: approvals may come while it goes on.
  /// - Throws: `StoreError` with `.disarmed`, `.stale`, `.usage`, `.damaged` where the plan's entries
  ///   are not those that were planned, or `.confirm` where the brake asks for another number.
  package func startRun(of plan: PlanRecord, confirmedCount: Int?) throws -> Int {
    try requireDisposable(plan)
    try catalog.verifyEntries(of: plan)
    let allowed = try catalog.requireBrake(plan, confirmedCount: confirmedCount)
    try record(
      AuditEvent(
        "retention.run.start", of: plan.id,
        after: [
          "removable": JSONValue(try catalog.progress(of: plan).removable),
          "confirmed_count": confirmedCount.map { JSONValue($0) } ?? .null,
        ]))
    return allowed
  }

  /// Records that a run of a plan ended.
  package func finishRun(of plan: PlanRecord, _ counts: [String: JSONValue]) throws {
    try record(AuditEvent("retention.run", of: plan.id, after: .object(counts)))
  }
}

extension Catalog {
  /// Refuses a plan that would remove more than the brake allows without its number
  /// (holds-and-retention section 4, point 11).
  ///
  /// - Returns: How many conversations may be removed: those confirmed, or as many as need no number.
  /// - Throws: `StoreError` with `.confirm`.
  @discardableResult
  package func requireBrake(_ plan: PlanRecord, confirmedCount: Int?) throws -> Int {
    let brake = try brake(on: plan)
    if let confirmedCount {
      guard confirmedCount == brake.count else {
        throw StoreError(
          .confirm,
          "--confirm-count says \(confirmedCount), and the plan would remove \(brake.count) "
            + "conversations", objects: [plan.id.text])
      }
      return confirmedCount
    }
    guard brake.stops else { return brake.allowed }
    throw StoreError(
      .confirm, brake.sentence + "; if that is meant, give --confirm-count \(brake.count)",
      objects: [plan.id.text])
  }

  /// How many conversations a plan would remove, beside those that may go without their number.
  package func brake(on plan: PlanRecord) throws -> Brake {
    Brake(
      count: try progress(of: plan).removable, total: try conversationCount(),
      percent: try disposalLimits().brakePercent)
  }
}

/// What a plan would remove, against what the store lets go without its number.
package struct Brake: Hashable, Sendable {
  /// Conversations that are due or approved, before holds are looked at.
  package var count: Int
  /// Conversations of the store.
  package var total: Int
  /// The most that goes without its number, in hundredths of these.
  package var percent: Int

  /// Whether a run needs the number.
  package var stops: Bool { count * 100 > total * percent }
  /// How many may go without it.
  var allowed: Int { total * percent / 100 }

  /// What it stops.
  package var sentence: String {
    "the plan would remove \(count) of \(total) conversations, more than \(percent) %"
  }
}
