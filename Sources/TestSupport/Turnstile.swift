// SPDX-License-Identifier: Apache-2.0

/// Lets a number of callers in at once and the others when their turn comes, in the order in which
/// they asked.
package actor Turnstile {
  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// - Parameter width: How many may be inside at once; 1 or more.
  package init(width: Int) {
    precondition(width > 0)
    free = width
  }

  /// Runs the work once there is room for it.
  package func pass(_ work: @concurrent @Sendable () async throws -> Void) async rethrows {
    await enter()
    defer { leave() }
    try await work()
  }

  private func enter() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  /// Hands the place on, so that nobody who asks later takes it first.
  private func leave() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}
