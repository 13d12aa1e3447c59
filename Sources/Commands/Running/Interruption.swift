// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// What SIGINT and SIGTERM do.
///
/// Outside of ``deferring(_:)`` they end the process at once with 128 plus the signal's number:
/// the store survives a crash at any moment. Inside it, the first one is only noted, so that the
/// running work can finish its batch; the second ends the process.
package enum Interruption {
  /// Takes over both signals, lets writes to a closed pipe fail instead of ending the process, and
  /// hears of the end of its children, whatever the program that started it left behind.
  package static func install() {
    // The handler must not be the first to touch the lazily made globals.
    _ = pending.load(ordering: .relaxed)
    _ = isDeferred.load(ordering: .relaxed)
    _ = terminal.load(ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        let isSecond = pending.exchange(number, ordering: .relaxed) != 0
        guard isSecond || !isDeferred.load(ordering: .relaxed) else { return }
        unsafe savedTerminal.map { saved in _ = unsafe tcsetattr(0, TCSANOW, saved) }
        _exit(128 + number)
      }
    }
    signal(SIGPIPE, SIG_IGN)
    signal(SIGCHLD, SIG_DFL)
  }

  /// Lets a signal that ends the process give the terminal of standard input its settings back.
  ///
  /// - Parameter settings: From before they were changed.
  static func rememberTerminal(_ settings: termios) {
    let saved = UnsafeMutablePointer<termios>.allocate(capacity: 1)
    unsafe saved.initialize(to: settings)
    // Never freed: a signal may come at any moment, and there are a few at the most.
    terminal.store(UInt(bitPattern: saved), ordering: .releasing)
  }

  /// Leaves the settings of the terminal to their owner again.
  static func forgetTerminal() {
    terminal.store(0, ordering: .releasing)
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
/// The address of the settings that the terminal gets back; 0 where it has its own.
private let terminal = Atomic<UInt>(0)

private var savedTerminal: UnsafeMutablePointer<termios>? {
  unsafe UnsafeMutablePointer(bitPattern: terminal.load(ordering: .acquiring))
}
