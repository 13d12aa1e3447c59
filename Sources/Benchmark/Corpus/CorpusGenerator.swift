// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Writes a corpus in the shape of a claude.ai data export: `conversations.json`, `users.json`
/// and a description of both, `corpus.json`.
enum CorpusGenerator {
  /// Bytes written at a time.
  private static let chunkByteCount = 4 << 20

  /// Writes the three files, the other two into the folder of `conversations`.
  static func write(_ plan: CorpusPlan, conversations: URL) throws -> CorpusDescription {
    let folder = conversations.deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let planted = PlantedWords(messageCount: plan.messageCount)
    var random = RandomSource(seed: plan.seed &+ 2)
    let users = (0..<plan.userCount).map { _ in UUIDText(&random) }
    try Data(usersJSON(users)).write(to: folder.appendingPathComponent("users.json"))

    var writer = ConversationWriter(plan: plan, planted: planted, users: users)
    let fileByteCount = try writeConversations(&writer, to: conversations)
    let description = CorpusDescription(
      seed: plan.seed, messages: plan.messageCount, conversations: plan.conversationCount,
      users: plan.userCount, fileBytes: fileByteCount, textBytes: writer.textByteCount,
      planted: planted.entries,
      plantedPair: CorpusDescription.Pair(
        first: PlantedWords.pair.0, second: PlantedWords.pair.1,
        messagesWithin: (0..<20).map(planted.pairCount)))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(description).write(to: folder.appendingPathComponent("corpus.json"))
    return description
  }

  private static func writeConversations(
    _ writer: inout ConversationWriter, to file: URL
  ) throws -> Int {
    try Data().write(to: file)
    let output = try FileHandle(forWritingTo: file)
    defer { try? output.close() }
    var buffer = [UInt8(ascii: "[")]
    buffer.reserveCapacity(chunkByteCount + (1 << 20))
    var byteCount = 0
    while writer.append(to: &buffer) {
      guard buffer.count >= chunkByteCount else { continue }
      byteCount += buffer.count
      try output.write(contentsOf: buffer)
      buffer.removeAll(keepingCapacity: true)
    }
    buffer.append(UInt8(ascii: "]"))
    try output.write(contentsOf: buffer)
    return byteCount + buffer.count
  }
}

/// What a generated corpus holds, with the counts that searches in it must give.
struct CorpusDescription: Codable {
  /// Two words at known distances.
  struct Pair: Codable {
    var first: String
    var second: String
    /// The messages with at most 0, 1, 2, … words between the two.
    var messagesWithin: [Int]
  }

  var seed: UInt64
  var messages: Int
  var conversations: Int
  var users: Int
  var fileBytes: Int
  /// Searchable text without titles, in JSON's escaped form.
  var textBytes: Int
  var planted: [PlantedWords.Entry]
  var plantedPair: Pair
}

extension CorpusDescription {
  /// Reads the description beside a generated `conversations.json`.
  init(beside conversations: URL) throws {
    let file = conversations.deletingLastPathComponent().appendingPathComponent("corpus.json")
    self = try JSONDecoder().decode(CorpusDescription.self, from: Data(contentsOf: file))
  }
}
