// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Tells the time and lets it pass: the machine's, save in tests.
package protocol WaitingClock: Sendable {
  /// The time since some moment; never goes back.
  var now: Duration { get }
  func sleep(_ duration: Duration)
}

/// The machine's clock.
package struct SystemWaitingClock: WaitingClock {
  private let start = ContinuousClock.now

  package init() {}

  package var now: Duration { ContinuousClock.now - start }

  package func sleep(_ duration: Duration) { Thread.sleep(forTimeInterval: duration.inSeconds) }
}

/// One rate for all calls of a source (claude-capture-formats section 3.9): calls are spread over
/// time, and a pause that the service asks for holds all of them.
package final class RequestPace: @unchecked Sendable {
  /// Calls that may come at once after a rest.
  private static let burst = 4

  private let clock: any WaitingClock
  private let check: @Sendable () throws -> Void
  private let interval: Duration
  private let lock = NSLock()
  // Behind the lock: when the next call would be due at an even pace.
  private var due: Duration = .zero
  private var resumes: Duration = .zero

  /// Starts a pace.
  ///
  /// - Parameters:
  ///   - callsPerMinute: At least 1.
  ///   - clock: Tells the time.
  ///   - check: Called while waiting, at least four times a second; a throw ends the waiting.
  package init(
    callsPerMinute: Int, clock: any WaitingClock, check: @escaping @Sendable () throws -> Void
  ) {
    interval = .seconds(60) / max(1, callsPerMinute)
    self.clock = clock
    self.check = check
  }

  /// Waits until the next call may be sent.
  ///
  /// - Throws: What the check throws.
  package func next() throws {
    let time = lock.withLock {
      let now = clock.now
      // An even pace, of which a few calls may run ahead.
      due = max(due, now - interval * (RequestPace.burst - 1)) + interval
      return max(due - interval, resumes)
    }
    try wait(until: time)
    // A pause that began meanwhile holds this call too.
    while case let later = lock.withLock({ resumes }), later > clock.now { try wait(until: later) }
  }

  /// Holds all calls for a time.
  package func pause(_ duration: Duration) {
    lock.withLock { resumes = max(resumes, clock.now + duration) }
  }

  /// Waits in short steps.
  ///
  /// - Throws: What the check throws.
  package func rest(_ duration: Duration) throws { try wait(until: clock.now + duration) }

  private func wait(until time: Duration) throws {
    try check()
    while case let left = time - clock.now, left > .zero {
      clock.sleep(min(left, .milliseconds(250)))
      try check()
    }
  }
}
