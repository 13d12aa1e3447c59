// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Query
import Testing

@testable import Store

@Suite("Search equals the evaluator")
struct SearchEqualsEvaluatorTests {
  /// How many queries a seed asks: 10,000 in all, with `CUSTODY_LONG_TESTS` 100,000.
  ///
  /// `CUSTODY_QUERY_SEEDS` names the seeds to ask instead, the first and the last one as `40-62`.
  private static let queryCount = 1_000
  private static let isLong = ProcessInfo.processInfo.environment["CUSTODY_LONG_TESTS"] != nil
  private static let seeds: [UInt64] = {
    let bounds = ProcessInfo.processInfo.environment["CUSTODY_QUERY_SEEDS"]?.split(separator: "-")
      .compactMap { UInt64($0) }
    guard let first = bounds?.first, let last = bounds?.last, first <= last else {
      return Array(1...(isLong ? 100 : 10))
    }
    return Array(first...last)
  }()

  @Test("random queries over random partitions", arguments: seeds)
  func randomQueries(seed: UInt64) async throws {
    try await withStore { store in
      var matter = RandomMatter(seed: seed)
      var oracle = Oracle()
      // Many partitions for one seed in ten, since each costs time for each query.
      let capacity = seed % 10 == 1 ? 12 : 80
      let first = (0..<18).map { matter.unit("c\($0)") }
      let second = first.prefix(9).map { matter.changed($0) } + first.suffix(4)
      try store.ingest(first, source: "one", batchByteCount: 6_000, capacity: capacity)
      try store.ingest(second, source: "two", batchByteCount: 6_000, capacity: capacity)
      oracle.ingest(first, source: "one")
      oracle.ingest(second, source: "two")
      try store.change(as: .test()) { change in
        let ann = try change.createCustodian(
          name: "Ann Lee",
          identities: [
            IdentityDefinition(.account, "acc-1"),
            IdentityDefinition(.emailAddress, "ann@example.org"),
          ])
        oracle.people["acc-1"] = ItemIdentity(
          custodian: ann.id.text, names: ["acc-1", "Ann Lee", "ann@example.org"])
      }
      let scan = try Scan(oracle.rows())
      let searcher = try Searcher(store)
      var matchCount = 0
      for number in 0..<Self.queryCount {
        let node = matter.node(depth: 3)
        let expected = try scan.matches(node)
        matchCount += expected.isEmpty ? 0 : 1
        let asked = number.isMultiple(of: 2) ? Self.read(node) : node
        var found: [SearchHit] = []
        try searcher.forEachHit(asked) { hit in
          found.append(hit)
          return true
        }
        let ids = found.map(\.id)
        guard Set(ids) == expected else {
          Issue.record(
            """
            query \(number) of seed \(seed) misses \(expected.subtracting(ids)), finds \
            \(Set(ids).subtracting(expected)) beside: \(asked)
            """)
          continue
        }
        #expect(ids.count == expected.count, "query \(number) of seed \(seed)")
        #expect(isOrdered(found))
        // The other ways to ask share the plan: every tenth query does.
        guard number.isMultiple(of: 10) else { continue }
        #expect(try searcher.itemCount(asked) == expected.count, "\(asked)")
        var backwards: [ObjectID] = []
        try searcher.forEachReference(asked, order: .newestFirst) { item in
          backwards.append(item.id)
          return true
        }
        #expect(Set(backwards) == expected)
        let counts = try searcher.counts(asked, scope: .all)
        #expect(counts.items == expected.count)
        #expect(counts.conversations == Set(found.map(\.conversationID)).count)
      }
      // Queries that match nothing would prove little.
      #expect(matchCount > Self.queryCount / 3)
    }
  }

  @Test("queries as deep as may be typed")
  func deepQueries() async throws {
    try await withStore { store in
      var matter = RandomMatter(seed: 77)
      var oracle = Oracle()
      let units = (0..<12).map { matter.unit("c\($0)") }
      let changed = units.prefix(4).map { matter.changed($0) }
      for batch in [units, changed] {
        try store.ingest(batch, source: "one", batchByteCount: 6_000, capacity: 60)
        oracle.ingest(batch, source: "one")
      }
      let scan = try Scan(oracle.rows())
      let searcher = try Searcher(store)
      for number in 0..<60 {
        var node = matter.node(depth: 1)
        for level in 0..<(10 + number) {
          let other = matter.node(depth: 1)
          node =
            switch (level + number) % 3 {
            case 0: .not(.and([other, node]))
            case 1: .or([other, node])
            default: .and([node, .not(other)])
            }
        }
        // Wide ones, too: more parts in a row than SQLite nests.
        if number < 4 {
          let sizes = (0..<2_400).map { size in
            QueryNode.restriction(
              PropertyRestriction(
                property: .size, condition: .integer(lower: Int64(size), upper: Int64(size))))
          }
          node =
            switch number {
            case 0: .or(sizes)
            case 1: .and(sizes.dropFirst(60).map { .not($0) } + [node])
            case 2: .or([.not(node)] + sizes)
            default: .not(.or([.and(sizes.dropFirst(600).map { .not($0) }), node]))
            }
        }
        let expected = try scan.matches(node)
        var found: Set<ObjectID> = []
        try searcher.forEachReference(node) { item in
          found.insert(item.id)
          return true
        }
        #expect(found == expected, "query \(number)")
        #expect(try searcher.itemCount(node) == expected.count, "query \(number)")
      }
    }
  }

  /// The query as read from its normal form; itself where it cannot be typed, or where what is written
  /// for a person reads as something else, as an address between quotation marks does.
  private static func read(_ node: QueryNode) -> QueryNode {
    guard !node.namesPerson else { return node }
    let text = NormalForm.text(of: node)
    let query = QueryCompiler.compile(
      text, options: QueryOptions(clock: Instant(ticks: 0), unavailable: []),
      directory: EmptyDirectory())
    // Trees know prefixes shorter than those that may be typed.
    #expect(query.errors.allSatisfy { $0.code == .shortPrefix }, "\(text)")
    return query.node ?? node
  }

  private func isOrdered(_ hits: [SearchHit]) -> Bool {
    zip(hits, hits.dropFirst()).allSatisfy { left, right in
      let (first, second) = (left.time?.ticks ?? .max, right.time?.ticks ?? .max)
      return first < second || (first == second && left.id < right.id)
    }
  }
}
