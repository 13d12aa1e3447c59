// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Testing

@testable import Store

@Suite("Statistics")
struct StatisticsTests {
  /// Every number against sets of ids that the evaluator found by a linear scan, and against the
  /// hits that a search shows.
  @Test("add up as the hits do, for random queries", arguments: [11, 12, 13] as [UInt64])
  func randomQueries(seed: UInt64) async throws {
    try await withStore { store in
      var matter = RandomMatter(seed: seed)
      var oracle = Oracle()
      let first = (0..<60).map { matter.unit("c\($0)") }
      let second = first.prefix(30).map { matter.changed($0) } + first.suffix(10)
      try store.ingest(first, source: "one", batchByteCount: 6_000, capacity: 40)
      try store.ingest(second, source: "two", batchByteCount: 6_000, capacity: 40)
      oracle.ingest(first, source: "one")
      oracle.ingest(second, source: "two")
      try store.change(as: .test()) { change in
        let ann = try change.createCustodian(
          name: "Ann Lee",
          identities: [
            IdentityDefinition(.account, "acc-1"), IdentityDefinition(.account, "acc-2"),
          ])
        for account in ["acc-1", "acc-2"] {
          oracle.people[account] = ItemIdentity(
            custodian: ann.id.text, names: [account, "Ann Lee", "acc-1", "acc-2"])
        }
      }
      let scan = try Scan(oracle.rows())
      let searcher = try Searcher(store)
      for round in 0..<12 {
        let scope = round.isMultiple(of: 3) ? matter.node(depth: 1) : .all
        let terms = (0..<5).map { _ in matter.node(depth: 2) }
        let isList = round.isMultiple(of: 2)
        let whole: QueryNode = isList ? .or(terms) : .and(terms)
        let statistics = try searcher.statistics(
          StatisticsQuestion(
            scope: scope, query: isList ? nil : whole, terms: isList ? terms : [],
            conditions: isList ? [] : terms))
        let label = "round \(round) of seed \(seed)"
        #expect(!statistics.isIncomplete)
        let counts = try searcher.counts(.and([scope, whole]), scope: scope)
        #expect(statistics.total.items == counts.items, "\(label)")
        #expect(statistics.total.conversations == counts.conversations, "\(label)")
        #expect(statistics.total.bytes == counts.bytes, "\(label)")
        #expect(statistics.total.custodians == counts.custodians, "\(label)")
        #expect(statistics.partial == counts.partial, "\(label)")
        let found = try hits(.and([scope, whole]), searcher)
        #expect(Set(found.map(\.id)) == (try scan.matches(.and([scope, whole]))))
        check(statistics.total, found, label)
        checkGroups(statistics, found, label)
        let sets = try terms.map { try scan.matches(.and([scope, $0])) }
        for (index, term) in statistics.terms.enumerated() {
          check(term.tally, try hits(.and([scope, terms[index]]), searcher), "\(label) \(index)")
          #expect(term.tally.items == sets[index].count, "\(label)")
          var others: Set<ObjectID> = []
          for (other, set) in sets.enumerated() where other != index { others.formUnion(set) }
          #expect(term.unique == sets[index].subtracting(others).count, "\(label)")
          #expect(term.custodians.reduce(0) { $0 + $1.items } == term.tally.items)
        }
        for (index, condition) in statistics.conditions.enumerated() {
          check(
            condition.tally, try hits(.and([scope, terms[index]]), searcher), "\(label) \(index)")
          let others = terms.indices.filter { $0 != index }.map { terms[$0] }
          let without = try scan.matches(.and([scope] + others))
          #expect(condition.excluded == without.subtracting(found.map(\.id)).count, "\(label)")
        }
      }
    }
  }

  private func hits(_ node: QueryNode, _ searcher: Searcher) throws -> [SearchHit] {
    var found: [SearchHit] = []
    try searcher.forEachHit(node) { hit in
      found.append(hit)
      return true
    }
    return found
  }

  private func check(_ tally: SearchStatistics.Tally, _ hits: [SearchHit], _ label: String) {
    #expect(tally.items == hits.count, "\(label)")
    #expect(tally.bytes == hits.reduce(0) { $0 + $1.byteCount }, "\(label)")
    #expect(tally.conversations == Set(hits.map(\.conversationID)).count, "\(label)")
    #expect(tally.custodians == Set(hits.map(\.custodian)).subtracting([""]).count, "\(label)")
  }

  private func checkGroups(_ statistics: SearchStatistics, _ hits: [SearchHit], _ label: String) {
    for grouping in SearchStatistics.Grouping.allCases where grouping != .sensitiveType {
      let shares = statistics.groups[grouping] ?? []
      let expected = Dictionary(grouping: hits) { hit in
        switch grouping {
        case .month: hit.time.map { String($0.rfc3339.prefix(7)) } ?? ""
        case .custodian: hit.custodian
        case .source: hit.source
        case .model: hit.model
        case .kind: hit.kind
        case .sensitiveType: ""
        }
      }
      #expect(Set(shares.map(\.name)) == Set(expected.keys), "\(label) by \(grouping)")
      for share in shares {
        let mine = expected[share.name] ?? []
        #expect(share.items == mine.count, "\(label) by \(grouping)")
        #expect(share.bytes == mine.reduce(0) { $0 + $1.byteCount }, "\(label) by \(grouping)")
        #expect(
          share.conversations == Set(mine.map(\.conversationID)).count, "\(label) by \(grouping)")
      }
    }
  }

  @Test("count months where days begin")
  func monthsOfAZone() async throws {
    try await withStore { store in
      var builder = UnitBuilder("c1")
      builder.add("m1", .prompt, ["late"], time: "2025-01-31T23:30:00Z")
      builder.add("m2", .prompt, ["early"], time: "2025-02-01T00:30:00Z")
      builder.add("m3", .prompt, ["never"], time: nil)
      try store.ingest([builder.unit])
      let searcher = try Searcher(store)
      func months(shift hours: Int64) throws -> [String] {
        try searcher.statistics(
          StatisticsQuestion(scope: .all, query: .all) { month in
            Instant(ticks: month.start.ticks + hours * 3600 * Instant.ticksPerSecond)
          }
        ).groups[.month]?.map { "\($0.key)=\($0.items)" } ?? []
      }
      #expect(try months(shift: 0) == ["2025-01=1", "2025-02=1", "=1"])
      #expect(try months(shift: 1) == ["2025-01=2", "=1"])
      #expect(try months(shift: -1) == ["2025-02=2", "=1"])
    }
  }

  @Test("name the files without text")
  func unsearchable() async throws {
    try await withStore { store in
      var builder = UnitBuilder("c1")
      builder.add(
        "m1", .prompt, ["one"],
        files: [
          UnitBuilder.file("plan.pdf"), UnitBuilder.file("notes.txt", text: "seen"),
          UnitBuilder.file("README"),
        ])
      builder.add("m2", .prompt, ["two"])
      try store.ingest([builder.unit])
      let searcher = try Searcher(store)
      var files: [UnsearchableFile] = []
      try searcher.forEachUnsearchable(in: .all) { file in
        files.append(file)
        return true
      }
      #expect(files.map(\.name) == ["plan.pdf", "README"])
      #expect(files.map(\.fileExtension) == ["pdf", ""])
      #expect(files.allSatisfy { $0.reason == .fileNotCaptured })
      #expect(try searcher.statistics(StatisticsQuestion(scope: .all, query: .all)).partial == 1)
    }
  }

  @Test("show nothing that was purged, though its rows are there still")
  func purged() async throws {
    try await withStore { store in
      let units = [
        conversation("c1", "alpha", "beta"), conversation("c2", account: "acc-2", "alpha", "gamma"),
      ]
      try store.ingest(units)
      let id = ObjectID.conversation(route: units[1].route, nativeID: "c2")
      // A connection of SQLite's own asks for no plan that the tombstone belongs to.
      try DirectConnection(path: store.layout.catalog, access: .write).execute(
        """
        INSERT INTO tombstone (id, route, native_id, partition, plan, last_plan, purged, record,
          sha256, item_count, byte_count, state)
        SELECT id, route, native_id, partition, 1, 1, 0, '{}', zeroblob(32), 2, 0, 'pending'
        FROM conversation WHERE id = '\(id)'
        """)
      let searcher = try Searcher(store)
      let terms = ["alpha", "gamma"].map {
        QueryNode.text(TextMatch(tokens: [$0]), in: .fullText)
      }
      let list = try searcher.statistics(
        StatisticsQuestion(scope: .all, query: nil, terms: terms))
      #expect(list.total.items == 1)
      #expect(list.terms.map(\.tally.items) == [1, 0])
      #expect(list.terms.map(\.unique) == [1, 0])
      #expect(list.groups[.custodian]?.map(\.name) == ["acc-1"])
      let all = try searcher.statistics(StatisticsQuestion(scope: .all, query: .all))
      #expect(all.total.items == 2)
      #expect(all.total.items == (try searcher.itemCount(.all)))
    }
  }

  @Test("stop at a deadline with what they have, and say so")
  func deadline() async throws {
    try await withStore { store in
      var matter = RandomMatter(seed: 5)
      try store.ingest((0..<400).map { matter.unit("c\($0)") }, capacity: 100)
      let searcher = try Searcher(store, deadline: Deadline(after: .zero))
      let counts = try searcher.counts(.all, scope: .all)
      #expect(counts.isIncomplete)
      let statistics = try searcher.statistics(StatisticsQuestion(scope: .all, query: .all))
      #expect(statistics.isIncomplete)
      #expect(statistics.total.items < 400)
      #expect(status { _ = try searcher.itemCount(.all) } == .limit)
      #expect(status { try searcher.forEachHit(.all) { _ in true } } == .limit)
      let patient = try Searcher(store, deadline: Deadline(after: .seconds(3600)))
      let whole = try patient.counts(.all, scope: .all)
      #expect(!whole.isIncomplete)
      #expect(whole == (try Searcher(store).counts(.all, scope: .all)))
    }
  }

  @Test("explain per partition what is read")
  func explanation() async throws {
    try await withStore { store in
      var builder = UnitBuilder("c1")
      builder.add("m1", .prompt, ["alpha beta", "gamma"])
      builder.add("m2", .response, ["alpha gamma"], model: "claude-opus-4")
      try store.ingest([builder.unit])
      let searcher = try Searcher(store)
      let word = QueryNode.text(TextMatch(tokens: ["alpha"]), in: .fullText)
      let plain = try #require(try searcher.explanation(of: word).first)
      #expect(plain.upper == "\"alpha\"")
      #expect(plain.lower == plain.upper)
      #expect(plain.rows == 2 && plain.candidateRows == 2 && plain.evaluatedRows == 0)
      #expect(plain.evaluated.isEmpty)
      let near = QueryNode.near(
        Proximity(
          distance: 3, isOrdered: false,
          operands: [.match(TextMatch(tokens: ["alpha"])), .match(TextMatch(tokens: ["gamma"]))]),
        in: .fullText)
      let bounded = try #require(try searcher.explanation(of: near).first)
      #expect(bounded.upper != bounded.lower)
      #expect(bounded.candidateRows == 2 && bounded.evaluatedRows == 1)
      #expect(bounded.evaluated.map(\.node) == [near])
      let year = QueryNode.restriction(
        PropertyRestriction(
          property: .sent,
          condition: .time(TimeInterval(since: Instant(rfc3339: "2030-01-01T00:00:00Z")))))
      let later = try #require(try searcher.explanation(of: year).first)
      #expect(later.isSkipped)
      let model = QueryNode.restriction(
        PropertyRestriction(
          property: .model, condition: .keyword("claude-opus-4", isPrefix: false)))
      #expect(try searcher.explanation(of: model).first?.upper == "model:claude-opus-4")
    }
  }
}
