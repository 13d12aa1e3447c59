// SPDX-License-Identifier: Apache-2.0
package import Model

/// The one door through which content leaves a store (holds-and-retention section 4, point 3).
///
/// ``dispose(_:of:)`` is the only function that removes captured content. It judges each conversation
/// itself, on the stored records, inside the catalog's write transaction that writes the tombstone.
/// The order that a crash cannot break, for each batch of conversations of one partition:
///
/// 1. A transaction of the partition is begun, and the rows go in it, as far as each conversation is
///    judged due.
/// 2. The catalog's transaction commits tombstones (`pending`), audit events, and the removal of the
///    catalog's rows. From here on the conversations are gone: readers leave out what is pending.
/// 3. The entries go from the partition's index, and its transaction commits.
/// 4. `PendingRemoval.finish` empties the partition's log and the gaps of its pages, and the
///    tombstones say `done`.
///
/// Killed before 2, nothing happened. Killed between 2 and 3, the rows are still there and shown by
/// nothing; what comes next and writes takes them away. Killed in 4, it is done again.
///
/// A hold that is committed before 2 is seen by it, from whatever process it came, since all writers
/// take the same lock.
package final class ContentDisposal {
  /// How long a batch keeps the write lock at the most: a hold must not wait for it.
  private static let batchDuration = Duration.milliseconds(400)

  private let store: Store
  private let actor: AuditActor
  private let lock: StoreLock
  private let onStep: @Sendable (RemovalStep) throws -> Void
  /// Tombstones whose rows are gone, which the next transaction notes.
  private var removed: [Int64] = []

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
  /// - Returns: What became of the first of them, in their order: as many as fit into a batch, at
  ///   least one.
  /// - Throws: `StoreError` with `.disarmed`, `.stale`, `.usage`, or when the store cannot be read or
  ///   written; nothing of the batch happened then, or all of it will be finished.
  package func dispose(
    _ entries: ArraySlice<PlanEntry>, in partition: Int?, of plan: PlanRecord
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
    try PendingRemoval(store, actor: actor).removeRows(in: partition)
    let mark =
      try store.read { try PartitionRow.all($0.db).first { $0.number == partition }?.mark }
      ?? .nothing
    let purge = try PartitionPurge(
      path: store.layout.partitions + "/" + PartitionFile.name(partition), mark: mark)
    var results: [DispositionResult] = []
    var tombstones: [Int64] = []
    try purge.transaction {
      let searcher = try Searcher(store, partition: partition)
      let deadline = ContinuousClock.now + ContentDisposal.batchDuration
      try store.change(as: actor) { change in
        try change.requireDisposable(plan)
        try change.noteRemoved(removed)
        let judge = DispositionJudge(
          plan: plan, situation: try change.catalog.retentionSituation(), searcher: searcher)
        for entry in entries {
          let (result, tombstone) = try dispose(entry, judge, purge, change)
          results.append(result)
          if let tombstone { tombstones.append(tombstone) }
          if ContinuousClock.now >= deadline { break }
        }
        try change.noteBatch(results, of: plan)
        try onStep(.judged)
      }
      // The next transaction notes only what is committed here.
      removed = []
      try onStep(.decided)
    }
    try onStep(.rowsRemoved)
    removed = tombstones
    return results
  }

  /// Takes away one conversation where it may go.
  private func dispose(
    _ entry: PlanEntry, _ judge: DispositionJudge, _ purge: PartitionPurge, _ change: Change
  ) throws -> (DispositionResult, tombstone: Int64?) {
    let verdict = try judge.verdict(on: entry, in: change.catalog)
    var tombstone: Int64?
    if let burial = verdict.burial {
      tombstone = try change.bury(burial, of: judge.plan)
      try purge.removeRows(
        route: burial.conversation.route, nativeID: burial.conversation.nativeID)
    }
    try change.note(verdict.disposition, of: judge.plan)
    return (verdict.disposition, tombstone)
  }

  /// Finishes what is left of all removals: no byte of a purged conversation stays.
  ///
  /// - Parameter progress: Gets the number of partitions done and of all.
  /// - Returns: What is not finished because a reader is in the way; nil when all is.
  /// - Throws: `StoreError` when the store cannot be written; what `progress` throws.
  package func finish(
    _ progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> PendingRemovals? {
    try PendingRemoval(store, actor: actor, onStep: onStep).finish(removed: removed, progress)
  }
}

/// A place at which a removal can be interrupted.
package enum RemovalStep: Hashable, Sendable, CaseIterable {
  /// Before the catalog commits.
  case judged
  /// The catalog has committed, the partition has not.
  case decided
  /// The partition has committed; its log holds older states of it.
  case rowsRemoved
  /// The log is empty; gaps of pages may hold copies of rows.
  case logEmptied
  /// Nothing is left; the tombstones do not say so yet.
  case scrubbed
}
