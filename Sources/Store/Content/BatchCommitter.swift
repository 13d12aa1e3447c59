// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Model

/// Brings to the disk what lanes have written, and tells the catalog of it, in their order: a thread
/// of its own, so that no lane waits for the disk.
///
/// A lane commits a batch to its partition's write-ahead log and goes on. The log is brought to the
/// disk here, then the catalog records the batch, then the log is folded into the file. A loss of
/// power before the first of these takes the batch away whole, as the log's checksums tell, and the
/// catalog does not know of it yet.
final class BatchCommitter: @unchecked Sendable {
  /// What lanes hand over.
  enum Job {
    /// A batch that the partition at a path holds.
    case record(BatchCommit, path: String)
    /// A partition that is written no more: its log is to be folded into the file and emptied.
    case fold(path: String)

    var path: String {
      switch self {
      case .record(_, let path), .fold(let path): path
      }
    }
  }

  /// Jobs that wait at the most: each of them keeps a batch in a log.
  private static let waitingLimit = 3

  private let context: IngestContext
  private let condition = NSCondition()
  /// The first is being done.
  private var jobs: [Job] = []
  private var isClosed = false
  private var isDone = false
  private var failure: (any Error)?

  init(context: IngestContext) {
    self.context = context
    let thread = Thread { [self] in run() }
    thread.stackSize = 4 << 20
    thread.name = "commit"
    thread.start()
  }

  /// Hands over a job; waits while there are many.
  ///
  /// - Throws: What stopped the thread.
  func enqueue(_ job: Job) throws {
    try condition.withLock {
      while jobs.count > BatchCommitter.waitingLimit, failure == nil, !isClosed { condition.wait() }
      if let failure { throw failure }
      if isClosed { throw CancellationError() }
      jobs.append(job)
      condition.broadcast()
    }
  }

  /// Waits until all that was handed over is done.
  ///
  /// - Parameter path: Only what belongs to this partition; nil for all.
  /// - Throws: What stopped the thread.
  func drain(_ path: String? = nil) throws {
    try condition.withLock {
      while failure == nil, jobs.contains(where: { path == nil || $0.path == path }) {
        condition.wait()
      }
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

  /// Ends the thread after the job that is being done.
  ///
  /// What it gives up lies above the catalog's mark, and goes with the next writer.
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
      while jobs.isEmpty, !isClosed { condition.wait() }
      if failure != nil { jobs = [] }
      return jobs.first
    }
  }

  // MARK: - The thread's work

  private func perform(_ job: Job) throws {
    switch job {
    case .record(let batch, let path):
      try FileSystem.synchronize(path + "-wal")
      try context.change { change in
        try change.recordContent(batch, source: context.source, run: context.run)
      }
      context.pending.remove(batch.conversations.map(\.id))
      try PartitionFile.foldLog(of: path)
    case .fold(let path):
      try PartitionFile.openForWriting(path).checkpointUnlessRead()
    }
  }
}
