// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Names of which each is taken once, by whichever thread comes first.
final class Claims: Sendable {
  private let taken = Mutex<Set<String>>([])

  /// Takes a name; false when it is taken.
  func take(_ name: String) -> Bool { taken.withLock { $0.insert(name).inserted } }
}

/// Gives numbers, each once, from 1.
final class Numbering: Sendable {
  private let last = Atomic<Int>(0)

  func next() -> Int { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
