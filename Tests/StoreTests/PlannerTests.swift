// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Retention
import TestSupport
import Testing

@testable import Store

/// The plan, which asks the index for all conversations at once, and the decision on one
/// conversation's stored records must agree (invariant H3).
@Suite struct PlannerTests {
  @Test("decides as the stored records do, on random stores")
  func agrees() async throws {
    var outcomes: [String: Int] = [:]
    for seed in 0..<12 { try await compare(seed: seed, &outcomes) }
    #expect(outcomes.count >= 5, "\(outcomes)")
  }

  private func compare(seed: Int, _ total: inout [String: Int]) async throws {
    var random = Dice(state: UInt64(seed) &* 7_919 &+ 3)
    let clock = TestClock("2027-01-01T00:00:00Z")
    let counts = try await withStore(clock: clock) { store in
      try makeDirectory(store)
      for round in 0..<3 {
        try store.ingest(
          units(round, &random), source: ["import", "other"][round % 2], capacity: 12)
        clock.advance(days: 1)
      }
      for number in 0..<7 { try makePolicy(number, store, &random) }
      for number in 0..<2 { try makeHold(number, store, &random) }
      try changeDirectory(store, clock)
      try noteReread(store, &random)
      var outcomes: [String: Int] = [:]
      let planned = try plan(store)
      let searcher = try Searcher(store)
      let keys = try store.read { try $0.conversationKeys() }
      #expect(Set(planned.keys) == Set(keys))
      try store.read { catalog in
        let situation = try catalog.retentionSituation()
        for key in keys {
          let record = try catalog.conversation(key: key)
          let alone = try searcher.decision(on: record, in: catalog, situation)
          let wouldBe = try searcher.decision(
            on: record, in: catalog, situation, modes: [.on, .simulate])
          guard let found = planned[key] else { continue }
          outcomes[alone.outcome.name, default: 0] += 1
          // A plan asks for holds only where something would be due.
          if case .held = alone.outcome, !alone.withoutHolds.isDue, !wouldBe.withoutHolds.isDue {
            #expect(found.entryState == nil)
            continue
          }
          #expect(!alone.isDue || found.outcome == alone.outcome, "\(record.nativeID)")
          #expect(found.outcome.isDue == alone.isDue, "\(record.nativeID) \(alone.steps)")
          #expect(
            (found.entryState == .simulated) == (!alone.isDue && wouldBe.isDue),
            "\(record.nativeID) \(wouldBe.steps)")
          if found.entryState != nil {
            let shown = alone.isDue ? alone : wouldBe
            #expect(found.purgeAt == shown.purgeAt)
            #expect(found.deciding == Array(Set(shown.decidingPolicies)).sorted())
          }
        }
      }
      return outcomes
    }
    total.merge(counts, uniquingKeysWith: +)
  }

  @Test("a removal on request lists what the query selects and nothing else that is due")
  func request() async throws {
    try await withStore(clock: TestClock("2035-01-01T00:00:00Z")) { store in
      try store.ingest([
        conversation("c", "a budget", "x"), conversation("d", "y"), conversation("e", "budget"),
      ])
      try store.policy("drop", .test(.delete, "1d"))
      try store.policy("keep", .test(.retain, "forever"), condition: "x")
      let compiled = QueryCompiler.compile(
        "budget", options: QueryOptions(clock: store.now), directory: EmptyDirectory())
      let node = try #require(compiled.node)
      let planned = try plan(
        store, request: RetentionPlanner.Request(node: node, reason: "erasure"))
      let names = try store.read { catalog in
        try planned.values.filter { $0.entryState != nil }.map {
          try catalog.conversation(key: $0.key).nativeID
        }
      }
      #expect(names == ["e"])
      // What is not asked for is neither retained, held nor due in it: it is not in question.
      var counts = PlanCounts()
      for conversation in planned.values { counts.note(conversation) }
      #expect(counts.conversations == 3)
      #expect([counts.due, counts.retained, counts.notSelected, counts.notDue] == [1, 1, 1, 0])
    }
  }

  @Test("marks what came nearer by a change of the groups of a person, with the date before")
  func nearer() async throws {
    try await withStore(clock: TestClock("2035-01-01T00:00:00Z")) { store in
      let (sales, legal) = (
        try #require(GroupName("department=Sales")), try #require(GroupName("department=Legal"))
      )
      func tell(_ groups: [GroupName], of person: String) throws {
        try store.change(as: .test()) { change in
          _ = try change.setGroups(groups, of: change.catalog.custodian(person))
        }
      }
      let people = ["Ada", "Bob", "Cyd", "Dot"]
      try store.change(as: .test()) { change in
        for name in people {
          try change.createCustodian(
            name: name, identities: [IdentityDefinition(.account, name)])
        }
      }
      try store.ingest(people.map { conversation("of \($0)", account: $0, "t") })
      let ofSales = PolicyScope(included: PolicyNames(groups: [sales]))
      let ofLegal = PolicyScope(included: PolicyNames(groups: [legal]))
      try store.policy("all", .test(.delete, "20y"))
      try store.policy("sales", .test(.delete, "1y", scope: ofSales))
      try store.policy("legal", .test(.retainThenDelete, "2y", scope: ofLegal))
      // What has no mark is given as unknown.
      func marks() throws -> [String: RetentionDate] {
        try plan(store).values.reduce(into: [:]) { found, planned in
          guard planned.entryState != nil else { return }
          found[try store.read { try $0.conversation(key: planned.key).nativeID }] =
            planned.formerPurgeAt ?? .unknown
        }
      }
      // The first groups that are told change nothing that was known before.
      try tell([legal], of: "Ada")
      try tell([sales], of: "Bob")
      try tell([], of: "Cyd")
      #expect(try marks() == ["of Ada": .unknown, "of Bob": .unknown])
      let before = try (ada: store.fate(of: "of Ada"), cyd: store.fate(of: "of Cyd"))
      try tell([sales], of: "Ada")
      try tell([sales], of: "Cyd")
      let marked = try marks()
      #expect(
        marked == [
          "of Ada": try #require(before.ada.purgeAt), "of Bob": .unknown,
          "of Cyd": try #require(before.cyd.purgeAt),
        ])
      // Told again the same, the mark stays; a change that brings nothing nearer takes it off.
      try tell([sales], of: "Ada")
      #expect(try marks() == marked)
      // So it does when the person is merged into somebody of whom nothing is told yet.
      try store.change(as: .test()) { change in
        let whole = try change.createCustodian(name: "Cyd Vicary")
        _ = try change.mergeCustodians([change.catalog.custodian("Cyd")], into: whole)
      }
      try tell([sales], of: "Cyd Vicary")
      #expect(try marks() == marked)
      try tell([legal], of: "Ada")
      #expect(try marks()["of Ada"] == .unknown)
      // What a simulated policy makes due is marked by what it says.
      try tell([], of: "Cyd")
      try store.policy("trial", .test(.delete, "3y", scope: ofSales, mode: .simulate))
      try tell([sales], of: "Cyd")
      try store.change(as: .test()) { change in
        _ = try change.deletePolicy(change.catalog.policy("sales"))
      }
      #expect(try marks()["of Cyd"] == before.cyd.purgeAt)
      // What another simulated policy would have made due before is not nearer.
      try store.policy("wide", .test(.delete, "2y", mode: .simulate))
      #expect(try marks()["of Cyd"] == .unknown)
    }
  }

  @Test(
    "lists nothing that is nobody's or in no project while a hold names persons or projects",
    arguments: [true, false])
  func unknownOwners(namesPersons: Bool) async throws {
    try await withStore(clock: TestClock("2035-01-01T00:00:00Z")) { store in
      let ada = try store.change(as: .test()) { change in
        try change.createCustodian(
          name: "Ada", identities: [IdentityDefinition(.account, "Ada")])
      }
      try store.ingest([
        conversation("untold", account: nil, "t"), conversation("unknown", account: "x", "t"),
      ])
      try store.policy("drop", .test(.delete, "1d"))
      func due() throws -> Int { try plan(store).values.count { $0.entryState == .due } }
      #expect(try due() == 2)
      try store.hold(
        "H", namesPersons ? Scope(custodians: [ada.id.text]) : Scope(projects: ["p"]))
      #expect(try plan(store).values.map(\.outcome) == [.held, .held])
    }
  }

  @Test("tells of what is not due how much waits for a start that nobody knows")
  func startUnknown() async throws {
    try await withStore(clock: TestClock("2035-01-01T00:00:00Z")) { store in
      var undated = UnitBuilder("u", created: nil)
      undated.add("u-1", .prompt, ["one"], time: nil)
      try store.ingest([undated.unit, conversation("c", "two")])
      try store.policy("drop", .test(.delete, "20y"))
      var counts = PlanCounts()
      for conversation in try plan(store).values { counts.note(conversation) }
      #expect([counts.notDue, counts.startUnknown] == [2, 1])
    }
  }

  @Test(
    "a removal on request selects a conversation without messages by what is known of it",
    arguments: [
      ("conversation:conv", true), ("conversation:e", true), ("custodian:acc-1", true),
      ("participants:acc-1", true), ("sent:2025-01-09", true), ("title:budget", true),
      ("\"yearly budget\"", true), ("source:import", true), ("budget kind:prompt", false),
      ("from:acc-1", false), ("custodian:acc-2", false), ("sent>2025-01-09", false),
      ("text", false),
    ])
  func emptyConversation(query: String, isSelected: Bool) async throws {
    try await withStore(clock: TestClock("2035-01-01T00:00:00Z")) { store in
      var builder = UnitBuilder("e", title: "the yearly budget", created: "2025-01-09T10:00:00Z")
      try store.ingest([builder.unit])
      builder.unit.title = "renamed"
      builder.unit.native += [0x20]
      try store.ingest([builder.unit])
      let id = ObjectID.conversation(route: builder.unit.route, nativeID: "e")
      let compiled = try store.read { catalog in
        try QueryCompiler.compile(
          query == "conversation:conv" ? "conversation:\(id)" : query,
          options: QueryOptions(clock: store.now), directory: catalog.directory)
      }
      let node = try #require(compiled.node)
      let planned = try plan(
        store, request: RetentionPlanner.Request(node: node, reason: "erasure"))
      #expect(planned.values.map { $0.entryState == .due } == [isSelected])
    }
  }

  @Test("fails where a partition cannot be read, and never says that nothing is due")
  func unreadable() async throws {
    try await withStore(clock: TestClock("2035-01-01T00:00:00Z")) { store in
      try store.ingest([conversation("c", "a budget", "x"), conversation("d", "y")])
      try store.policy("drop", .test(.delete, "1d"), condition: "budget")
      let compiled = QueryCompiler.compile(
        "budget", options: QueryOptions(clock: store.now), directory: EmptyDirectory())
      let request = RetentionPlanner.Request(
        node: try #require(compiled.node), reason: "erasure")
      #expect(try plan(store).values.count { $0.entryState == .due } == 1)
      #expect(try plan(store, request: request).values.count { $0.entryState == .due } == 1)
      for row in try store.read({ try PartitionRow.all($0.db) }) {
        try DirectConnection(
          path: store.layout.partitions + "/" + PartitionFile.name(row.number), access: .write
        ).execute("UPDATE fts_data SET block = x'00' WHERE id > 1000")
      }
      #expect(status { _ = try plan(store) } != nil)
      #expect(status { _ = try plan(store, request: request) } != nil)
    }
  }

  private func plan(
    _ store: Store, request: RetentionPlanner.Request? = nil
  ) throws -> [Int64: PlannedConversation] {
    let planner = try RetentionPlanner(store, request: request)
    var planned: [Int64: PlannedConversation] = [:]
    for number in planner.partitionNumbers {
      try planner.forEachConversation(in: number) { conversation, _ in
        planned[conversation.key] = conversation
      }
    }
    return planned
  }

  private static let words = ["alpha", "beta", "gamma"]

  private func makeDirectory(_ store: Store) throws {
    try store.change(as: .test()) { change in
      for name in ["a0", "a1", "a3", "a4"] {
        try change.createCustodian(
          name: "Person \(name)", identities: [IdentityDefinition(.account, name)])
      }
    }
  }

  private func changeDirectory(_ store: Store, _ clock: TestClock) throws {
    clock.advance(days: 1)
    try store.change(as: .test()) { change in
      let ada = try change.catalog.custodian("a0")
      try change.removeIdentity(.account, "a0", from: ada)
      _ = try change.addIdentity(
        IdentityDefinition(.account, "a0"), to: change.catalog.custodian("a3"))
      _ = try change.addIdentity(IdentityDefinition(.account, "a2"), to: ada)
    }
  }

  /// As if some items had been read anew with another result, before and after holds were set.
  private func noteReread(_ store: Store, _ random: inout Dice) throws {
    for partition in try store.read({ try PartitionRow.all($0.db) }) {
      let connection = try PartitionFile.openForWriting(
        store.layout.partitions + "/" + PartitionFile.name(partition.number))
      for row in 1...max(1, partition.mark.row) where random.below(12) == 0 {
        let wording = ["0", "1", "2", "NULL"][random.below(4)]
        try connection.execute(
          "INSERT INTO item_reread SELECT row, \(wording) FROM item WHERE row = \(row)")
      }
    }
  }

  private func units(_ round: Int, _ random: inout Dice) -> [CapturedUnit] {
    (0..<10).map { number in
      var builder = UnitBuilder(
        "c\(number)", title: "round \(round * random.below(2))",
        account: random.below(12) == 0 ? nil : "a\([0, 1, 3, 4][random.below(4)])",
        created: "2024-0\(1 + random.below(9))-01T00:00:00Z")
      if random.below(8) > 0 { builder.unit.projectID = "p\(random.below(3))" }
      for item in 0..<random.below(4) {
        builder.add(
          "c\(number)-\(item)", item.isMultiple(of: 2) ? .prompt : .response,
          [Self.words[random.below(3)] + " " + Self.words[random.below(3)]],
          time: random.below(6) == 0 ? nil : "2025-0\(1 + random.below(9))-11T00:00:00Z",
          model: random.below(3) == 0 ? nil : "m\(random.below(2))",
          files: random.below(8) == 0 ? [UnitBuilder.file("f.bin")] : [])
      }
      return builder.unit
    }
  }

  private func query(_ random: inout Dice) -> String {
    let word = Self.words[random.below(3)]
    let other = Self.words[random.below(3)]
    return [
      word, "NOT \(word)", "\(word) \(other)", "\(word) OR NOT \(other)", "custodian:a0",
      "NOT custodian:a0", "\(word) NEAR(1) \(other)", "from:a1 \(word)", "kind:response",
      "sent>=2025-05-01 \(word)", "\"\(word) \(other)\" NOT custodian:\"Person a1\"",
    ][random.below(11)]
  }

  private func scope(_ store: Store, _ random: inout Dice) throws -> PolicyScope {
    let people = try store.read { try $0.custodians().map(\.id.text) }
    var names = PolicyNames()
    switch random.below(5) {
    case 0: names.custodians = [people[random.below(people.count)]]
    case 1: names.projects = ["p\(random.below(2))"]
    case 2: names.sources = [try store.read { try $0.sources()[0].id.text }]
    case 3: names.models = ["m\(random.below(2))"]
    default: break
    }
    let isExcluded = random.below(3) == 0
    if names.isEmpty || isExcluded {
      return PolicyScope(everyone: true, excluded: names)
    }
    return PolicyScope(included: names)
  }

  private func makePolicy(_ number: Int, _ store: Store, _ random: inout Dice) throws {
    let action = RetentionAction.allCases[min(2, random.below(4))]
    var definition = PolicyDefinition.test(
      action, ["1mo", "1y", "18mo", "2y"][random.below(4)], scope: try scope(store, &random),
      mode: random.below(4) == 0 ? .simulate : .on)
    definition.start = [.created, .lastActivity, .captured][random.below(3)]
    if definition.start == .captured { definition.period = .days(1 + random.below(3)) }
    if random.below(4) == 0 { definition.disposition = .review }
    try store.policy(
      "P\(number)", definition, kind: random.below(4) == 0 ? .label : .policy,
      condition: random.below(2) == 0 ? query(&random) : nil)
  }

  private func makeHold(_ number: Int, _ store: Store, _ random: inout Dice) throws {
    let scope = try scope(store, &random)
    let text = random.below(3) == 0 ? nil : query(&random)
    try store.change(as: .test()) { change in
      let compiled = try text.map {
        try QueryCompiler.compile(
          $0, options: QueryOptions(clock: change.now, purpose: .hold),
          directory: change.catalog.directory)
      }
      let query = compiled.map {
        StoredQuery(
          text: $0.text, dialect: "keyql", normalForm: $0.normalForm ?? "", resolved: "{}")
      }
      let since = Instant(rfc3339: "2025-0\(1 + random.below(9))-11T00:00:00Z")
      var held = Scope(
        custodians: scope.included.custodians, projects: scope.included.projects,
        sources: scope.included.sources)
      if held.isEmpty { held.custodians = scope.excluded.custodians }
      if held.isEmpty { held.projects = ["p2"] }
      let matter = try change.createMatter(name: "M\(number)")
      try change.createHold(
        name: "H\(number)", in: matter,
        HoldDefinition(
          scope: held, query: query,
          interval: random.below(3) == 0 ? Model.TimeInterval(since: since) : Model.TimeInterval()))
    }
  }
}

extension RetentionDecision {
  /// The outcome if there were no holds.
  fileprivate var withoutHolds: RetentionOutcome {
    if !reviewSets.isEmpty { return .inReviewSet }
    if let until = retainUntil, !until.isReached(at: now) { return .retained(until: until) }
    guard let purgeAt else { return .notDeleted }
    return purgeAt.isReached(at: now) ? .due(needsReview: false) : .notDue(purgeAt)
  }
}

extension RetentionOutcome {
  fileprivate var isDue: Bool { if case .due = self { true } else { false } }
}
