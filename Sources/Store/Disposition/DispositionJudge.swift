// SPDX-License-Identifier: Apache-2.0
package import Model
import Retention

/// What a run did with one conversation of a plan.
package struct DispositionResult: Hashable, Sendable {
  package enum Outcome: String, Sendable, CaseIterable {
    case purged
    /// It stays, for a reason that came up since the plan.
    case skipped
    /// It needs an approval that it does not have.
    case waiting
  }

  package var conversation: ObjectID
  package var outcome: Outcome
  /// Why it was left: the name of a ``RetentionOutcome`` such as `held`, `gone` where the capture
  /// that the plan listed was purged already, `changed` where a request selected it without messages
  /// and it has some now, `approval`, or of a deletion at the source too the name
  /// of a ``DeletionObjection``; empty where it was purged.
  package var because = ""
  /// Ids of the holds, review sets, policies or labels that keep it.
  package var objects: [ObjectID] = []
  /// Native bytes of all its versions.
  package var byteCount: Int64 = 0

  /// How far its deletion at its source has come; nil where that is not asked for.
  package var atSource: SourceDeletion.State?
  /// Why it stays there, or could not be deleted.
  package var atSourceBecause = ""

  /// Whether it counts as skipped: what is gone already is no failure of a run.
  package var isLeft: Bool { outcome == .skipped && because != "gone" }
}

/// What is removed, and what allowed it.
struct Burial {
  var conversation: ConversationRecord
  var decision: RetentionDecision
  var approval: Approval?
  /// What its source has, where it is to be deleted there too.
  var view = SourceView.unsourced
}

/// Judges the conversations of a plan, one by one, on the stored records.
///
/// A run and its dry run judge alike: both ask this.
struct DispositionJudge {
  let plan: PlanRecord
  /// Of the same state as the catalog that is asked.
  let situation: RetentionSituation
  let searcher: Searcher

  struct Verdict {
    var disposition: DispositionResult
    /// Nil where the conversation stays.
    var burial: Burial?
  }

  func verdict(on entry: PlanEntry, in catalog: Catalog) throws -> Verdict {
    var result = DispositionResult(
      conversation: entry.id, outcome: .skipped, byteCount: entry.byteCount)
    guard try !catalog.wasPurged(entry.id, sincePlan: plan),
      let record = try catalog.conversationIfPresent(entry.id)
    else {
      result.because = "gone"
      return Verdict(disposition: result)
    }
    let decision = try searcher.decision(
      on: record, in: catalog, situation,
      request: plan.request.map { RemovalRequest(reason: $0.reason) })
    guard case .due(let needsReview) = decision.outcome else {
      result.because = decision.outcome.name
      result.objects = keeping(decision)
      return Verdict(disposition: result)
    }
    // What a request selected as a conversation without items tells nothing of items that came since.
    if plan.request != nil, entry.itemCount == 0, record.itemCount > 0 {
      result.because = "changed"
      return Verdict(disposition: result)
    }
    let approval = try catalog.approval(of: entry.id, in: plan)
    // What the plan listed for a review is not freed of it by what changed since.
    if approval == nil,
      try needsReview || entry.state == .review || catalog.disposalLimits().needsSecondPerson
    {
      result.outcome = .waiting
      result.because = "approval"
      return Verdict(disposition: result)
    }
    result.outcome = .purged
    return Verdict(
      disposition: result,
      burial: Burial(conversation: record, decision: decision, approval: approval))
  }

  private func keeping(_ decision: RetentionDecision) -> [ObjectID] {
    switch decision.outcome {
    case .held: Array(Set(decision.holds.map(\.hold))).sorted()
    case .inReviewSet: decision.reviewSets.map(\.set).sorted()
    case .retained, .notDue: Array(Set(decision.decidingPolicies)).sorted()
    default: []
    }
  }
}

/// What a run would do, judged without writing anything.
package struct DisposalRehearsal {
  private let store: Store
  private let plan: PlanRecord

  package init(_ store: Store, plan: PlanRecord) {
    self.store = store
    self.plan = plan
  }

  /// Judges entries of a plan as they stand now.
  ///
  /// - Parameters:
  ///   - entries: Entries of the plan, all of one partition.
  ///   - partition: Where they lie; nil for those that are in none any more.
  /// - Returns: What a run would do with each.
  /// - Throws: `StoreError` as the run would throw, or when the store cannot be read.
  package func judge(
    _ entries: ArraySlice<PlanEntry>, in partition: Int?
  ) throws -> [DispositionResult] {
    let searcher = try Searcher(judging: partition ?? 0, of: store)
    return try store.read { catalog in
      try catalog.requireArmed()
      try catalog.requireRunnable(plan)
      let judge = DispositionJudge(
        plan: plan, situation: try catalog.retentionSituation(), searcher: searcher)
      return try entries.map { try judge.verdict(on: $0, in: catalog).disposition }
    }
  }
}
