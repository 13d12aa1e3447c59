// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
package import Model

/// What was read of the bytes of a conversation's files, by item.
package struct StoredFileTexts: Sendable {
  private struct Entry {
    var text: String?
    var reading: FileReading
    var path: String?
  }

  /// By the item's native id or position, then by the place of the file in it.
  private var entries: [String: [Int: Entry]] = [:]

  /// Puts the texts into a parsed record of the conversation.
  package func fill(_ unit: inout CapturedUnit) {
    guard !entries.isEmpty else { return }
    for (position, item) in unit.items.enumerated() {
      for (number, entry) in entries[item.nativeID ?? String(position)] ?? [:]
      where item.files.indices.contains(number) {
        unit.items[position].files[number].contentPath = entry.path
        unit.items[position].files[number].text = entry.text
        unit.items[position].files[number].reading = entry.reading
      }
    }
  }

  fileprivate init(
    _ record: ConversationRecord, version: Int, in connection: DirectConnection,
    _ layout: StoreLayout
  ) throws {
    let statement = try connection.cached(
      """
      SELECT i.row, i.native_id, i.position, f.number, f.has_text, f.sha256, f.content_sha256,
        f.content_md5, f.lack, f.note, f.reader
      FROM conversation c JOIN item i ON i.conversation = c.key JOIN record r ON r.row = i.record
        JOIN item_file f ON f.row = i.row
      WHERE c.route = ? AND c.native_id = ? AND r.version <= ? ORDER BY i.row, f.number
      """)
    defer { statement.reset() }
    try statement.bind(record.route, at: 1)
    try statement.bind(record.nativeID, at: 2)
    try statement.bind(version, at: 3)
    var row: Int64 = -1
    var segments: FileSegments?
    while try statement.step() {
      if statement.integer(0) != row {
        row = statement.integer(0)
        segments = try FileSegments(ofRow: row, in: connection)
        entries[statement.optionalText(1) ?? String(statement.integer(2))] = nil
      }
      let text = segments?.next(hasText: statement.integer(4) == 1, digest: statement.bytes(5))
      let digests = FileDigests(md5: statement.bytes(7), sha256: statement.bytes(6))
      let reader = statement.text(10)
      let lack = ProblemCode(rawValue: statement.text(8))
      // All else the record itself tells.
      guard digests != nil || !reader.isEmpty || (lack != nil && lack != .fileNotCaptured) else {
        continue
      }
      let reading = FileReading(
        digests: digests, lack: lack, note: statement.text(9), reader: reader)
      entries[statement.optionalText(1) ?? String(statement.integer(2)), default: [:]][
        Int(statement.integer(3))] = Entry(
          text: text, reading: reading,
          path: digests.flatMap { SHA256Digest(bytes: $0.sha256Bytes) }.map(layout.blob))
    }
  }
}

/// Reads what was read of files, from any thread.
package final class FileTextReader: @unchecked Sendable {
  private static let maximumConnectionCount = 32

  private let layout: StoreLayout
  private let lock = NSLock()
  // Guarded by the lock, with all use of them.
  private var connections: [Int: DirectConnection] = [:]

  package init(_ store: Store) {
    layout = store.layout
  }

  /// What was read of the bytes of a conversation's files, as of a version of it.
  ///
  /// - Parameters:
  ///   - record: The conversation.
  ///   - version: The version of its native record, from 1.
  /// - Returns: What was read.
  /// - Throws: `StoreError` when its partition cannot be read.
  package func texts(of record: ConversationRecord, version: Int) throws -> StoredFileTexts {
    try lock.withLock {
      if connections[record.partition] == nil {
        if connections.count >= FileTextReader.maximumConnectionCount { connections.removeAll() }
        connections[record.partition] = try PartitionFile.openForReadingOnce(
          layout.partitions + "/" + PartitionFile.name(record.partition))
      }
      guard let connection = connections[record.partition] else {
        throw StoreError(.failure, "a partition could not be opened")
      }
      return try StoredFileTexts(record, version: version, in: connection, layout)
    }
  }

  /// Puts what was read into a parsed record, where it names files of which it has no text.
  ///
  /// - Parameters:
  ///   - unit: The record.
  ///   - record: The conversation.
  ///   - version: The version of its native record, from 1.
  /// - Throws: `StoreError` when its partition cannot be read.
  package func fill(
    _ unit: inout CapturedUnit, of record: ConversationRecord, version: Int
  ) throws {
    let hasOpen = unit.items.contains { item in
      item.files.contains { $0.text == nil && ($0.content != nil || $0.nativeID != nil) }
    }
    guard hasOpen else { return }
    try texts(of: record, version: version).fill(&unit)
  }
}
