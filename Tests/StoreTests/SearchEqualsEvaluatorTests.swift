// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Testing

@testable import Store

@Suite("Search equals the evaluator")
struct SearchEqualsEvaluatorTests {
  @Test("random queries over random partitions", arguments: [1, 2, 3] as [UInt64])
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
            IdentityDefinition(.account, "acc-1"),
            IdentityDefinition(.emailAddress, "ann@example.org"),
          ])
        oracle.people["acc-1"] = ItemIdentity(
          custodian: ann.id.text, names: ["acc-1", "Ann Lee", "ann@example.org"])
      }
      let rows = oracle.rows()
      let searcher = try Searcher(store)
      for number in 0..<80 {
        let node = matter.node(depth: 3)
        let expected = try Oracle.matches(node, in: rows)
        var found: [SearchHit] = []
        try searcher.forEachHit(node) { hit in
          found.append(hit)
          return true
        }
        let ids = found.map(\.id)
        #expect(Set(ids) == expected, "query \(number) of seed \(seed): \(node)")
        #expect(ids.count == Set(ids).count)
        #expect(try searcher.itemCount(node) == expected.count, "\(node)")
        #expect(isOrdered(found))
        var backwards: [ObjectID] = []
        try searcher.forEachReference(node, order: .newestFirst) { item in
          backwards.append(item.id)
          return true
        }
        #expect(Set(backwards) == expected)
        let counts = try searcher.counts(node, scope: .all)
        #expect(counts.items == expected.count)
        #expect(counts.conversations == Set(found.map(\.conversationID)).count)
      }
    }
  }

  private func isOrdered(_ hits: [SearchHit]) -> Bool {
    zip(hits, hits.dropFirst()).allSatisfy { left, right in
      let (first, second) = (left.time?.ticks ?? .max, right.time?.ticks ?? .max)
      return first < second || (first == second && left.id < right.id)
    }
  }
}
