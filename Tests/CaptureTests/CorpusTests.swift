// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import Testing

@testable import Capture

/// The generated corpus beside the repository; its manifest was written by its generator.
private let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("shared/fixtures/corpus-small")

private struct Manifest: Decodable {
  struct Facts: Decodable {
    var attachments: Int
    var blocks: [String: Int]
    var bySender: [String: Int]
    var custodiansWithMessages: Int
  }
  var conversations: Int
  var messages: Int
  var conversationsJsonSha256: String
  var facts: Facts
}

@Suite(.enabled(if: FileManager.default.fileExists(atPath: corpus.path)))
struct CorpusTests {
  @Test func theCorpusIsReadWhole() throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let manifest = try decoder.decode(
      Manifest.self, from: Data(contentsOf: corpus.appendingPathComponent("manifest.json")))
    let got = try capture(corpus.appendingPathComponent("export.zip"))
    #expect(got.failures.isEmpty)
    let conversations = got.units.filter { $0.kind == .conversation }
    let items = conversations.flatMap(\.items)
    #expect(conversations.count == manifest.conversations)
    #expect(conversations.count == 158)
    #expect(items.count == manifest.messages)
    #expect(items.count == 2500)
    #expect(got.people.count == 12)
    let blocks = Dictionary(grouping: items.flatMap(\.blocks), by: \.kind.rawValue)
      .mapValues(\.count)
    #expect(blocks == manifest.facts.blocks)
    let senders = Dictionary(grouping: items, by: \.nativeRole).mapValues(\.count)
    #expect(senders == manifest.facts.bySender)
    let attachments = items.flatMap(\.files).count { $0.kind == .attachment && $0.text != nil }
    #expect(attachments == manifest.facts.attachments)
    let accounts = Set(conversations.filter { !$0.items.isEmpty }.compactMap(\.accountID))
    #expect(accounts.count == manifest.facts.custodiansWithMessages)
    #expect(accounts.isSubset(of: Set(got.people.map(\.accountID))))
    let file = got.files.first { $0.path.hasSuffix("!/conversations.json") }
    #expect(file?.digest?.hexadecimal == manifest.conversationsJsonSha256)
  }

  @Test func theArchiveAndTheFilesGiveTheSameRecords() throws {
    let zip = try capture(corpus.appendingPathComponent("export.zip"))
    let files = try capture(
      corpus.appendingPathComponent("conversations.json"),
      corpus.appendingPathComponent("projects.json"), corpus.appendingPathComponent("users.json"))
    #expect(Set(zip.units.map(\.native)) == Set(files.units.map(\.native)))
    #expect(Set(zip.people) == Set(files.people))
  }
}
