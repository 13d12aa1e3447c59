// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// A reviewer's decision that a conversation of a plan may go.
package struct Approval: Hashable, Sendable {
  package var conversation: ObjectID
  package var time: Instant
  /// Who approved.
  package var account: String
  package var reason: String

  init(row: Row) throws {
    conversation = try row.objectID("id")
    time = row.instant("time")
    account = row["account"]
    reason = row["reason"]
  }
}

/// Settings of the store that bound what a run may remove.
package struct DisposalLimits: Hashable, Sendable {
  /// Percent of the conversations in the store, 1 to 100: a plan that would remove more needs its
  /// number confirmed.
  package var brakePercent = 10
  /// Whether every removal needs the approval of a person who did not make the plan; else only those
  /// that a policy sends to review need one, of anybody.
  package var needsSecondPerson = false

  fileprivate static let brakeName = "retention.brake"
  fileprivate static let secondPersonName = "retention.second-person"

  package init() {}

  /// Whether these let a run do what the others would not.
  package func isLooser(than other: DisposalLimits) -> Bool {
    brakePercent > other.brakePercent || (other.needsSecondPerson && !needsSecondPerson)
  }
}

extension Catalog {
  /// The limits in force.
  package func disposalLimits() throws -> DisposalLimits {
    var limits = DisposalLimits()
    if let text = try setting(DisposalLimits.brakeName) {
      guard let percent = Int(text), (1...100).contains(percent) else {
        throw StoreError(.damaged, "the setting \(DisposalLimits.brakeName) is no percentage")
      }
      limits.brakePercent = percent
    }
    limits.needsSecondPerson = try setting(DisposalLimits.secondPersonName) == "true"
    return limits
  }

  /// The first approval of a conversation in a plan that counts under the limits in force; nil when
  /// there is none.
  package func approval(of conversation: ObjectID, in plan: PlanRecord) throws -> Approval? {
    let excluded = try disposalLimits().needsSecondPerson ? makerOfPlan(plan) : nil
    return try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT * FROM retention_approval WHERE plan = ?1 AND id = ?2
            AND (?3 IS NULL OR person <> ?3)
          ORDER BY time, person LIMIT 1
          """), arguments: [plan.key, conversation.text, excluded]
    ).map(Approval.init)
  }

  /// How many conversations of a plan are approved.
  package func approvalCount(of plan: PlanRecord) throws -> Int {
    try Int.fetchOne(
      db, sql: "SELECT count(DISTINCT id) FROM retention_approval WHERE plan = ?",
      arguments: [plan.key]) ?? 0
  }
}

extension Change {
  /// Sets the limits; what they were is on record.
  ///
  /// - Parameters:
  ///   - limits: The new ones; a percentage from 1 to 100.
  ///   - reason: Why.
  /// - Throws: `StoreError` with `.usage` for another percentage.
  package func setDisposalLimits(_ limits: DisposalLimits, reason: String = "") throws {
    guard (1...100).contains(limits.brakePercent) else {
      throw StoreError(.usage, "the brake is a percentage from 1 to 100")
    }
    let before = try catalog.disposalLimits()
    if limits.brakePercent != before.brakePercent {
      try setSetting(DisposalLimits.brakeName, to: String(limits.brakePercent), reason: reason)
    }
    if limits.needsSecondPerson != before.needsSecondPerson {
      try setSetting(
        DisposalLimits.secondPersonName, to: String(limits.needsSecondPerson), reason: reason)
    }
  }

  /// Approves conversations of a plan.
  ///
  /// - Parameters:
  ///   - plan: A plan that is ready, not stale, and of no other time.
  ///   - conversations: Conversations that it lists; nil for all of them that wait for an approval.
  ///   - reason: Why they may go.
  /// - Returns: How many were approved now, and how many had been before.
  /// - Throws: `StoreError` with `.usage` without a reason, `.notFound` naming all that the plan does
  ///   not list as to be removed, `.stale`, `.denied` where the store asks for a second person and
  ///   this one made the plan.
  package func approve(
    _ plan: PlanRecord, conversations: [ObjectID]? = nil, reason: String
  ) throws -> (added: Int, already: Int) {
    guard !reason.allSatisfy(\.isWhitespace) else {
      throw StoreError(.usage, "an approval needs a reason")
    }
    try catalog.requireRunnable(plan)
    let needsSecond = try catalog.disposalLimits().needsSecondPerson
    if needsSecond, try catalog.makerOfPlan(plan) == actor.person {
      throw StoreError(
        .denied,
        "this store asks for a second person, and \(actor.person) made the plan; let another "
          + "person approve it", objects: [plan.id.text])
    }
    let listed = try catalog.entries(of: plan).filter { $0.state != .simulated }
    let chosen: [ObjectID]
    if let conversations {
      let known = Set(listed.map(\.id))
      let unknown = conversations.filter { !known.contains($0) }
      guard unknown.isEmpty else {
        throw StoreError(
          .notFound, "the plan \(plan.id) does not list \(unknown.count) of these conversations",
          objects: unknown.map(\.text))
      }
      chosen = Array(Set(conversations)).sorted()
    } else {
      chosen = listed.filter { needsSecond || $0.state == .review }.map(\.id)
    }
    var added = 0
    for id in chosen {
      try db.cachedStatement(
        sql: "INSERT OR IGNORE INTO retention_approval VALUES (?, ?, ?, ?, ?, ?)"
      ).execute(arguments: [
        plan.key, id.text, now.ticks, actor.person, actor.displayName, reason,
      ])
      guard db.changesCount > 0 else { continue }
      added += 1
      try record(
        AuditEvent(
          "retention.approve", of: id, after: ["plan": .string(plan.id.text)], reason: reason))
    }
    return (added, chosen.count - added)
  }
}

extension AuditActor {
  /// The person behind an account: under sudo the one who called it.
  var person: String { callingAccount ?? account }
}

extension Catalog {
  /// Who made a plan, as the audit log has it.
  func makerOfPlan(_ plan: PlanRecord) throws -> String? {
    try String.fetchOne(
      db,
      sql: """
        SELECT coalesce(calling_account, account) FROM event
        WHERE object = ? AND action = 'retention.plan.start' ORDER BY seq LIMIT 1
        """, arguments: [plan.id.text])
  }

  /// Refuses a plan that cannot be run.
  ///
  /// - Throws: `StoreError` with `.stale` when it was computed under other policies or not to its
  ///   end, `.usage` for one of another time.
  package func requireRunnable(_ plan: PlanRecord) throws {
    if let asOf = plan.asOf {
      throw StoreError(
        .usage,
        "the plan \(plan.id) answers a question as of \(asOf.flooredToSecond.rfc3339) and cannot be "
          + "run; make one for now", objects: [plan.id.text])
    }
    guard plan.isReady, try !isStale(plan) else {
      throw StoreError(
        .stale,
        "the plan \(plan.id) was computed under other policies or labels; make it again with "
          + "custody retention plan", objects: [plan.id.text])
    }
  }
}
