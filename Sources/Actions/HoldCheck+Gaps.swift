// SPDX-License-Identifier: Apache-2.0
package import Model
package import Store

extension HoldCheck {
  /// Gaps that are written down under the write lock at once: a hold on everyone may have a gap for
  /// each person and source.
  private static var gapBatchCount: Int { 2000 }

  /// Takes the lock of checks that write down what they find, before anything is read: one that read
  /// the store earlier and wrote later would close what another has found since, and open what is gone.
  ///
  /// - Parameters:
  ///   - actor: Who checks.
  ///   - wait: How long to wait while another process checks.
  /// - Returns: The lock, held as long as the value lives.
  /// - Throws: `StoreError` with `.locked`, naming who checks.
  package func lockRecords(as actor: AuditActor, wait: Duration = .zero) throws -> StoreLock {
    try store.lockJob("hold-verify", as: actor, wait: wait)
  }

  /// Brings the exception records up to the gaps that a check of holds found.
  ///
  /// Stopped between two batches, it leaves what is gone to the next check.
  ///
  /// - Parameters:
  ///   - gaps: All that were found.
  ///   - holds: Those that were checked.
  ///   - custodians: The ids of the persons that were looked at for them.
  ///   - isComplete: Whether these are all holds in force.
  ///   - actor: Who checks.
  ///   - lock: Taken before the store was read.
  /// - Returns: How many records were opened, and how many are gone.
  /// - Throws: `StoreError` when the store cannot be written.
  @discardableResult
  package func record(
    _ gaps: [HoldGap], of holds: [HoldRecord], custodians: Set<String>, isComplete: Bool,
    as actor: AuditActor, under lock: StoreLock
  ) throws -> (opened: Int, gone: Int) {
    defer { withExtendedLifetime(lock) {} }
    var tally = GapTally()
    var rest = Set(gaps).sorted()[...]
    while !rest.isEmpty {
      let batch = rest.prefix(Self.gapBatchCount)
      try store.change(as: actor) { try $0.recordGaps(batch, into: &tally) }
      rest = rest.dropFirst(batch.count)
      letOthersWrite()
    }
    let found = tally
    return try store.change(as: actor) { change in
      try change.settleGaps(found, of: holds, custodians: custodians, isComplete: isComplete)
    }
  }
}
