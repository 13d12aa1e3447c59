// SPDX-License-Identifier: Apache-2.0
package import Model

/// The one door through which content leaves a store (holds-and-retention section 4, point 3).
///
/// ``dispose(_:of:)`` is the only function that removes captured content. It judges each conversation
/// itself, on the stored records, inside the catalog's write transaction that writes the tombstone.
/// The order that a crash cannot break:
///
/// 1. For each batch of conversations, the catalog's transaction commits tombstones (`pending`), audit
///    events, and the removal of the catalog's rows. From here on the conversations are gone: readers
///    leave out what is pending.
/// 2. For many batches of one partition at once, since they change the same pages, rows and entries
///    of the index go in one transaction of the partition. `PendingRemoval.removeRows` does it.
/// 3. `PendingRemoval.finish` removes files, empties the logs and the gaps of pages of the catalog and
///    the partitions, and the tombstones say `done`.
///
/// Killed before 1, nothing happened. Killed between 1 and 2, the rows are still there and shown by
/// nothing; what comes next and writes takes them away. Killed in 3, it is done again.
///
/// A hold that is committed before 1 is seen by it, from whatever process it came, since all writers
/// take the same lock.
package final class ContentDisposal {
  private let store: Store
  private let actor: AuditActor
  private let lock: StoreLock
  /// Conversations of one partition that may wait for the removal of their rows: each search leaves
  /// them out one by one.
  private static let waitingLimit = 2000

  private let onStep: @Sendable (RemovalStep) throws -> Void
  /// How many conversations wait for the removal of their rows, and where.
  private var waiting: (partition: Int, count: Int)?
  /// What reads the partition at hand.
  ///
  /// While we hold the lock only removals change it, and persons are
  /// taken from each batch's own transaction.
  private var searcher: (partition: Int, value: Searcher)?

  /// Takes the lock under which content is written.
  ///
  /// - Parameters:
  ///   - store: Opened for writing.
  ///   - actor: Who disposes.
  ///   - wait: How long to wait while another process stores content.
  ///   - onStep: Called after each step; what it throws stops the work there, as a crash would.
  /// - Throws: `StoreError` with `.locked`.
  package init(
    _ store: Store, actor: AuditActor, wait: Duration = .zero,
    onStep: @escaping @Sendable (RemovalStep) throws -> Void = { _ in }
  ) throws {
    self.store = store
    self.actor = actor
    self.onStep = onStep
    lock = try store.lockJob("content", as: actor, wait: wait)
  }

  /// Judges conversations of a plan and removes those that may go.
  ///
  /// - Parameters:
  ///   - entries: Entries of the plan, all of one partition.
  ///   - partition: Where they lie; nil for those that are in none any more.
  ///   - plan: The plan.
  ///   - limit: How many may be removed at most: what the brake let through at the run's start, less
  ///     what the run removed since.
  ///   - views: For a deletion at the source too, what the source has of each: what is not in it, could
  ///     not be read or is another than what was captured stays. Nil: only here.
  /// - Returns: What became of the first of them, in their order: as many as fit into a batch, at
  ///   least one.
  /// - Throws: `StoreError` with `.disarmed`, `.stale`, `.usage`, `.confirm` where more than the
  ///   limit would go, or when the store cannot be read or
  ///   written; nothing of the batch happened then, or all of it will be finished.
  package func dispose(
    _ entries: ArraySlice<PlanEntry>, in partition: Int?, of plan: PlanRecord,
    atMost limit: Int, seen views: [ObjectID: SourceView]? = nil
  ) throws -> [DispositionResult] {
    guard let partition else {
      return try store.change(as: actor) { change in
        try change.requireDisposable(plan)
        let gone = try entries.map { entry in
          let result = DispositionResult(
            conversation: entry.id, outcome: .skipped, because: "gone")
          try change.note(result, of: plan)
          return result
        }
        try change.noteBatch(gone, of: plan)
        return gone
      }
    }
    if let waiting, waiting.partition != partition || waiting.count >= Self.waitingLimit {
      try removeRows(in: waiting.partition)
    }
    if self.searcher?.partition != partition { self.searcher = nil }
    let searcher = try self.searcher?.value ?? Searcher(judging: partition, of: store)
    self.searcher = (partition, searcher)
    let results = try store.change(as: actor) { change in
      try change.requireDisposable(plan)
      let judge = DispositionJudge(
        plan: plan, situation: try change.catalog.retentionSituation(), searcher: searcher)
      var results: [DispositionResult] = []
      var purged = 0
      var deadline: ContinuousClock.Instant?
      for entry in entries {
        let result = try dispose(entry, judge, views, change)
        results.append(result)
        if result.outcome == .purged { purged += 1 }
        guard purged <= limit else {
          throw StoreError(
            .confirm,
            "the run stopped, as more became removable than the brake let through when it began; "
              + "run the plan again", objects: [plan.id.text])
        }
        // Counted after the first one, which judges for all that are the same interaction: a batch
        // that ended with it would make the next one judge them all again.
        let end = deadline ?? .now + Change.batchDuration
        if .now >= end { break }
        deadline = end
      }
      try change.noteBatch(results, of: plan)
      try onStep(.judged)
      return results
    }
    let count = results.count { $0.outcome == .purged }
    waiting = (partition, (waiting?.count ?? 0) + count)
    try onStep(.decided)
    return results
  }

  /// Takes one conversation from the catalog where it may go.
  private func dispose(
    _ entry: PlanEntry, _ judge: DispositionJudge, _ views: [ObjectID: SourceView]?,
    _ change: Change
  ) throws -> DispositionResult {
    var verdict = try judge.verdict(on: entry, in: change.catalog)
    if let views { try verdict.compare(views[entry.id] ?? .unread, in: change.catalog) }
    if let burial = verdict.burial { try change.bury(burial, of: judge.plan) }
    try change.note(verdict.disposition, of: judge.plan)
    return verdict.disposition
  }

  private func removeRows(in partition: Int) throws {
    waiting = nil
    // It would keep the log from being emptied.
    searcher = nil
    try PendingRemoval(store, actor: actor, onStep: onStep).removeRows(in: partition)
  }

  /// Finishes what is left of all removals: no byte of a purged conversation stays.
  ///
  /// - Parameter progress: Gets the number of partitions done and of all.
  /// - Returns: What is not finished because a reader is in the way; nil when all is.
  /// - Throws: `StoreError` when the store cannot be written; what `progress` throws.
  package func finish(
    _ progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> PendingRemovals? {
    waiting = nil
    searcher = nil
    return try PendingRemoval(store, actor: actor, onStep: onStep).finish(progress)
  }
}

/// A place at which a removal can be interrupted.
package enum RemovalStep: Hashable, Sendable, CaseIterable {
  /// Before the catalog commits.
  case judged
  /// The catalog has committed; the partition is as it was.
  case decided
  /// The rows are gone in the partition's transaction, which has not committed.
  case rowsTaken
  /// The partition has committed; its log holds older states of it.
  case rowsRemoved
  /// No names are left in the catalog's log and gaps; the partitions are as they were.
  case catalogCleaned
  /// The log is empty; gaps of pages may hold copies of rows.
  case logEmptied
  /// Nothing is left; the tombstones do not say so yet.
  case scrubbed
}
