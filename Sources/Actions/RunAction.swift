// SPDX-License-Identifier: Apache-2.0
package import Capture
package import Model
package import Store

/// Removes what a plan lists (holds-and-retention section 4, points 2 and 7).
///
/// Killed at any moment and run again, it ends in the same state.
package struct RunAction {
  /// What a run did, or under `--dry-run` would do.
  package struct Result: Sendable {
    package var purged = 0
    /// Removed before: by an earlier run of this plan, or by another plan.
    package var already = 0
    package var waiting = 0
    /// Conversations that only simulated policies would remove.
    package var simulated = 0
    /// Those that stay for a reason that came up since the plan, by reason.
    package var skipped: [String: Int] = [:]
    /// What keeps them: holds, review sets, policies and labels, with their numbers.
    package var keeping: [ObjectID: Int] = [:]
    /// Native bytes of what was purged.
    package var bytes: Int64 = 0
    /// Removals of the store that a reader is in the way of; nil when none is.
    package var pending: PendingRemovals?
    /// What was done at the sources; nil where that was not asked for.
    package var atSource: AtSourceResult?
    /// What stopped the run before its end, and at which source: it could not be asked any more.
    package var failure: (error: ComplianceError, source: String)?

    package init() {}

    package var skippedCount: Int { skipped.values.reduce(0, +) }
    /// Whether a run of it ends with status 3.
    package var isPartial: Bool {
      skippedCount > 0 || pending != nil || atSource?.isPartial == true
    }

    fileprivate mutating func note(_ results: [DispositionResult]) {
      for result in results {
        switch result.outcome {
        case .purged:
          purged += 1
          bytes += result.byteCount
        case .waiting: waiting += 1
        case .skipped where result.isLeft:
          skipped[result.because, default: 0] += 1
          for object in result.objects { keeping[object, default: 0] += 1 }
        case .skipped: already += 1
        }
      }
    }
  }

  /// Entries that are read at once.
  private static let pageSize = 1000

  private let store: Store
  private let actor: AuditActor
  private let wait: Duration
  private let access: SourceAccess?
  private let onStep: @Sendable (RemovalStep) throws -> Void

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - store: Opened for writing; a rehearsal works on one that was opened for reading.
  ///   - actor: Who runs.
  ///   - wait: How long to wait while another process runs a plan or stores content.
  ///   - access: For a deletion at the sources too; nil: only here.
  ///   - onStep: Called after each step of a removal; what it throws stops the run there.
  package init(
    store: Store, actor: AuditActor, wait: Duration = .zero, access: SourceAccess? = nil,
    onStep: @escaping @Sendable (RemovalStep) throws -> Void = { _ in }
  ) {
    self.store = store
    self.actor = actor
    self.wait = wait
    self.access = access
    self.onStep = onStep
  }

  /// Runs a plan.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - confirmedCount: The number of removals that was confirmed; nil for none.
  ///   - progress: Gets the conversations judged and those to judge; a throw stops the run between
  ///     two batches, and what it removed stays removed.
  /// - Returns: What was done.
  /// - Throws: `StoreError` with `.disarmed`, `.stale`, `.usage`, `.confirm`, `.locked`, `.damaged`, or
  ///   what `progress` or the access throws.
  package func run(
    _ plan: PlanRecord, confirmedCount: Int? = nil,
    progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> Result {
    let lock = try store.lockJob("retention-run", as: actor, wait: wait)
    return try withExtendedLifetime(lock) {
      if let access {
        return try run(plan, access, confirmedCount: confirmedCount, progress: progress)
      }
      let disposal = try ContentDisposal(store, actor: actor, wait: wait, onStep: onStep)
      let allowed = try store.change(as: actor) {
        try $0.startRun(of: plan, confirmedCount: confirmedCount)
      }
      var result = try begin(plan)
      let total = try count(plan)
      var judged = 0
      try forEachPage(of: plan) { page, partition in
        var rest = page[...]
        while !rest.isEmpty {
          try progress(judged, total)
          let results = try disposal.dispose(
            rest, in: partition, of: plan, atMost: allowed - result.purged)
          result.note(results)
          judged += results.count
          rest = rest.dropFirst(results.count)
          if !rest.isEmpty { letOthersWrite() }
        }
        return true
      }
      try progress(judged, total)
      result.pending = try disposal.finish()
      let end = result
      try store.change(as: actor) { try $0.finishRun(of: plan, end.counts) }
      return result
    }
  }

  /// Judges a plan as ``run(_:confirmedCount:progress:)`` does and writes nothing.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - confirmedCount: The number of removals that was confirmed; nil judges a plan that the brake
  ///     stops, too.
  /// - Returns: What a run would do now.
  /// - Throws: `StoreError` as the run would.
  package func rehearse(_ plan: PlanRecord, confirmedCount: Int? = nil) throws -> Result {
    try store.read { catalog in
      try catalog.requireArmed()
      try catalog.requireRunnable(plan)
      try catalog.verifyEntries(of: plan)
      // Without a number it tells the one that a run needs.
      if confirmedCount != nil { try catalog.requireBrake(plan, confirmedCount: confirmedCount) }
    }
    var result = try begin(plan)
    let rehearsal = DisposalRehearsal(store, plan: plan)
    if access != nil {
      var atSource = AtSourceResult()
      // What was purged here by an earlier run is deleted there, too.
      atSource.deletable = try store.read { try $0.adoptableSourceDeletionCount(of: plan) }
      result.atSource = atSource
    }
    try forEachPage(of: plan) { page, partition in
      let judged = try rehearsal.judge(page[...], in: partition)
      result.note(judged)
      if access != nil { try result.noteSources(of: judged, in: store) }
      return true
    }
    result.atSource?.pending = try store.read { try $0.pendingSourceDeletionCount() }
    return result
  }

  private func begin(_ plan: PlanRecord) throws -> Result {
    var result = Result()
    result.already = try store.read { try $0.progress(of: plan).purged }
    result.simulated = plan.counts.simulated
    return result
  }

  private func count(_ plan: PlanRecord) throws -> Int {
    try store.read { catalog in
      let progress = try catalog.progress(of: plan)
      return progress.removable + progress.waiting
    }
  }

  /// What is to be done, partition by partition; the body returns false to stop.
  private func forEachPage(
    of plan: PlanRecord, _ body: ([PlanEntry], Int?) throws -> Bool
  ) throws {
    for partition in try store.read({ try $0.remainingPartitions(of: plan) }) {
      var last: ObjectID?
      while true {
        let page = try store.read { catalog in
          try catalog.remainingEntries(
            of: plan, in: partition, after: last, limit: Self.pageSize)
        }
        guard let end = page.last else { break }
        guard try body(page, partition) else { return }
        last = end.id
      }
    }
  }
}

extension RunAction {
  /// Removes what a plan lists, here and at the sources, a few conversations at a time: each is read
  /// again at its source, then removed here, then deleted there.
  private func run(
    _ plan: PlanRecord, _ access: SourceAccess, confirmedCount: Int?,
    progress: (Int, Int) throws -> Void
  ) throws -> Result {
    let sources = try AtSourceRun(store, actor: actor, plan: plan, access: access, wait: wait)
    let allowed = try store.change(as: actor) {
      try $0.startRun(of: plan, confirmedCount: confirmedCount)
    }
    var result = try begin(plan)
    let total = try count(plan)
    var judged = 0
    try progress(judged, total)
    try sources.resume()
    try forEachPage(of: plan) { page, partition in
      var rest = page[...]
      while !rest.isEmpty, sources.failure == nil {
        try progress(judged, total)
        let group = rest.prefix(sources.groupSize)
        rest = rest.dropFirst(group.count)
        guard let views = try sources.views(of: group, in: partition) else { break }
        try progress(judged, total)
        let results = try dispose(
          group, in: partition, of: plan, atMost: allowed - result.purged, seen: views)
        result.note(results)
        judged += results.count
        try sources.delete(results, seen: views)
      }
      return sources.failure == nil
    }
    try progress(judged, total)
    if sources.failure == nil { try sources.captureAgain() }
    result.pending = try disposal().finish()
    try sources.finish()
    result.atSource = sources.result
    result.failure = sources.failure
    let end = result
    try store.change(as: actor) { try $0.finishRun(of: plan, end.counts) }
    return result
  }

  /// Others may store content between two groups: a run that waits for a service must not stop them.
  private func disposal() throws -> ContentDisposal {
    try whenFree(
      within: max(wait, .seconds(60)), { try access?.check("") },
      { try ContentDisposal(store, actor: actor, wait: $0, onStep: onStep) })
  }

  private func dispose(
    _ group: ArraySlice<PlanEntry>, in partition: Int?, of plan: PlanRecord, atMost limit: Int,
    seen views: [ObjectID: SourceView]
  ) throws -> [DispositionResult] {
    let disposal = try disposal()
    var results: [DispositionResult] = []
    while results.count < group.count {
      results += try disposal.dispose(
        group.dropFirst(results.count), in: partition, of: plan,
        atMost: limit - results.count { $0.outcome == .purged }, seen: views)
    }
    return results
  }
}

extension RunAction.Result {
  /// Counts, for a dry run, what would be deleted at a source.
  fileprivate mutating func noteSources(of judged: [DispositionResult], in store: Store) throws {
    var (found, none) = (0, 0)
    try store.read { catalog in
      for result in judged where result.outcome == .purged {
        let record = try catalog.conversationIfPresent(result.conversation)
        if try record.flatMap(catalog.deletionSource) == nil { none += 1 } else { found += 1 }
      }
    }
    let known = atSource?.deletable ?? 0
    atSource?.deletable = known + found
    atSource?.withoutSource += none
  }

  fileprivate var counts: [String: JSONValue] {
    var counts: [String: JSONValue] = [
      "purged": JSONValue(purged), "already": JSONValue(already), "waiting": JSONValue(waiting),
      "skipped": .object(skipped.mapValues { JSONValue($0) }), "bytes": .integer(bytes),
      "pending": JSONValue(pending?.conversations ?? 0),
    ]
    if let atSource {
      counts["at_source"] = [
        "deleted": JSONValue(atSource.deleted), "gone": JSONValue(atSource.gone),
        "without_source": JSONValue(atSource.withoutSource),
        "kept": .object(atSource.kept.mapValues { JSONValue($0) }),
        "captured": JSONValue(atSource.captured), "failed": JSONValue(atSource.failedCount),
        "pending": JSONValue(atSource.pending), "calls": JSONValue(atSource.calls),
      ]
    }
    return counts
  }
}
