// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Production
import Query
import Store
import TestSupport
import Testing

/// The public corpus beside the project, with needles whose hits are known.
private struct Corpus: Decodable {
  struct Needle: Decodable {
    var id: String
    var field: String
    var query: String
    var uuids: [String]
  }

  var messages: Int
  var conversations: Int
  var users: Int
  var needles: [Needle]

  static let folder = Repository.root.deletingLastPathComponent()
    .appendingPathComponent("shared/fixtures/corpus-small")

  static func load() throws -> Corpus {
    try JSONDecoder().decode(
      Corpus.self, from: Data(contentsOf: folder.appendingPathComponent("manifest.json")))
  }
}

@Suite struct CorpusTests {
  /// The needle's query, where its own is a description; nil where it is no query.
  private static func query(of needle: Corpus.Needle) -> String? {
    switch needle.id {
    case "card", "card-decoy", "ssn": nil
    case "phrase-decoy":
      #"quarantine basalt manifest NOT "quarantine the basalt manifest""#
    case "iban": #""GB82 WEST 1234 5698 7654 32""#
    // The same words at several distances: tested by distance.
    case let id where id.hasPrefix("near-"): nil
    default: needle.query
    }
  }

  private static func hits(_ text: String, in store: Store) throws -> [SearchHit] {
    let question = try Question(
      text, scope: ScopeRequest(), interval: Model.TimeInterval(), zone: "UTC", matter: nil,
      options: QueryOptions(clock: store.now), store: store)
    var hits: [SearchHit] = []
    let searcher = try Searcher(store)
    try searcher.forEachHit(question.node) { hit in
      hits.append(hit)
      return true
    }
    #expect(try searcher.itemCount(question.node) == hits.count)
    return hits
  }

  @Test("finds every needle with exactly its hits, and stores nothing twice")
  func needles() async throws {
    let corpus = try Corpus.load()
    let actor = AuditActor.current(program: "test", command: "test")
    try await withTemporaryDirectory { folder in
      let path = folder.appendingPathComponent("store").path
      try Store.create(at: path, as: actor).close()
      let store = try Store.open(at: path, access: .writing)
      let export = Corpus.folder.appendingPathComponent("export.zip").path
      let first = try ImportAction(store: store, actor: actor).run([export])
      #expect(first.counts.addUp)
      #expect(first.counts.stored == corpus.messages + corpus.users)
      #expect(first.counts.conversations == corpus.conversations)
      let second = try ImportAction(store: store, actor: actor).run([export])
      #expect(second.counts.stored == 0 && second.counts.updated == 0)
      #expect(second.counts.duplicates == first.counts.read)

      // Composed and decomposed, the two are one word.
      let sameWord = Set(
        corpus.needles.filter { ["nfc", "nfd"].contains($0.id) }.flatMap(\.uuids))
      for needle in corpus.needles {
        guard let text = Self.query(of: needle) else { continue }
        let found = try Self.hits(text, in: store)
        let ids =
          needle.field == "title"
          ? Set(found.map(\.nativeConversationID)) : Set(found.compactMap(\.nativeID))
        let expected = ["nfc", "nfd"].contains(needle.id) ? sameWord : Set(needle.uuids)
        #expect(ids == expected, "\(needle.id): \(text)")
      }
      for (distance, count) in [(0, 5), (1, 10), (2, 15), (5, 30), (10, 55), (12, 65)] {
        let found = try Self.hits("vermiliox NEAR(\(distance)) escrolane", in: store)
        #expect(found.count == count, "distance \(distance)")
      }
      #expect(try store.read { try $0.verifyAudit().isSound })
      let summary = try ContentVerifier(store, actor: actor).verify { finding in
        Issue.record("\(finding)")
      }
      #expect(summary.items == corpus.messages)
    }
  }

  @Test("exports one set twice to the same bytes, with the same control numbers")
  func sameBytes() async throws {
    let actor = AuditActor.current(program: "test", command: "test")
    try await withTemporaryDirectory { folder in
      let path = folder.appendingPathComponent("store").path
      try Store.create(at: path, as: actor).close()
      let store = try Store.open(at: path, access: .writing)
      let sample = Repository.root.appendingPathComponent("Samples/export.zip").path
      _ = try ImportAction(store: store, actor: actor).run([sample])
      let set = try store.change(as: actor) { change in
        let matter = try change.createMatter(name: "Pier 9")
        return try change.createReviewSet(name: "All", in: matter)
      }
      let question = try Question(
        nil, scope: ScopeRequest(), interval: Model.TimeInterval(), zone: "UTC",
        matter: set.matter, options: QueryOptions(clock: store.now), store: store)
      _ = try ReviewAction(store: store, actor: actor).add(
        .question(question), to: set, context: .conversation)
      var volumes: [Data] = []
      for name in ["a", "b"] {
        let output = folder.appendingPathComponent(name + "/VOL001.zip").path
        let result = try ExportAction(store: store, actor: actor).run(
          set, ExportRequest(output: output, package: .zip(.store)))
        #expect(result.reports.first?.numbers?.lowerBound == 1)
        volumes.append(try Data(contentsOf: URL(fileURLWithPath: output)))
      }
      #expect(volumes[0] == volumes[1])
    }
  }
}
