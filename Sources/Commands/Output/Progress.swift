// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Synchronization

/// Shows how far long work has come, on standard error, at most ten times a second.
///
/// Safe to call from several threads.
package final class Progress: Sendable {
  private enum Style {
    case none
    /// One line that is rewritten.
    case rewriting
    /// A line each time, for a file or a pipe.
    case lines
  }

  private struct State {
    var lastUpdate: ContinuousClock.Instant?
    var isShown = false
  }

  private let style: Style
  private let errors: ByteSink
  private let state = Mutex(State())

  package init(_ settings: OutputSettings) {
    let console = settings.console
    errors = console.errors
    let isWanted =
      switch settings.progress {
      case .never: false
      case .always: true
      case .auto:
        console.errorIsTerminal && !console.wantsPlainOutput && settings.verbosity >= .normal
      }
    let canRewrite = console.errorIsTerminal && !console.wantsPlainOutput
    style = isWanted ? (canRewrite ? .rewriting : .lines) : .none
  }

  /// Says where the work stands; most calls return at once.
  ///
  /// - Parameter text: Counts and names of steps, never content; made only when it is shown.
  package func update(_ text: @autoclosure () -> String) {
    guard style != .none else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      if let last = state.lastUpdate, now - last < .milliseconds(100) { return }
      state.lastUpdate = now
      state.isShown = true
      let line = text().escapedForTerminal()
      try? errors.write(style == .rewriting ? "\r\(line)\u{1B}[K" : line + "\n")
      try? errors.flush()
    }
  }

  /// Takes the line away, before anything else is written.
  package func finish() {
    state.withLock { state in
      guard style == .rewriting, state.isShown else { return }
      state.isShown = false
      try? errors.write("\r\u{1B}[K")
      try? errors.flush()
    }
  }
}
