// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Retention
import TestSupport
import Testing

@testable import Store

/// What many holds cover, decided together, against each rule alone on each item alone.
@Suite("What holds cover")
struct HoldCoverageTests {
  private struct Share: Hashable {
    var hold: ObjectID
    var itemCount = 0
    var uncertainItemCount = 0
    var isCertain = false
    var isUnattributed = false
  }

  private static let queries: [String?] = [
    nil, "beta", "alpha AND budget", "NOT alpha", "\"the alpha\"", "alphab*", "beta NEAR(3) alpha",
    "custodian:acc-1 OR gamma", "filetype:pdf", "source:one", "deleted>=2024-01-01 OR the", "日本",
    "title:budget",
  ]

  @Test("is the same for many holds at once as for each rule and item alone", arguments: 0..<6)
  func together(seed: UInt64) async throws {
    let clock = TestClock("2027-01-01T00:00:00Z")
    try await withStore(clock: clock) { store in
      var matter = RandomMatter(seed: seed)
      let first = (0..<14).map { matter.unit("c\($0)") }
      try store.ingest(first, source: "one", batchByteCount: 6_000, capacity: 20)
      try store.ingest(
        first.prefix(8).map { matter.changed($0) }, source: "two", batchByteCount: 6_000,
        capacity: 20)
      let scopes = try store.change(as: .test()) { change in
        let people = try ["acc-0", "acc-1", "acc-2"].map {
          try change.createCustodian(name: $0, identities: [IdentityDefinition(.account, $0)])
        }
        let sources = try change.catalog.sources()
        return [
          Scope(everyone: true), Scope(custodians: [people[0].id.text]),
          Scope(custodians: people.suffix(2).map(\.id.text)), Scope(projects: ["proj-0"]),
          Scope(sources: [sources[1].id.text]),
        ]
      }
      try makeHolds(scopes, store, clock)

      let searcher = try Searcher(store)
      var counts: [Bool: Int] = [:]
      try store.read { catalog in
        let situation = try catalog.holdSituation()
        #expect(situation.rules.rules.count > scopes.count * Self.queries.count)
        for key in try catalog.conversationKeys() {
          let record = try catalog.conversation(key: key)
          let unit = try catalog.unitFacts(of: key)
          let found = try searcher.coverage(of: record, facts: unit, in: situation).map {
            Share(
              hold: $0.hold, itemCount: $0.itemCount, uncertainItemCount: $0.uncertainItemCount,
              isCertain: $0.isCertain, isUnattributed: $0.isUnattributed)
          }
          let expected = try alone(record, unit, situation, searcher)
          #expect(Set(found) == expected, "\(record.nativeID)")
          #expect(found.count == expected.count)
          for share in found { counts[share.itemCount < record.itemCount, default: 0] += 1 }
        }
      }
      #expect(counts.count == 2, "\(counts)")
    }
  }

  private func makeHolds(_ scopes: [Scope], _ store: Store, _ clock: TestClock) throws {
    for (place, scope) in scopes.enumerated() {
      for (number, text) in Self.queries.enumerated() {
        clock.advance(days: 1)
        try store.hold("H\(place)-\(number)", scope, query: text)
      }
    }
    // Wordings in cool-down: whole scope and query beside each other, also with an interval.
    try store.change(as: .test()) { change in
      for (number, hold) in try change.catalog.holds().enumerated() where number % 4 == 0 {
        var definition = hold.current.definition
        definition.interval = TimeInterval(since: Instant(rfc3339: "2024-06-01T00:00:00Z"))
        _ = try change.updateHold(hold, to: definition)
      }
    }
  }

  /// Each rule asked alone of each version, whose texts nothing has read before.
  private func alone(
    _ record: ConversationRecord, _ unit: UnitFacts, _ situation: HoldSituation,
    _ searcher: Searcher
  ) throws -> Set<Share> {
    var protections: [ObjectID: [Protection]] = [:]
    var items: [ObjectID: [ObjectID: Bool]] = [:]
    for rule in situation.rules.rules {
      let rules = HoldRules([rule])
      var isEmpty = true
      try searcher.forEachVersion(
        of: record.id, partition: record.partition, seenIn: situation.directories
      ) { version in
        isEmpty = false
        let facts = try version.facts
        for found in rules.protections(of: version.item, facts, in: unit, at: situation.now) {
          protections[rule.hold, default: []].append(found)
          let known = items[rule.hold]?[version.id] ?? false
          items[rule.hold, default: [:]][version.id] = known || found.isCertain
        }
      }
      if isEmpty {
        let found = rules.protections(ofEmpty: unit, at: situation.now)
        if !found.isEmpty { protections[rule.hold, default: []] += found }
      }
    }
    return Set(
      protections.map { hold, found in
        let isCertain = found.contains(where: \.isCertain)
        let isOfNobody = found.contains {
          $0.grounds.contains(.custodianNotKnown) || $0.grounds.contains(.projectNotKnown)
        }
        return Share(
          hold: hold, itemCount: items[hold]?.count ?? 0,
          uncertainItemCount: items[hold]?.values.count { !$0 } ?? 0, isCertain: isCertain,
          isUnattributed: isOfNobody && !isCertain)
      })
  }
}
