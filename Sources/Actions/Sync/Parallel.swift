// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Does work that waits for others side by side, on threads of its own.
///
/// - Parameters:
///   - count: How many pieces.
///   - width: At most so many at once.
///   - work: Does the piece of a number.
/// - Returns: The results in the order of the pieces.
/// - Throws: What the first piece in order threw, after all have ended; no piece begins after a
///   throw.
func inParallel<Result: Sendable>(
  _ count: Int, width: Int, _ work: @escaping @Sendable (Int) throws -> Result
) throws -> [Result] {
  guard count > 1, width > 1 else { return try (0..<count).map(work) }
  let shared = ParallelWork<Result>(count: count)
  let group = DispatchGroup()
  for _ in 0..<min(width, count) {
    group.enter()
    let thread = Thread {
      while let index = shared.next() {
        shared.finish(index, Swift.Result { try work(index) })
      }
      group.leave()
    }
    thread.stackSize = 2 << 20
    thread.start()
  }
  group.wait()
  return try shared.results()
}

private final class ParallelWork<Value: Sendable>: Sendable {
  private struct State {
    var next = 0
    var hasFailed = false
    var results: [Result<Value, any Error>?]
  }

  private let state: Mutex<State>

  init(count: Int) {
    state = Mutex(State(results: Array(repeating: nil, count: count)))
  }

  func next() -> Int? {
    state.withLock { state in
      guard !state.hasFailed, state.next < state.results.count else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  func finish(_ index: Int, _ result: Result<Value, any Error>) {
    state.withLock { state in
      state.results[index] = result
      if case .failure = result { state.hasFailed = true }
    }
  }

  func results() throws -> [Value] {
    try state.withLock { state in
      for case .failure(let error)? in state.results { throw error }
      return try state.results.compactMap { try $0?.get() }
    }
  }
}
