// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Retention
import Testing

@testable import Store

@Suite struct PlanTests {
  private func entry(
    _ name: String, outcome: RetentionOutcome = .due(needsReview: false)
  )
    -> PlannedConversation
  {
    PlannedConversation(
      key: 1, id: ObjectID(.conversation, derivedFrom: name), outcome: outcome, simulated: nil,
      purgeAt: .at(Instant(ticks: 5)), deciding: [ObjectID(.policy, derivedFrom: "p")], holds: [],
      itemCount: 2, byteCount: 30)
  }

  @discardableResult
  private func plan(_ store: Store, _ entries: [PlannedConversation]) throws -> PlanRecord {
    let plan = try store.change(as: .test()) { change in
      let plan = try change.startPlan(asOf: nil, request: nil, policies: nil)
      try change.addEntries(entries, to: plan)
      return plan
    }
    var counts = PlanCounts()
    for entry in entries { counts.note(entry) }
    return try store.change(as: .test()) { change in
      try change.finishPlan(
        plan, counts: counts,
        totals: [
          PlanTotal(
            object: ObjectID(.policy, derivedFrom: "p"), state: "due",
            conversationCount: entries.count, byteCount: 30)
        ])
    }
  }

  @Test("keeps its entries in order, with a digest that tells any change")
  func entries() async throws {
    try await withStore { store in
      var planned = ["a", "b", "c"].map { entry($0) }
      planned[1].formerPurgeAt = .at(Instant(ticks: 9))
      planned[2].formerPurgeAt = .never
      let plan = try plan(store, planned + [entry("d", outcome: .notDeleted)])
      #expect(plan.isReady)
      #expect(plan.counts.due == 3)
      #expect(plan.counts.bytes == 90)
      #expect(plan.counts.nearer == 2)
      try store.read { catalog in
        let all = try catalog.entries(of: plan)
        #expect(all.map(\.id) == planned.map(\.id).sorted())
        for listed in planned {
          let entry = all.first { $0.id == listed.id }
          #expect(entry?.formerPurgeAt == listed.formerPurgeAt)
        }
        let rest = try catalog.entries(of: plan, after: all[0].id, limit: 1)
        #expect(rest == [all[1]])
        try catalog.verifyEntries(of: plan)
        #expect(try catalog.totals(of: plan).map(\.conversationCount) == [4])
        #expect(try catalog.plans() == [plan])
      }
      for column in ["former_purge_at = 8 WHERE nearer", "nearer = 1", "purge_at = 6"] {
        try tamper(store, "UPDATE retention_plan_entry SET \(column)")
        #expect(status { try store.read { try $0.verifyEntries(of: plan) } } == .damaged)
      }
    }
  }

  @Test("is stale when a policy says something else, and not for anything beside")
  func stale() async throws {
    try await withStore { store in
      let policy = try store.policy("P", .test())
      let plan = try plan(store, [])
      func isStale() throws -> Bool { try store.read { try $0.isStale(plan) } }
      try store.hold("H", Scope(everyone: true))
      try store.ingest([conversation("c", "one")])
      #expect(try !isStale())
      try store.policy("Q", .test(mode: .off))
      #expect(try isStale())
      try store.change(as: .test()) { change in
        _ = try change.deletePolicy(change.catalog.policy("Q"))
      }
      #expect(try !isStale())
      try store.change(as: .test()) { _ = try $0.updatePolicy(policy, to: .test(.retain, "6y")) }
      #expect(try isStale())
    }
  }

  @Test("is refused when policies change while it is computed; what was begun is forgotten")
  func changedMeanwhile() async throws {
    try await withStore { store in
      let begun = try store.change(as: .test()) { change in
        let plan = try change.startPlan(asOf: nil, request: nil, policies: nil)
        try change.addEntries([entry("a")], to: plan)
        return plan
      }
      try store.policy("P", .test())
      #expect(
        status {
          try store.change(as: .test()) { change in
            _ = try change.finishPlan(begun, counts: PlanCounts(), totals: [])
          }
        } == .stale)
      try plan(store, [])
      #expect(status { try store.read { _ = try $0.plan(begun.id.text) } } == .notFound)
      #expect(try store.read { try $0.plans().count } == 1)
    }
  }

  @Test("a removal on request without a reason is refused")
  func requestNeedsReason() async throws {
    try await withStore { store in
      let request = PlanRequest(query: "x", normalForm: "x", reason: " ")
      #expect(
        status {
          try store.change(as: .test()) { change in
            _ = try change.startPlan(asOf: nil, request: request, policies: nil)
          }
        } == .usage)
    }
  }
}
