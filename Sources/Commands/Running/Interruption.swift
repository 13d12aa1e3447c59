// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// What SIGINT and SIGTERM do.
///
/// Outside of ``deferring(_:)`` they end the process at once with 128 plus the signal's number:
/// the store survives a crash at any moment. Inside it, the first one is only noted, so that the
/// running work can finish its batch; the second ends the process.
package enum Interruption {
  /// Takes over both signals, and lets writes to a closed pipe fail instead of ending the process.
  package static func install() {
    // The handler must not be the first to touch the lazily made globals.
    _ = pending.load(ordering: .relaxed)
    _ = isDeferred.load(ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        let isSecond = pending.exchange(number, ordering: .relaxed) != 0
        if isSecond || !isDeferred.load(ordering: .relaxed) { _exit(128 + number) }
      }
    }
    signal(SIGPIPE, SIG_IGN)
  }

  /// Runs work that asks ``requested`` between its batches and stops by itself.
  ///
  /// - Throws: What the work throws, or ``Interrupted`` when it returned after a signal.
  package static func deferring<Result>(
    _ work: () async throws -> Result
  ) async throws -> Result {
    isDeferred.store(true, ordering: .relaxed)
    defer { isDeferred.store(false, ordering: .relaxed) }
    let result = try await work()
    if let requested { throw requested }
    return result
  }

  /// The signal that asked the command to stop; nil when none did.
  package static var requested: Interrupted? {
    let number = pending.load(ordering: .relaxed)
    return number != 0 ? Interrupted(signal: number) : nil
  }
}

/// The command stopped because of a signal, at a point from which it can go on.
package struct Interrupted: Error, Equatable {
  /// The signal's number.
  package var signal: Int32

  /// The exit status, 128 plus the number.
  package var exitStatus: Int32 { 128 + signal }
  /// The stable name in error records.
  package var name: String { signal == SIGINT ? "SIGINT" : "SIGTERM" }
}

private let pending = Atomic<Int32>(0)
private let isDeferred = Atomic<Bool>(false)
