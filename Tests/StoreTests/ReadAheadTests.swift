// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Testing

@testable import Store

@Suite("Reading ahead")
struct ReadAheadTests {
  private struct Halt: Error {}

  /// Thousands of items in partitions whose times overlap, some without a time, some in versions.
  private func withMatter(_ body: (Store, Searcher) throws -> Void) async throws {
    try await withStore { store in
      var matter = RandomMatter(seed: 5)
      let first = (0..<1_500).map { matter.unit("c\($0)") }
      let second = first.prefix(300).map { matter.changed($0) }
      try store.ingest(first, source: "one", batchByteCount: 200_000, capacity: 1_000)
      try store.ingest(second, source: "one", batchByteCount: 200_000, capacity: 1_000)
      try body(store, try Searcher(store))
    }
  }

  private func references(
    _ searcher: Searcher, _ order: SearchOrder, readsAhead: Bool, limit: Int = .max
  ) throws -> [ItemReference] {
    var found: [ItemReference] = []
    try searcher.forEachReference(.all, order: order, readsAhead: readsAhead) { item in
      found.append(item)
      return found.count < limit
    }
    return found
  }

  @Test("gives the same items in the same order, and leaves the searcher usable wherever it stops")
  func sameItems() async throws {
    try await withMatter { _, searcher in
      for order in SearchOrder.allCases {
        let expected = try references(searcher, order, readsAhead: false)
        #expect(expected.count > 3_000)
        #expect(try references(searcher, order, readsAhead: true) == expected)
        for limit in [1, 255, 256, 257, 1_000, 3_000] {
          let found = try references(searcher, order, readsAhead: true, limit: limit)
          #expect(found == Array(expected.prefix(limit)))
          #expect(try searcher.itemCount(.all) == expected.count)
        }
        var hits: [ObjectID] = []
        try searcher.forEachHit(.all, order: order) { hit in
          hits.append(hit.id)
          return true
        }
        #expect(hits == expected.map(\.id))
      }
    }
  }

  @Test("an error of who takes the items ends it")
  func errors() async throws {
    try await withMatter { _, searcher in
      var count = 0
      #expect(throws: Halt.self) {
        try searcher.forEachReference(.all, readsAhead: true) { _ in
          count += 1
          if count == 2_000 { throw Halt() }
          return true
        }
      }
      #expect(count == 2_000)
      let found = try references(searcher, .oldestFirst, readsAhead: true)
      #expect(found.count > 3_000)
    }
  }

  @Test("an error of a partition reaches who takes the items, after what came before it")
  func partitionErrors() async throws {
    try await withMatter { store, searcher in
      let all = try references(searcher, .oldestFirst, readsAhead: false)
      let place = try #require(all.last?.place)
      let reader = try #require(searcher.readers.first { $0.number == place.partition })
      let file = try DirectConnection(path: reader.connection.path, access: .write)
      try file.execute("DELETE FROM item_text WHERE row = \(place.row)")
      let damaged = try Searcher(store)
      var found: [ObjectID] = []
      let error = #expect(throws: StoreError.self) {
        try damaged.forEachHit(.all) { hit in
          found.append(hit.id)
          return true
        }
      }
      #expect(error?.code == .damaged)
      #expect(found == all.prefix(found.count).map(\.id))
      #expect(found.count > 1_000 && found.count < all.count)
    }
  }
}
