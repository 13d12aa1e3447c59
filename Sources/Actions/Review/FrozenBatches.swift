// SPDX-License-Identifier: Apache-2.0
import Model
import Store

/// Hands over conversations of a set with their native records, so many at a time as memory may hold.
struct FrozenBatches {
  // One look into the catalog for so many conversations.
  private static let recordCount = 128
  // So many bytes of natives are handed over at a time, or one conversation.
  private static let byteCount = 1 << 20

  private let conversations: [Int64]
  private var reader: FrozenReader
  private var position = 0
  /// What the catalog gave of the next conversations, the last one first.
  private var records: [FrozenConversation] = []

  /// - Parameters:
  ///   - conversations: The rows of the conversations, in the order that is wanted.
  ///   - reader: Reads them.
  init(_ conversations: [Int64], _ reader: FrozenReader) {
    self.conversations = conversations
    self.reader = reader
  }

  /// The next conversations; nil after the last.
  ///
  /// - Throws: `StoreError` when they cannot be read.
  mutating func next() throws -> [FrozenConversation]? {
    var batch: [FrozenConversation] = []
    var byteCount = 0
    while byteCount < Self.byteCount {
      if records.isEmpty { try fetchRecords() }
      guard var next = records.popLast() else { break }
      try reader.load(&next)
      byteCount += next.natives.reduce(0) { $0 + $1.native.byteCount }
      batch.append(next)
    }
    return batch.isEmpty ? nil : batch
  }

  private mutating func fetchRecords() throws {
    let keys = Array(conversations[position...].prefix(Self.recordCount))
    guard !keys.isEmpty else { return }
    position += keys.count
    records = try reader.conversations(keys).reversed()
  }
}
