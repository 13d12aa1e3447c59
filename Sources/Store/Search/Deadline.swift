// SPDX-License-Identifier: Apache-2.0
import GRDBSQLite
import Model

/// When a search has to stop, with what it has.
package final class Deadline: Sendable {
  private let end: ContinuousClock.Instant

  /// Ends after a length of time from now on.
  package init(after duration: Duration) {
    end = ContinuousClock.now + duration
  }

  /// Whether the time is up.
  package var hasPassed: Bool { ContinuousClock.now >= end }

  /// Throws when the time is up.
  func check() throws(StoreError) {
    if hasPassed { throw StoreError(.limit, "the time is up; give more with --max-runtime") }
  }
}

extension Deadline? {
  /// Runs work that may stop at the deadline; nil when it did, or when the time was up before.
  ///
  /// - Throws: What the work throws for other reasons.
  func inTime<Value>(_ work: () throws -> Value) throws -> Value? {
    if self?.hasPassed == true { return nil }
    do {
      return try work()
    } catch let error as StoreError where error.code == .limit {
      return nil
    }
  }
}

extension DirectConnection {
  /// Lets every statement of the connection end at a deadline with a `StoreError` of code `.limit`.
  ///
  /// The deadline must live as long as the connection.
  func stop(at deadline: Deadline) {
    // Asked about every 1,000 instructions of SQLite's machine, well below a millisecond.
    unsafe setProgressHandler(
      every: 1000,
      { context in
        guard let context = unsafe context else { return 0 }
        let deadline = unsafe Unmanaged<Deadline>.fromOpaque(context).takeUnretainedValue()
        return deadline.hasPassed ? 1 : 0
      }, Unmanaged.passUnretained(deadline).toOpaque())
  }
}
