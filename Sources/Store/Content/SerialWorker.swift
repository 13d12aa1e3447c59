// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A thread that does jobs one after another, in the order in which they are handed over.
///
/// The first that fails ends it: those after it are given up, and whoever hands over or waits is
/// told.
final class SerialWorker<Job: Sendable>: @unchecked Sendable {
  private let waitingLimit: Int
  private let perform: @Sendable (Job) throws -> Void
  private let condition = NSCondition()
  /// The first is being done.
  private var jobs: [Job] = []
  private var isClosed = false
  private var isDone = false
  private var failure: (any Error)?

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - name: The thread's.
  ///   - waitingLimit: Jobs that wait at the most.
  ///   - perform: Does a job, on the thread.
  init(
    name: String, waitingLimit: Int, _ perform: @escaping @Sendable (Job) throws -> Void
  ) {
    self.waitingLimit = waitingLimit
    self.perform = perform
    let thread = Thread { [self] in run() }
    thread.stackSize = 4 << 20
    thread.name = name
    thread.start()
  }

  /// Hands over a job; waits while there are many.
  ///
  /// - Throws: What stopped the thread.
  func enqueue(_ job: Job) throws {
    try condition.withLock {
      while jobs.count > waitingLimit, failure == nil, !isClosed { condition.wait() }
      if let failure { throw failure }
      if isClosed { throw CancellationError() }
      jobs.append(job)
      condition.broadcast()
    }
  }

  /// Waits until jobs are done.
  ///
  /// - Parameter belongs: Which.
  /// - Throws: What stopped the thread.
  func drain(where belongs: (Job) -> Bool) throws {
    try condition.withLock {
      while failure == nil, jobs.contains(where: belongs) { condition.wait() }
      if let failure { throw failure }
    }
  }

  /// Ends the thread when all is done.
  ///
  /// - Throws: What stopped the thread.
  func finish() throws {
    try condition.withLock {
      isClosed = true
      condition.broadcast()
      while !isDone { condition.wait() }
      if let failure { throw failure }
    }
  }

  /// Ends the thread after the job that is being done; returns when it has ended.
  func stop() {
    condition.withLock {
      if failure == nil, !isDone { failure = CancellationError() }
      isClosed = true
      condition.broadcast()
      while !isDone { condition.wait() }
    }
  }

  private func run() {
    while let job = nextJob() {
      var problem: (any Error)?
      do { try perform(job) } catch { problem = error }
      condition.withLock {
        if failure == nil { failure = problem }
        jobs.removeFirst()
        condition.broadcast()
      }
    }
    condition.withLock {
      isDone = true
      condition.broadcast()
    }
  }

  private func nextJob() -> Job? {
    condition.withLock {
      while jobs.isEmpty, !isClosed, failure == nil { condition.wait() }
      if failure != nil { jobs = [] }
      return jobs.first
    }
  }
}
