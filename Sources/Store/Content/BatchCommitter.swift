// SPDX-License-Identifier: Apache-2.0
import Model

/// Brings to the disk what lanes have written, and tells the catalog of it, in their order: on
/// threads of its own, so that no lane waits for the disk.
///
/// A lane commits a batch to its partition's write-ahead log and goes on. One thread brings the log
/// to the disk, and then has the catalog record the batch; another one folds logs into their files.
/// A loss of power before the log is on the disk takes the batch away whole, as the log's checksums
/// tell, and the catalog does not know of it yet.
final class BatchCommitter: Sendable {
  private struct Record: Sendable {
    var batch: BatchCommit
    var path: String
  }

  private struct Fold: Sendable {
    var path: String
    /// The partition is written no more: its log is to be emptied.
    var isLast: Bool
  }

  /// Jobs of each thread that wait at the most: each batch stays in a log until it is folded.
  private static let waitingLimit = 3
  /// Batches of a partition after which its log is folded: the leaves of its indexes, which every
  /// batch changes, go to the file once.
  private static let foldedBatchCount = 2

  private let records: SerialWorker<Record>
  private let folds: SerialWorker<Fold>

  init(context: IngestContext) {
    let folds = SerialWorker<Fold>(
      name: "fold", waitingLimit: BatchCommitter.waitingLimit
    ) { fold in
      if fold.isLast {
        try PartitionFile.openForWriting(fold.path).checkpointUnlessRead()
      } else {
        try PartitionFile.foldLog(of: fold.path)
      }
    }
    let counter = BatchCounter()
    records = SerialWorker(
      name: "record", waitingLimit: BatchCommitter.waitingLimit
    ) { record in
      try FileSystem.synchronize(record.path + "-wal")
      try context.change { change in
        try change.recordContent(record.batch, source: context.source, run: context.run)
      }
      context.pending.remove(record.batch.conversations.map(\.id))
      if counter.count(record.path).isMultiple(of: BatchCommitter.foldedBatchCount) {
        try folds.enqueue(Fold(path: record.path, isLast: false))
      }
    }
    self.folds = folds
  }

  /// Has a batch recorded that the partition at a path holds in its log; waits while there are many.
  ///
  /// - Throws: What went wrong with this batch or one before.
  func record(_ batch: BatchCommit, path: String) throws {
    try records.enqueue(Record(batch: batch, path: path))
  }

  /// Has the log of a partition emptied that is written no more.
  ///
  /// - Throws: What went wrong before.
  func fold(_ path: String) throws { try folds.enqueue(Fold(path: path, isLast: true)) }

  /// Waits until all batches are recorded.
  ///
  /// - Throws: What went wrong with one.
  func drain() throws { try records.drain { _ in true } }

  /// Waits until nothing of a partition is left to be done.
  ///
  /// - Throws: What went wrong.
  func drain(_ path: String) throws {
    try records.drain { $0.path == path }
    try folds.drain { $0.path == path }
  }

  /// Ends when all is done.
  ///
  /// - Throws: What went wrong.
  func finish() throws {
    try records.finish()
    try folds.finish()
  }

  /// Ends with what is being done; returns when it is.
  ///
  /// What is given up lies above the catalog's mark, and goes with the next writer.
  func stop() {
    records.stop()
    folds.stop()
  }
}

/// Counts batches by partition, on one thread.
private final class BatchCounter: @unchecked Sendable {
  private var counts: [String: Int] = [:]

  /// Counts one more, and gives how many there were.
  func count(_ path: String) -> Int {
    counts[path, default: 0] += 1
    return counts[path] ?? 0
  }
}
