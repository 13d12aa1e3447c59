// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Retention
import Testing

@testable import Store

/// Queries of holds that ask for what a later capture tells otherwise (holds-and-retention sections
/// 1 and 2.1): what a hold covered once it goes on covering.
@Suite("What becomes of a held conversation elsewhere")
struct HeldStateTests {
  private func chat(_ id: String, deleted: String? = nil) -> CapturedUnit {
    var unit = conversation(id, "budget")
    unit.deletedAt = deleted.map { SourceTime(text: $0) }
    unit.native += Array((deleted ?? "").utf8)
    return unit
  }

  /// What a plan says of each conversation, by the source's id.
  private func planned(_ store: Store) throws -> [String: RetentionOutcome] {
    let planner = try RetentionPlanner(store)
    var outcomes: [Int64: RetentionOutcome] = [:]
    for partition in planner.partitionNumbers {
      try planner.forEachConversation(in: partition) { found, _ in
        outcomes[found.key] = found.outcome
      }
    }
    return try store.read { catalog in
      try outcomes.reduce(into: [:]) { result, entry in
        result[try catalog.conversation(key: entry.key).nativeID] = entry.value
      }
    }
  }

  private func deleteAll(_ store: Store) throws {
    var definition = PolicyDefinition(
      action: .delete, period: try #require(RetentionPeriod("1d")),
      scope: PolicyScope(everyone: true))
    definition.mode = .on
    try store.change(as: .test()) { [definition] change in
      _ = try change.createPolicy(name: "all", kind: .policy, definition)
    }
  }

  @Test("a deletion at the source frees nothing, in the decision and in the plan")
  func deletion() async throws {
    try await withStore { store in
      try deleteAll(store)
      try store.ingest([
        chat("left"), chat("gone", deleted: "2025-05-01T00:00:00Z"),
        chat("twice", deleted: "2025-05-01T00:00:00Z"),
      ])
      let everyone = Scope(everyone: true)
      try store.hold("standing", everyone, query: "budget NOT deleted:*")
      try store.hold("early", everyone, query: "deleted<2025-06-01")
      func held() throws -> [[String]] { try ["left", "gone", "twice"].map(store.holds(on:)) }
      let before = [["standing"], ["early"], ["early"]]
      #expect(try held() == before)
      try store.ingest([
        chat("left", deleted: "2025-07-01T00:00:00Z"),
        chat("twice", deleted: "2025-07-01T00:00:00Z"),
      ])
      #expect(try held() == before)
      #expect(try planned(store) == ["left": .held, "gone": .held, "twice": .held])
      try store.ingest([chat("late", deleted: "2025-07-01T00:00:00Z")])
      #expect(try store.holds(on: "late") == [])
      #expect(try planned(store)["late"] == .due(needsReview: false))
    }
  }

  @Test("a further source that brings the same conversation frees nothing")
  func furtherSource() async throws {
    try await withStore { store in
      try deleteAll(store)
      try store.ingest([chat("c")])
      try store.ingest([chat("d")], source: "archive")
      try store.hold("H", Scope(everyone: true), query: "budget NOT source:archive")
      #expect(try store.holds(on: "c") == ["H"])
      #expect(try store.holds(on: "d") == [])
      try store.ingest([chat("c")], source: "archive")
      #expect(try store.holds(on: "c") == ["H"])
      #expect(try planned(store) == ["c": .held, "d": .due(needsReview: false)])
    }
  }
}
