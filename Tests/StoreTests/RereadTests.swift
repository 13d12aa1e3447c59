// SPDX-License-Identifier: Apache-2.0
import Detection
import Model
import Query
import Retention
import Testing

@testable import Store

/// Items of which a later version finds or reads something else: what a hold's query selected before
/// stays held (holds-and-retention sections 2.1 and 2.2), and what is held anew goes by what is read
/// now.
@Suite("What a later reading changes under a hold")
struct RereadTests {
  private static let card = "visa 4111 1111 1111 1111"
  private static let cards = "sensitivetype:\"Credit Card Number\""

  private func partition(_ store: Store) throws -> DirectConnection {
    try PartitionFile.openForWriting(store.layout.partitions + "/0001.sqlite")
  }

  /// A message in which both versions find a card, one the earlier, one the later, and one neither;
  /// and a policy that deletes them all.
  private func fill(_ store: Store) throws {
    try store.ingest(
      [
        conversation("same", Self.card), conversation("old", "budget"),
        conversation("new", Self.card), conversation("none", "budget"),
      ], laneCount: 1)
    let one = SensitiveCount(type: .creditCardNumber, confidence: .high, count: 1)
    try pretend(store, ["same": one, "old": one])
    try store.policy("all", .test(.delete, "1d"))
  }

  /// Leaves what another version of the detector would have found, in table and index.
  private func pretend(_ store: Store, _ found: [String: SensitiveCount]) throws {
    let connection = try partition(store)
    try connection.transaction {
      try connection.execute("DELETE FROM item_sensitive")
      let rows = try connection.prepare(
        """
        SELECT i.row, c.native_id, t.facet FROM item i JOIN conversation c ON c.key = i.conversation
          JOIN item_text t ON t.row = i.row
        """)
      var items: [(row: Int64, name: String, facet: String)] = []
      while try rows.step() { items.append((rows.integer(0), rows.text(1), rows.text(2))) }
      rows.reset()
      for item in items {
        let counts = [found[item.name]].compactMap(\.self)
        #expect(
          try SensitiveRows.replace(ofRow: item.row, with: counts, in: connection)
            == !counts.isEmpty)
        let facet = try connection.prepare("UPDATE item_text SET facet = ? WHERE row = ?")
        try facet.bind(Facet.replacingSensitive(in: item.facet, with: counts), at: 1)
        try facet.bind(item.row, at: 2)
        try facet.run()
      }
      try FullTextIndex.makeAnew(connection)
      try connection.execute("UPDATE batch SET detector = detector + 1")
    }
  }

  @discardableResult
  private func hold(
    _ name: String, _ text: String, in store: Store, accounts: [String] = [],
    interval: Model.TimeInterval = Model.TimeInterval()
  ) throws -> HoldRecord {
    try store.change(as: .test()) { change in
      let matter = try change.createMatter(name: "Case of \(name)")
      return try change.createHold(
        name: name, in: matter,
        HoldDefinition(
          scope: Scope(everyone: true), query: try query(text, change), interval: interval))
    }
  }

  private func query(_ text: String, _ change: Change) throws -> StoredQuery {
    let compiled = try QueryCompiler.compile(
      text, options: QueryOptions(clock: change.now, purpose: .hold),
      directory: change.catalog.directory)
    return StoredQuery(
      text: text, dialect: "keyql", normalForm: compiled.normalForm ?? "", resolved: "{}")
  }

  private func reindex(_ store: Store) throws {
    _ = try ContentReindexer(store, actor: .test()).reindex()
  }

  /// The names of the holds on each conversation; a plan must say the same.
  private func held(_ store: Store) throws -> [String: Set<String>] {
    let planner = try RetentionPlanner(store)
    var planned: [Int64: PlannedConversation] = [:]
    try planner.forEachConversation(in: 1) { found, _ in planned[found.key] = found }
    var held: [String: Set<String>] = [:]
    for (key, found) in planned {
      let (name, holds) = try store.read { catalog in
        (
          try catalog.conversation(key: key).nativeID,
          Set(try found.holds.map { try catalog.hold($0.text).name })
        )
      }
      held[name] = holds
      #expect(try Set(store.holds(on: name)) == holds, "\(name)")
      #expect(try store.fate(of: name).outcome == found.outcome, "\(name)")
    }
    return held
  }

  private func grounds(_ store: Store, _ name: String, _ hold: String) throws -> [ProtectionGround]
  {
    let decision = try store.fate(of: name)
    return decision.holds.first { $0.holdName == hold }?.grounds ?? []
  }

  private let changed = ProtectionGround.queryNotDecided(
    "what was read of it has changed since the hold was set")

  @Test("what a hold selected by what another version found stays held, and nothing else is")
  func detector() async throws {
    try await withStore { store in
      try fill(store)
      try hold("cards", Self.cards, in: store)
      try hold("others", "NOT \(Self.cards)", in: store)
      let past = Model.TimeInterval(before: Instant(rfc3339: "2024-01-01T00:00:00Z"))
      try hold("past", Self.cards, in: store, interval: past)
      #expect(
        try held(store) == [
          "same": ["cards"], "old": ["cards"], "new": ["others"], "none": ["others"],
        ])
      try reindex(store)
      #expect(
        try held(store) == [
          "same": ["cards"], "old": ["cards", "others"], "new": ["cards", "others"],
          "none": ["others"],
        ])
      #expect(try grounds(store, "old", "cards") == [changed])
      #expect(try grounds(store, "old", "others") == [.covered])
      #expect(try grounds(store, "new", "others") == [changed])
      #expect(try grounds(store, "same", "cards") == [.covered])
      // A hold that is set now goes by what is found now.
      try hold("late cards", Self.cards, in: store)
      try hold("late others", "NOT \(Self.cards)", in: store)
      let late = try held(store).mapValues { $0.filter { $0.hasPrefix("late") } }
      #expect(
        late == [
          "same": ["late cards"], "new": ["late cards"], "old": ["late others"],
          "none": ["late others"],
        ])
      #expect(try findings(store) == [])
    }
  }

  @Test("an item without a time that was read anew is held under an interval, as any that is")
  func untimed() async throws {
    try await withStore { store in
      var unit = UnitBuilder("old", created: "2025-01-01T00:00:00Z")
      unit.add("m", .prompt, [Self.card], time: nil)
      unit.add("n", .response, ["budget"])
      try store.ingest([unit.unit], laneCount: 1)
      // When it was last active is not known.
      var definition = PolicyDefinition.test(.delete, "1d")
      definition.start = .created
      try store.policy("all", definition)
      try pretend(store, [:])
      let past = Model.TimeInterval(before: Instant(rfc3339: "2024-01-01T00:00:00Z"))
      try hold("past", "visa NOT \(Self.cards)", in: store, interval: past)
      #expect(try held(store) == ["old": ["past"]])
      try reindex(store)
      #expect(try held(store) == ["old": ["past"]])
      #expect(try grounds(store, "old", "past").contains(changed))
      try hold("late", "visa NOT \(Self.cards)", in: store, interval: past)
      #expect(try held(store) == ["old": ["past"]])
    }
  }

  @Test("a hold that is widened afterwards keeps what it held; another query lets it go, and tells")
  func reworded() async throws {
    try await withStore { store in
      try fill(store)
      let past = Model.TimeInterval(before: Instant(rfc3339: "2025-06-01T00:00:00Z"))
      let cards = try hold("cards", Self.cards, in: store, interval: past)
      try reindex(store)
      try store.change(as: .test()) { change in
        var wider = cards.definition
        wider.interval = Model.TimeInterval()
        _ = try change.updateHold(cards, to: wider, coolDown: 0)
      }
      #expect(try store.holds(on: "old") == ["cards"])
      #expect(try held(store)["old"] == ["cards"])
      try store.change(as: .test()) { change in
        var other = cards.definition
        other.query = try query("zebra", change)
        _ = try change.updateHold(change.catalog.hold("cards"), to: other, coolDown: 0)
      }
      #expect(try held(store)["old"] == [])
    }
  }

  @Test("a hold that is set between a change and the note of it holds as well")
  func unsettled() async throws {
    try await withStore { store in
      try fill(store)
      try reindex(store)
      try hold("late", Self.cards, in: store)
      #expect(try held(store)["old"] == [])
      try partition(store).execute("UPDATE item_reread SET wording = NULL")
      #expect(try held(store)["old"] == ["late"])
      // The next reindex finds no other change, and makes up for the note.
      try reindex(store)
      #expect(try held(store)["old"] == ["late"])
      try hold("later", Self.cards, in: store)
      #expect(try held(store)["old"] == ["late"])
    }
  }

  @Test("nothing is noted where the same is found again, nor of what was never committed")
  func nothingElse() async throws {
    try await withStore { store in
      try fill(store)
      try crashAfterPartition(store, number: 1, [conversation("lost", "zebra")])
      let connection = try partition(store)
      try connection.execute(
        """
        INSERT INTO item_sensitive SELECT max(row), 8, 65, 1 FROM item;
        UPDATE batch SET detector = detector + 1 WHERE detector = \(Detector.version);
        """)
      #expect(try connection.integer("SELECT count(*) FROM item_reread") == 0)
      try reindex(store)
      let names = try connection.prepare(
        """
        SELECT c.native_id FROM item_reread r LEFT JOIN item i ON i.row = r.row
          LEFT JOIN conversation c ON c.key = i.conversation ORDER BY c.native_id
        """)
      var found: [String] = []
      while try names.step() { found.append(names.text(0)) }
      names.reset()
      #expect(found == ["new", "old"])
      try connection.execute("UPDATE item_reread SET wording = 7")
      try connection.execute("UPDATE batch SET detector = detector + 1")
      try reindex(store)
      #expect(try connection.integer("SELECT count(*) FROM item_reread WHERE wording <> 7") == 0)
      #expect(try findings(store) == [])
    }
  }

  private func findings(_ store: Store) throws -> [Finding] {
    var findings: [Finding] = []
    _ = try ContentVerifier(store, actor: .test()).verify { findings.append($0) }
    return findings
  }

  // MARK: - Texts of files

  /// Puts texts of one file into its item, one after the other, as one reading after the other would;
  /// which of them were noted as a change.
  private func noted(
    _ texts: [String?], lack: ProblemCode? = nil, in store: Store
  ) throws -> [Bool] {
    try texts.map { text in
      try partition(store).execute("UPDATE item_reread SET wording = 7")
      let connection = try partition(store)
      let reading = FileReading(
        digests: nil, lack: text == nil ? .readerFailed : lack, note: "", reader: "test")
      _ = try FileTextRows(connection).apply([
        FileTextEntry(
          route: "claude.ai-export", conversationID: "f", fileID: "file-1", text: text,
          reading: reading)
      ])
      return try connection.integer("SELECT count(*) FROM item_reread WHERE wording IS NULL") == 1
    }
  }

  private func withFile(_ text: String, in store: Store) throws {
    var unit = UnitBuilder("f")
    unit.add(
      "m", .prompt, [text], files: [UnitBuilder.file("a.pdf", nativeID: "file-1")])
    unit.add("n", .response, ["answer"])
    try store.ingest([unit.unit])
  }

  @Test("a text of a file in the place of another, or none, is a change; its first text is none")
  func fileTexts() async throws {
    try await withStore { store in
      try withFile("budget", in: store)
      #expect(
        try noted(
          [nil, "okapi", "okapi", Self.card, "", "okap\u{ED}", "okapi\u{301}", nil, "okapi"],
          in: store) == [false, false, false, true, true, true, true, true, false])
      // Nothing of a file that could not be read is as good as no text.
      #expect(try noted([""], lack: .readerFailed, in: store) == [true])
      #expect(try noted(["okapi"], in: store) == [false])
      #expect(try noted(["okapi and"], lack: .readerFailed, in: store) == [true])
      #expect(try noted(["zebra"], in: store) == [true])
      #expect(try findings(store) == [])
    }
  }

  @Test("what is found in the first text of a file is no change, but what another version found is")
  func firstText() async throws {
    try await withStore { store in
      try withFile(Self.card, in: store)
      #expect(try noted(["and 5555555555554444"], in: store) == [false])
    }
    try await withStore { store in
      try withFile(Self.card, in: store)
      try pretend(store, [:])
      try store.policy("all", .test(.delete, "1d"))
      try hold("others", "NOT \(Self.cards)", in: store)
      #expect(try noted(["okapi"], in: store) == [true])
      #expect(try held(store)["f"] == ["others"])
      #expect(try grounds(store, "f", "others") == [.covered])
    }
  }
}
