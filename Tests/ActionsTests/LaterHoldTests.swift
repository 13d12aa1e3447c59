// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Store
import Testing

/// What was purged here, is still at its source, and comes under a hold that did not cover it then: a
/// hold protects only what is here.
@Suite("Purged chats under later holds")
struct LaterHoldTests {
  /// Purges what is due, and lets an hour pass; whether the chat went.
  private func isPurged(_ bench: AtSourceBench) throws -> Bool {
    let plan = try bench.plan("quarterly")
    let count = try bench.store.read { try $0.progress(of: plan).removable }
    _ = try RunAction(store: bench.store, actor: AtSourceBench.actor)
      .run(plan, confirmedCount: count)
    try bench.synced.pass(hours: 1)
    return try !bench.isHere(2)
  }

  /// Whether a sync brings it back.
  private func isBack(_ bench: AtSourceBench) throws -> Bool {
    try bench.synced.sync()
    return try bench.isHere(2)
  }

  @Test("what was purged here and is still there is read again under a hold that came later")
  func laterHold() async throws {
    try await AtSourceBench.with { bench in
      #expect(try isPurged(bench))
      #expect(try !isBack(bench))
      // Only its texts tell whether the query selects it; it does not, so it may go again, for good.
      try bench.hold(
        HoldDefinition(scope: Scope(everyone: true), query: bench.holdQuery("zebra")))
      #expect(try isBack(bench))
      #expect(try isPurged(bench))
      #expect(try !isBack(bench))
      try bench.hold(HoldDefinition(scope: Scope(everyone: true)))
      #expect(try isBack(bench))
      #expect(try !isPurged(bench))
    }
  }

  @Test("what was purged is read again when it turns out to be a held person's, and once")
  func laterAccount() async throws {
    try await AtSourceBench.with { bench in
      let owner = try bench.owner(2)
      let held = try bench.store.change(as: AtSourceBench.actor) { change in
        try change.createCustodian(name: "Somebody")
      }
      let zebra = try bench.holdQuery("zebra")
      try bench.hold(HoldDefinition(scope: Scope(custodians: [held.id.text]), query: zebra))
      #expect(try isPurged(bench))
      #expect(try !isBack(bench))
      try bench.store.change(as: AtSourceBench.actor) { change in
        _ = try change.mergeCustodians([owner], into: held)
      }
      #expect(try isBack(bench))
      // The query of the hold does not select it, so it may go again, for good.
      #expect(try isPurged(bench))
      #expect(try !isBack(bench))
    }
  }

  @Test("what a hold in force did not select when it was purged stays away")
  func notSelectedThen() async throws {
    try await AtSourceBench.with { bench in
      let owner = try bench.owner(2)
      let zebra = try bench.holdQuery("zebra")
      try bench.hold(HoldDefinition(scope: Scope(custodians: [owner.id.text]), query: zebra))
      // No sync has looked at the hold before.
      try bench.synced.pass(hours: 1)
      #expect(try isPurged(bench))
      #expect(try !isBack(bench))
    }
  }
}
