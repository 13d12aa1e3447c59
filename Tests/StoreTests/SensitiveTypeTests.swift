// SPDX-License-Identifier: Apache-2.0
import Detection
import Model
import Query
import Testing

@testable import Store

@Suite("Sensitive types in a store")
struct SensitiveTypeTests {
  private func fill(_ store: Store) throws {
    var cards = UnitBuilder("cards", title: "Billing")
    cards.add("two", .prompt, ["visa 4111 1111 1111 1111 and 5555555555554444"])
    cards.add(
      "file", .prompt, ["see the list"],
      files: [UnitBuilder.file("list.csv", text: "ada@example.org,bob@example.org")])
    cards.add("none", .response, ["nothing to see"])
    var titled = UnitBuilder("titled", title: "Mail of ada@example.org")
    titled.add("title", .prompt, ["hello"])
    try store.ingest([cards.unit, titled.unit])
  }

  private func found(_ value: String, in store: Store) throws -> [String] {
    let compiled = QueryCompiler.compile(
      "sensitivetype:\"\(value)\"", options: QueryOptions(clock: store.now),
      directory: EmptyDirectory())
    let node = try #require(compiled.node, "\(compiled.diagnostics)")
    let searcher = try Searcher(store)
    var ids: [String] = []
    try searcher.forEachHit(node) { hit in
      ids.append(hit.nativeID ?? "")
      return true
    }
    #expect(try searcher.itemCount(node) == ids.count)
    return ids.sorted()
  }

  @Test(
    "finds items by type, count and confidence",
    arguments: [
      ("Credit Card Number", ["two"]), ("credit-card-number|2", ["two"]),
      ("Credit Card Number|1", []), ("Credit Card Number|3..", []),
      ("Credit Card Number|..2", ["two"]), ("Credit Card Number|2|high", ["two"]),
      ("Credit Card Number|*|..84", []), ("Email Address", ["file", "title"]),
      ("Email Address|2..", ["file"]), ("Email Address|1|medium", ["title"]),
      ("Email Address|1|85..", ["title"]), ("Email Address|*|75..75", ["file"]),
      ("Private Key", []),
    ])
  func finds(value: String, items: [String]) async throws {
    try await withStore { store in
      try fill(store)
      #expect(try found(value, in: store) == items)
    }
  }

  @Test("tells what was found in each item of a conversation, as of a version")
  func counts() async throws {
    try await withStore { store in
      try store.ingest([conversation("c", "mail ada@example.org")])
      try store.ingest([conversation("c", "nothing any more")])
      let record = try store.read { try $0.conversation(written: "c") }
      let item = ObjectID.item(route: "claude.ai-export", conversationID: "c", itemID: "c-m0")
      #expect(
        try store.sensitiveCounts(of: record, version: 1) == [
          item: [SensitiveCount(type: .emailAddress, confidence: .high, count: 1)]
        ])
      #expect(try store.sensitiveCounts(of: record, version: 2) == [:])
      #expect(try found("Email Address", in: store) == ["c-m0"])
    }
  }

  @Test("counts items by sensitive type in statistics, each under all of its types")
  func statistics() async throws {
    try await withStore { store in
      try fill(store)
      let statistics = try Searcher(store).statistics(
        StatisticsQuestion(scope: .all, query: .all))
      let shares = statistics.groups[.sensitiveType] ?? []
      #expect(shares.map(\.key) == ["email-address", "credit-card-number"])
      #expect(shares.map(\.items) == [2, 1])
      #expect(shares.map(\.conversations) == [2, 1])
      let narrow = try Searcher(store).statistics(
        StatisticsQuestion(
          scope: .all, query: .text(TextMatch(tokens: ["list"]), in: .property(.body))))
      #expect(narrow.groups[.sensitiveType]?.map(\.key) == ["email-address"])
    }
  }

  // MARK: - Another version of the detector

  private func partition(_ store: Store) throws -> DirectConnection {
    try DirectConnection(path: store.layout.partitions + "/0001.sqlite", access: .write)
  }

  private func findings(_ store: Store) throws -> [Finding] {
    var findings: [Finding] = []
    _ = try ContentVerifier(store, actor: .test()).verify { findings.append($0) }
    return findings
  }

  @Test("looks anew where another version of the detector looked, and says so before")
  func outdated() async throws {
    try await withStore { store in
      try fill(store)
      #expect(try store.partitionsWithOtherDetector() == [])
      let connection = try partition(store)
      // As a detector would have left it that knew neither cards nor confidences.
      try connection.execute(
        """
        DELETE FROM item_sensitive WHERE type = 1;
        INSERT INTO item_sensitive SELECT row, 8, 65, 1 FROM item;
        UPDATE batch SET detector = detector + 1;
        """)
      #expect(try store.partitionsWithOtherDetector() == [1])
      let told = try findings(store)
      #expect(told.map(\.kind) == [.detectionOutdated])
      #expect(told.allSatisfy { !$0.kind.isDamage })
      _ = try ContentReindexer(store, actor: .test()).reindex()
      #expect(try store.partitionsWithOtherDetector() == [])
      #expect(try findings(store) == [])
      #expect(try found("Credit Card Number|2", in: store) == ["two"])
      #expect(try found("Private Key", in: store) == [])
      #expect(try found("Email Address", in: store) == ["file", "title"])
    }
  }

  @Test("a reindex by the same version changes nothing that was found")
  func reindexed() async throws {
    try await withStore { store in
      try fill(store)
      let before = try facets(store)
      #expect(before.contains { $0.contains("X1") })
      try partition(store).execute("UPDATE batch SET detector = detector + 1")
      _ = try ContentReindexer(store, actor: .test()).reindex()
      // The order of tokens in a facet means nothing.
      #expect(try facets(store) == before)
      #expect(try findings(store) == [])
    }
  }

  private func facets(_ store: Store) throws -> [Set<Substring>] {
    let rows = try partition(store).prepare("SELECT facet FROM item_text ORDER BY row")
    var facets: [Set<Substring>] = []
    while try rows.step() { facets.append(Set(rows.text(0).dropFirst().split(separator: " "))) }
    return facets
  }

  @Test("verification finds what does not fit the texts")
  func mismatch() async throws {
    try await withStore { store in
      try fill(store)
      try partition(store).execute("UPDATE item_sensitive SET count = count + 1 WHERE type = 1")
      #expect(try findings(store).map(\.kind) == [.detectionMismatch])
    }
  }
}
