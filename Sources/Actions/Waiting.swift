// SPDX-License-Identifier: Apache-2.0
import Glibc
import Model
import Store

/// Gives others a moment for the write lock between two batches of a long job: it has no queue, and
/// whoever wants to set a hold must get in.
func letOthersWrite() { usleep(10_000) }

/// Takes a lock, in steps short enough for an interruption to be noticed between them.
///
/// - Parameters:
///   - wait: How long to wait in all.
///   - look: Called between the steps; a throw ends the waiting.
///   - take: Takes the lock, waiting for it as long as it is told.
/// - Returns: What `take` gives.
/// - Throws: `StoreError` with `.locked` when the time is over; what `look` throws.
func whenFree<Held>(
  within wait: Duration, _ look: () throws -> Void, _ take: (Duration) throws -> Held
) throws -> Held {
  let deadline = ContinuousClock.now + wait
  while true {
    let rest = max(.zero, deadline - ContinuousClock.now)
    do {
      return try take(min(rest, .milliseconds(250)))
    } catch let error as StoreError where error.code == .locked && rest > .zero {
      try look()
    }
  }
}
