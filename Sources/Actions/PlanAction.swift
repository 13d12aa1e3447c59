// SPDX-License-Identifier: Apache-2.0
package import Model
import Retention
package import Store

/// Computes what may be disposed of, and records it as a plan (holds-and-retention section 4,
/// point 1).
///
/// It deletes nothing. Labels that their rules fit are set on the way.
package struct PlanAction {
  /// What to plan.
  package struct Task: Sendable {
    /// As of another time; such a plan cannot be run, and sets no label.
    package var asOf: Instant?
    /// A removal on request.
    package var request: (plan: PlanRequest, planner: RetentionPlanner.Request)?
    /// Only what these decide; nil for all.
    package var policies: [PolicyRecord]?

    package init() {}
  }

  /// What a plan is, or under `--dry-run` would be.
  package struct Result: Sendable {
    /// Nil under `--dry-run`.
    package var plan: PlanRecord?
    package var counts = PlanCounts()
    package var totals: [PlanTotal] = []
    /// Conversations on which a rule set a label.
    package var labelled = 0
  }

  private static let batchSize = 5000

  private let store: Store
  private let actor: AuditActor

  package init(store: Store, actor: AuditActor) {
    self.store = store
    self.actor = actor
  }

  /// Computes a plan.
  ///
  /// - Parameters:
  ///   - task: What to plan.
  ///   - isRehearsed: Whether nothing is to be written.
  /// - Returns: The plan with its counts.
  /// - Throws: `StoreError` with `.locked` while another plan is computed, `.stale` when policies
  ///   were changed meanwhile.
  package func plan(_ task: Task, isRehearsed: Bool) throws -> Result {
    guard !isRehearsed else { return try compute(task, into: nil) }
    let lock = try store.lockJob("retention-plan", as: actor)
    return try withExtendedLifetime(lock) {
      let plan = try store.change(as: actor) { change in
        try change.startPlan(
          asOf: task.asOf, request: task.request?.plan, policies: task.policies)
      }
      var result = try compute(task, into: plan)
      result.plan = try store.change(as: actor) { change in
        try change.finishPlan(plan, counts: result.counts, totals: result.totals)
      }
      return result
    }
  }

  private func compute(_ task: Task, into plan: PlanRecord?) throws -> Result {
    let planner = try RetentionPlanner(
      store, asOf: task.asOf, request: task.request?.planner)
    let wanted = task.policies.map { Set($0.map(\.id)) }
    var result = Result()
    var totals = TotalTally()
    for partition in planner.partitionNumbers {
      var entries: [PlannedConversation] = []
      var fits: [RetentionPlanner.LabelFit] = []
      try planner.forEachConversation(in: partition) { found, fit in
        var planned = found
        if let wanted, wanted.isDisjoint(with: planned.deciding) { planned = planned.leftOut }
        result.counts.note(planned)
        totals.note(planned)
        if planned.entryState != nil { entries.append(planned) }
        if let fit { fits.append(fit) }
      }
      guard let plan else { continue }
      try write(entries, of: plan)
      if task.asOf == nil { result.labelled += try setLabels(fits) }
    }
    result.totals = totals.result
    return result
  }

  private func write(_ entries: [PlannedConversation], of plan: PlanRecord) throws {
    var rest = entries[...]
    while !rest.isEmpty {
      let batch = Array(rest.prefix(Self.batchSize))
      rest = rest.dropFirst(Self.batchSize)
      try store.change(as: actor) { try $0.addEntries(batch, to: plan) }
    }
  }

  private func setLabels(_ fits: [RetentionPlanner.LabelFit]) throws -> Int {
    var count = 0
    var rest = fits[...]
    while !rest.isEmpty {
      let batch = rest
      let (judged, set) = try store.change(as: actor) {
        try $0.setLabels(byRule: batch, in: store)
      }
      count += set
      rest = rest.dropFirst(judged)
      if !rest.isEmpty { letOthersWrite() }
    }
    return count
  }
}

extension PlannedConversation {
  /// The same conversation in a plan that is about other policies.
  fileprivate var leftOut: PlannedConversation {
    var planned = self
    if entryState != nil {
      planned.outcome = .notDeleted
      planned.simulated = nil
    }
    return planned
  }
}

/// Adds up what policies, labels, holds and review sets mean.
private struct TotalTally {
  private struct Key: Hashable {
    var object: ObjectID
    var state: String
  }

  private var totals: [Key: (count: Int, bytes: Int64)] = [:]

  mutating func note(_ planned: PlannedConversation) {
    if let state = planned.entryState {
      for policy in planned.deciding { add(policy, state.rawValue, planned) }
    }
    if planned.outcome == .held || planned.simulated == .held {
      for hold in planned.holds { add(hold, "held", planned) }
    }
    if planned.outcome == .inReviewSet || planned.simulated == .inReviewSet {
      for set in planned.reviewSets { add(set, "in-review-set", planned) }
    }
  }

  private mutating func add(_ object: ObjectID, _ state: String, _ planned: PlannedConversation) {
    let key = Key(object: object, state: state)
    let before = totals[key] ?? (0, 0)
    totals[key] = (before.count + 1, before.bytes + planned.byteCount)
  }

  var result: [PlanTotal] {
    totals.map { key, total in
      PlanTotal(
        object: key.object, state: key.state, conversationCount: total.count,
        byteCount: total.bytes)
    }.sorted { ($0.object, $0.state) < ($1.object, $1.state) }
  }
}
