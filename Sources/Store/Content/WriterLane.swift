// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model

/// Wakes whoever waits for a lane: for room in front of any, or for the end of one.
///
/// It is one for all lanes, so that the dispatcher can wait for the first that has room: waiting for
/// a certain one, which may be writing its batch, would leave the others without work.
final class LaneGate: Sendable {
  let condition = NSCondition()
}

/// One thread that prepares, compresses and indexes, with the partitions that belong to it.
///
/// Everything that threads share lies behind the gate's condition; the partitions are the thread's
/// own.
final class WriterLane: @unchecked Sendable {
  struct Job {
    var unit: CapturedUnit
    var id: ObjectID
    var digest: SHA256Digest
    var partition: Int
    var known: KnownConversation?
    /// An earlier version of it was on its way when it came.
    var mustLookUp: Bool
  }

  private let context: IngestContext
  private let committer: BatchCommitter
  private let condition: NSCondition
  private var jobs: [Job] = []
  private var queuedByteCount = 0
  private var isClosed = false
  private var isDone = false
  private var failure: (any Error)?
  private var counts = IngestCounts()

  init(context: IngestContext, committer: BatchCommitter, gate: LaneGate) throws {
    self.context = context
    self.committer = committer
    condition = gate.condition
    let thread = Thread { [self] in run() }
    thread.stackSize = 4 << 20
    thread.name = "store"
    thread.start()
  }

  /// The lane with the least work in front of it; waits while all have more than `limit` bytes.
  ///
  /// - Throws: What stopped a lane.
  static func lightest(of lanes: [WriterLane], gate: LaneGate, limit: Int) throws -> Int {
    try gate.condition.withLock {
      while true {
        for lane in lanes { if let failure = lane.failure { throw failure } }
        let lightest = lanes.indices.min { lanes[$0].queuedByteCount < lanes[$1].queuedByteCount }
        if let lightest, lanes[lightest].queuedByteCount <= limit { return lightest }
        gate.condition.wait()
      }
    }
  }

  /// Hands over a unit; waits while more than `limit` bytes are in front of the lane.
  ///
  /// - Throws: What stopped the lane.
  func enqueue(_ job: Job, limit: Int) throws {
    try condition.withLock {
      while queuedByteCount > limit, failure == nil { condition.wait() }
      if let failure { throw failure }
      jobs.append(job)
      queuedByteCount += job.unit.native.count
      condition.broadcast()
    }
  }

  /// Says that nothing more will come.
  func close() {
    condition.withLock {
      isClosed = true
      condition.broadcast()
    }
  }

  /// Gives up what was not written yet; the thread ends with what it is at.
  func stop() {
    condition.withLock {
      jobs = []
      if failure == nil, !isDone { failure = CancellationError() }
      isClosed = true
      condition.broadcast()
    }
  }

  /// Waits for the end of a thread that was stopped.
  func waitForEnd() {
    condition.withLock {
      while !isDone { condition.wait() }
    }
  }

  /// Waits for the end of the thread.
  func join() throws -> IngestCounts {
    try condition.withLock {
      while !isDone { condition.wait() }
      if let failure { throw failure }
      return counts
    }
  }

  private func run() {
    var result = IngestCounts()
    var problem: (any Error)?
    do {
      let worker = try LaneWorker(context: context, committer: committer)
      while var batch = nextJobs() {
        for index in batch.indices {
          result += try worker.store(&batch[index])
          let isStopped = condition.withLock {
            queuedByteCount -= batch[index].unit.native.count
            condition.broadcast()
            return failure != nil
          }
          if isStopped { throw CancellationError() }
        }
      }
      if condition.withLock({ failure == nil }) { try worker.finish() }
    } catch {
      problem = error
    }
    condition.withLock {
      if failure == nil { failure = problem }
      counts = result
      isDone = true
      condition.broadcast()
    }
  }

  private func nextJobs() -> [Job]? {
    condition.withLock {
      while jobs.isEmpty, !isClosed { condition.wait() }
      guard !jobs.isEmpty else { return nil }
      let next = jobs
      jobs = []
      return next
    }
  }
}

/// What a lane's thread does with its units.
private final class LaneWorker {
  /// Bytes of a partition's log from which it is waited for that it is folded into the file.
  private static let logByteLimit: Int64 = 192 << 20

  private let context: IngestContext
  private let committer: BatchCommitter
  private let lookup: ConversationLookup
  private let compressor: ZstdCompressor
  private let index = IndexBuilder()
  private var writers: [Int: PartitionWriter] = [:]

  init(context: IngestContext, committer: BatchCommitter) throws {
    self.context = context
    self.committer = committer
    lookup = try ConversationLookup(path: context.store.layout.catalog)
    compressor = try ZstdCompressor()
  }

  func store(_ job: inout WriterLane.Job) throws -> IngestCounts {
    let writer = try writer(of: job.partition)
    var known = job.known
    if job.mustLookUp {
      if writer.pendingConversations.contains(job.id) { try flush(writer) }
      // The catalog is asked, so it must know of all batches.
      try committer.drain()
      known = try lookup.find(job.id)
      if let known, known.has(job.unit, digest: job.digest) {
        context.pending.remove([job.id])
        var counts = IngestCounts()
        counts.noteDuplicate(recordCount: job.unit.recordCount)
        return counts
      }
    }
    if writer.batch.isEmpty { writer.begin(source: context.source, run: context.run) }
    // In place: what was read is held no longer.
    job.unit.readContents(with: context.extractor)
    let counts = try writer.add(
      job.unit, digest: job.digest, known: known, captured: context.store.now,
      compressor: compressor)
    if writers.values.map(\.batch.byteCount).reduce(0, +) > context.batchByteCount,
      let largest = writers.values.max(by: { $0.batch.byteCount < $1.batch.byteCount })
    {
      try flush(largest)
    }
    return counts
  }

  func finish() throws {
    let ordered = writers.values.sorted { $0.number < $1.number }
    for writer in ordered { try flush(writer) }
    for writer in ordered {
      // What is being folded into the file would be in the way of the last folding.
      try committer.drain(writer.connection.path)
      try FullTextIndex.merge(writer.connection.path)
      try committer.fold(writer.connection.path)
    }
    // A connection that is closed folds, too, if it is the last one.
    for writer in ordered { try committer.drain(writer.connection.path) }
    writers = [:]
  }

  private func flush(_ writer: PartitionWriter) throws {
    guard !writer.batch.isEmpty else { return }
    // A log begins anew only when all of it was folded into the file.
    if FileSystem.byteCount(of: writer.connection.path + "-wal") > LaneWorker.logByteLimit {
      try committer.drain(writer.connection.path)
    }
    try committer.record(try writer.flush(), path: writer.connection.path)
  }

  private func writer(of number: Int) throws -> PartitionWriter {
    if let writer = writers[number] { return writer }
    let layout = context.store.layout
    let mark =
      try context.store.read { catalog in
        try PartitionRow.all(catalog.db).first { $0.number == number }?.mark
      } ?? .nothing
    let writer = try PartitionWriter(
      number: number, path: layout.partitions + "/" + PartitionFile.name(number),
      committed: mark, index: index)
    writers[number] = writer
    return writer
  }
}
