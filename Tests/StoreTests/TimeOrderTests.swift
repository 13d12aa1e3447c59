// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Testing

@testable import Store

/// Times where many fall into one slot, on slots' edges, long ago, far ahead, and none.
private struct CrowdedTimes {
  var random: SeededGenerator

  mutating func next() -> Int64? {
    let second = Instant.ticksPerSecond
    switch random.below(20) {
    case 0: return nil
    case 1: return -Int64(random.below(5_000_000)) * second
    case 2: return Int64(4_102_444_800 + random.below(100_000_000)) * second
    case 3: return Int64(27_000_000 + random.below(4)) * EntryNumbers.slotTicks
    case 4: return Int64(27_000_000 + random.below(4)) * EntryNumbers.slotTicks - 1
    case 5...15: return Int64(27_000_000) * EntryNumbers.slotTicks + Int64(random.below(3))
    default: return Int64(1_728_000_000 + random.below(2_000)) * second
    }
  }
}

extension SeededGenerator {
  fileprivate mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }
}

@Suite("The order of time in the index")
struct TimeOrderTests {
  @Test(
    "numbers ascend with the time, and lie where a search looks", arguments: [1, 2, 3] as [UInt64])
  func numbers(seed: UInt64) throws {
    let connection = try DirectConnection(path: ":memory:", access: .create)
    try connection.execute("CREATE TABLE item (entry INTEGER NOT NULL UNIQUE, time INTEGER)")
    var times = CrowdedTimes(random: SeededGenerator(seed: seed))
    var numbering = EntryNumbering(connection)
    var shift: Int64 = 0
    for _ in 0..<12 {
      numbering.beginBatch()
      let batch = (0..<150).map { _ in times.next() }.sorted { ($0 ?? .max) < ($1 ?? .max) }
      var last: Int64 = -1
      for time in batch {
        let entry = try numbering.next(time: time)
        #expect(entry > last)
        last = entry
        let insertion = try connection.prepare("INSERT INTO item VALUES (?, ?)")
        try insertion.bind(entry, at: 1)
        try insertion.bind(time, at: 2)
        try insertion.run()
      }
      shift = max(shift, numbering.shift)
      // A writer that starts anew finds what is taken.
      if seed > 1 { numbering = EntryNumbering(connection) }
    }
    #expect(shift > 0)
    let rows = try connection.prepare("SELECT entry, time FROM item")
    while try rows.step() {
      let entry = rows.integer(0)
      guard let time = rows.optionalInteger(1) else {
        #expect(entry >= EntryNumbers.untimed)
        continue
      }
      #expect(entry >= EntryNumbers.first(from: time))
      #expect(entry <= EntryNumbers.last(upTo: time, shift: shift))
      for since in [time, time + 1, time - 1] {
        let interval = Model.TimeInterval(since: Instant(ticks: since), before: nil)
        if let certain = EntryNumbers.certain(interval, shift: shift), certain.contains(entry) {
          #expect(time >= since)
        }
        let before = Model.TimeInterval(since: nil, before: Instant(ticks: since))
        if let certain = EntryNumbers.certain(before, shift: shift), certain.contains(entry) {
          #expect(time < since)
        }
      }
    }
  }

  @Test("crowded times are counted and ordered as a model does", arguments: [1, 2, 3] as [UInt64])
  func crowded(seed: UInt64) async throws {
    try await withStore { store in
      var random = SeededGenerator(seed: seed)
      var times = CrowdedTimes(random: SeededGenerator(seed: seed + 100))
      var expected: [(time: Int64?, id: ObjectID)] = []
      for round in 0..<3 {
        let units = (0..<40).map { number in
          let name = "c\(round)-\(number)"
          var builder = UnitBuilder(name)
          for position in 0..<(1 + random.below(20)) {
            let time = times.next()
            let isWanted = !random.below(3).isMultiple(of: 3)
            builder.add(
              "\(name)-\(position)", .prompt, [isWanted ? "wanted" : "other"],
              time: time.map { Instant(ticks: $0).rfc3339 })
            if isWanted {
              expected.append(
                (
                  time,
                  ObjectID.item(
                    route: "claude.ai-export", conversationID: name, itemID: "\(name)-\(position)")
                ))
            }
          }
          return builder.unit
        }
        try store.ingest(units, batchByteCount: 8_000, capacity: 300)
      }
      let searcher = try Searcher(store)
      for _ in 0..<60 {
        let (first, second) = (times.next(), times.next())
        let interval = Model.TimeInterval(
          since: first.map(Instant.init(ticks:)), before: second.map(Instant.init(ticks:)))
        let isLimited = random.below(5) > 0
        var node = QueryNode.text(TextMatch(tokens: ["wanted"]), in: .fullText)
        if isLimited {
          node = .and([
            node,
            .restriction(PropertyRestriction(property: .sent, condition: .time(interval))),
          ])
        }
        let matching = expected.filter { entry in
          guard isLimited else { return true }
          guard let time = entry.time else { return false }
          return time >= first ?? .min && second.map { time < $0 } ?? true
        }
        #expect(try searcher.itemCount(node) == matching.count, "\(interval)")
        for order in SearchOrder.allCases {
          var found: [ItemReference] = []
          try searcher.forEachReference(node, order: order) { item in
            found.append(item)
            return true
          }
          #expect(found.map(\.id) == sorted(matching, order).map(\.id), "\(interval) \(order)")
        }
      }
    }
  }

  private func sorted(
    _ items: [(time: Int64?, id: ObjectID)], _ order: SearchOrder
  ) -> [(time: Int64?, id: ObjectID)] {
    items.sorted { left, right in
      guard let first = left.time, let second = right.time, first != second else {
        if left.time == nil, right.time != nil { return false }
        if left.time != nil, right.time == nil { return true }
        return order == .oldestFirst ? left.id < right.id : left.id > right.id
      }
      return order == .oldestFirst ? first < second : first > second
    }
  }

  @Test("more rows than wait with their texts come in order, each with its own")
  func manyWaiting() async throws {
    try await withStore { store in
      var builder = UnitBuilder("c1")
      for number in 0..<1_500 {
        builder.add(
          "m\(number)", .prompt, ["word \(number)"],
          time: number % 3 == 0 ? "2025-01-10T10:00:00Z" : nil)
      }
      try store.ingest([builder.unit])
      for order in SearchOrder.allCases {
        var hits: [SearchHit] = []
        try Searcher(store).forEachHit(.all, order: order) { hit in
          hits.append(hit)
          return true
        }
        #expect(Set(hits.map(\.id)).count == 1_500)
        for hit in hits {
          let number = try #require(hit.nativeID?.dropFirst())
          #expect(hit.body == "word " + number)
        }
        let isSorted = zip(hits, hits.dropFirst()).allSatisfy { left, right in
          guard (left.time == nil) == (right.time == nil) else { return left.time != nil }
          return order == .oldestFirst ? left.id < right.id : left.id > right.id
        }
        #expect(isSorted)
        var references: [ObjectID] = []
        try Searcher(store).forEachReference(.all, order: order) { item in
          references.append(item.id)
          return true
        }
        #expect(references == hits.map(\.id))
      }
    }
  }
}
