// SPDX-License-Identifier: Apache-2.0
import FileText
import Foundation
import Model
import Testing

@testable import Store

@Suite("Batches on their way to the catalog")
struct BatchCommitterTests {
  private func context(_ store: Store) throws -> IngestContext {
    let (source, run) = try startRun(store)
    return IngestContext(
      store: store, actor: .test(), source: source.id, run: run.id,
      pending: PendingConversations(), batchByteCount: 1 << 20, extractor: FileTextExtractor())
  }

  private func batch(_ partition: Int, record: Int64) -> BatchCommit {
    BatchCommit(
      partition: partition, mark: PartitionMark(row: record, record: record), conversations: [])
  }

  private func partitions(_ store: Store) throws -> [Int: Int64] {
    let rows = try store.read { try PartitionRow.all($0.db) }
    return Dictionary(uniqueKeysWithValues: rows.map { ($0.number, $0.mark.record) })
  }

  @Test("a batch that cannot be brought to the disk is not recorded, nor is any after it")
  func refusesUnsafe() async throws {
    try await withStore { store in
      let committer = BatchCommitter(context: try context(store))
      let path = store.layout.partitions + "/" + PartitionFile.name(1)
      let connection = try PartitionFile.openForBatches(path)
      try connection.execute("CREATE TABLE extra (key INTEGER)")
      try committer.record(batch(1, record: 1), path: path)
      try committer.drain()
      #expect(try partitions(store) == [1: 1])
      // There is no log of this one.
      let other = store.layout.partitions + "/" + PartitionFile.name(2)
      try committer.record(batch(2, record: 1), path: other)
      #expect(throws: StoreError.self) { try committer.drain() }
      #expect(throws: StoreError.self) {
        try committer.record(batch(1, record: 2), path: path)
      }
      #expect(throws: StoreError.self) { try committer.finish() }
      #expect(try partitions(store) == [1: 1])
    }
  }

  @Test("all that was handed over is recorded, in its order, before the end")
  func recordsAll() async throws {
    try await withStore { store in
      let committer = BatchCommitter(context: try context(store))
      let path = store.layout.partitions + "/" + PartitionFile.name(1)
      let connection = try PartitionFile.openForBatches(path)
      for number in 1...20 {
        try connection.execute("CREATE TABLE extra\(number) (key INTEGER)")
        try committer.record(batch(1, record: Int64(number)), path: path)
      }
      try committer.fold(path)
      try committer.finish()
      #expect(try partitions(store) == [1: 20])
      #expect(FileSystem.byteCount(of: path + "-wal") == 0)
      #expect(throws: CancellationError.self) { try committer.fold(path) }
    }
  }

  @Test("one that is stopped records no more, and its end is waited for")
  func stops() async throws {
    try await withStore { store in
      let committer = BatchCommitter(context: try context(store))
      let path = store.layout.partitions + "/" + PartitionFile.name(1)
      let connection = try PartitionFile.openForBatches(path)
      try connection.execute("CREATE TABLE extra (key INTEGER)")
      try committer.record(batch(1, record: 1), path: path)
      committer.stop()
      let known = try partitions(store)
      #expect(known.isEmpty || known == [1: 1])
      #expect(throws: CancellationError.self) {
        try committer.record(batch(1, record: 2), path: path)
      }
      #expect(throws: CancellationError.self) { try committer.drain() }
      #expect(try partitions(store) == known)
    }
  }
}
