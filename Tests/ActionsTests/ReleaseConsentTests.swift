// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Query
import Store
import Testing

/// What others do between the question and the change.
@Suite("Consent to what a change lets go")
struct ReleaseConsentTests {
  /// What a person was told, and what is agreed to.
  private struct Told {
    var conversations: [ObjectID: HoldCheck.Released] = [:]
    let head: AuditHead

    init(_ bench: PurgeBench, _ look: ((HoldCheck.Released) -> Void) throws -> Void) throws {
      head = try bench.store.read { try $0.auditHead() }
      var found: [ObjectID: HoldCheck.Released] = [:]
      try look { released in
        if released.heldUntil != nil { found[released.conversation] = released }
      }
      conversations = found
    }

    func consent(to subject: ReleaseConsent.Subject, _ bench: PurgeBench) -> ReleaseConsent {
      ReleaseConsent(to: subject, told: conversations, since: head, store: bench.store)
    }
  }

  private func tellRelease(_ bench: PurgeBench, _ hold: HoldRecord) throws -> Told {
    try Told(bench) {
      try HoldCheck(store: bench.store).forEachReleased(
        by: [hold], coolDown: Change.defaultCoolDown, $0)
    }
  }

  private func release(_ bench: PurgeBench, _ hold: HoldRecord, _ told: Told) throws {
    let consent = told.consent(to: .holds([hold]), bench)
    try bench.store.change(as: PurgeBench.actor) { change in
      _ = try consent.make(in: change) { try $0.releaseHold(hold) }
    }
  }

  private func state(_ bench: PurgeBench, _ hold: HoldRecord) throws -> HoldState {
    try bench.store.read { try $0.hold("id:" + hold.id.text).state }
  }

  @Test("a release frees nothing that another hold kept when it was shown")
  func otherHold() async throws {
    try await PurgeBench.with { bench in
      try bench.capture("a", [SampleMessage(text: "one")])
      let (first, second) = (try bench.hold("first"), try bench.hold("second"))
      let told = try tellRelease(bench, first)
      #expect(told.conversations.isEmpty)
      try release(bench, second, tellRelease(bench, second))
      #expect(exitStatus { try release(bench, first, told) } == .stale)
      #expect(try state(bench, first) == .active)
      let again = try tellRelease(bench, first)
      #expect(Set(again.conversations.keys) == [bench.id("a")])
      // What frees nothing else is no reason to ask again.
      try bench.store.change(as: PurgeBench.actor) { _ = try $0.createCustodian(name: "Ben") }
      try release(bench, first, again)
      #expect(try state(bench, first) == .releasing)
    }
  }

  @Test("nor what was captured since, nor anything sooner than was shown")
  func sooner() async throws {
    try await PurgeBench.with { bench in
      try bench.capture("a", [SampleMessage(text: "one")])
      let (first, second) = (try bench.hold("first"), try bench.hold("second"))
      let store = bench.store
      try store.change(as: PurgeBench.actor) {
        _ = try $0.releaseHold(second, coolDown: 90 * Instant.ticksPerDay)
      }
      var told = try tellRelease(bench, first)
      let end = try told.conversations[bench.id("a")].unwrapped.heldUntil
      #expect(end == Instant(ticks: store.now.ticks + 90 * Instant.ticksPerDay))
      try store.change(as: PurgeBench.actor) { change in
        let back = try change.reinstateHold(second)
        _ = try change.releaseHold(back, coolDown: 0)
      }
      #expect(exitStatus { try release(bench, first, told) } == .stale)
      told = try tellRelease(bench, first)
      try bench.capture("b", [SampleMessage(text: "two")])
      #expect(exitStatus { try release(bench, first, told) } == .stale)
      try release(bench, first, tellRelease(bench, first))
    }
  }

  @Test("nor what a review set was to keep")
  func reviewSet() async throws {
    try await PurgeBench.with { bench in
      try bench.capture("a", [SampleMessage(text: "one")])
      let hold = try bench.hold()
      let set = try bench.reviewSet(of: ["a"])
      let told = try tellRelease(bench, hold)
      #expect(told.conversations[bench.id("a")]?.isInReviewSet == true)
      var edit = ItemEdit()
      edit.removes = true
      _ = try CodingAction(store: bench.store, actor: PurgeBench.actor, set: set).run(
        .remove, edit, on: MemberChoice(.everything), reason: "private", isRehearsed: false)
      #expect(exitStatus { try release(bench, hold, told) } == .stale)
      try release(bench, hold, tellRelease(bench, hold))
    }
  }

  @Test("a narrower wording frees nothing that another hold kept when it was shown")
  func narrowing() async throws {
    try await PurgeBench.with { bench in
      try bench.capture([
        ("a", "", "acc-1", [SampleMessage(text: "one")]),
        ("b", "", "acc-1", [SampleMessage(text: "two")]),
      ])
      let (first, second) = (try bench.hold("first"), try bench.hold("second"))
      let store = bench.store
      var narrow = first.definition
      narrow.query = try store.read { catalog in
        try StoredQuery(
          QueryCompiler.compile(
            "one", options: QueryOptions(clock: store.now, purpose: .hold),
            directory: catalog.directory))
      }
      let reword = { [narrow] (change: Change) in _ = try change.updateHold(first, to: narrow) }
      func tell() throws -> Told {
        try Told(bench) {
          try HoldCheck(store: store).forEachFreed(
            from: [first], as: PurgeBench.actor, by: reword, $0)
        }
      }
      func make(_ told: Told) throws {
        let consent = told.consent(to: .holds([first]), bench)
        try store.change(as: PurgeBench.actor) { try consent.make(in: $0, reword) }
      }
      let told = try tell()
      #expect(told.conversations.isEmpty)
      try release(bench, second, tellRelease(bench, second))
      #expect(exitStatus { try make(told) } == .stale)
      let again = try tell()
      #expect(Set(again.conversations.keys) == [bench.id("b")])
      try make(again)
    }
  }

  @Test("taking an identity from a person frees nothing that was not shown")
  func person() async throws {
    try await PurgeBench.with { bench in
      try bench.capture("a", account: "acc-1", [SampleMessage(text: "one")])
      let other = try bench.hold("other")
      bench.clock.advance(days: 1)
      let store = bench.store
      let ada = try store.change(as: PurgeBench.actor) { change in
        let ada = try change.createCustodian(name: "Ada")
        _ = try change.createHold(
          name: "Ada's", in: change.catalog.matter("case"),
          HoldDefinition(scope: Scope(custodians: [ada.id.text])))
        return ada
      }
      bench.clock.advance(days: 1)
      try store.change(as: PurgeBench.actor) { change in
        _ = try change.addIdentity(IdentityDefinition(.account, "acc-1"), to: ada)
        // What is nobody's would stay held.
        _ = try change.createCustodian(name: "Ben")
      }
      let ben = try store.read { try $0.custodian("Ben") }
      let take = { (change: Change) in
        _ = try change.removeIdentity(.account, "acc-1", from: ada)
        _ = try change.addIdentity(IdentityDefinition(.account, "acc-1"), to: ben)
      }
      func tell() throws -> Told {
        try Told(bench) {
          try HoldCheck(store: store).forEachFreed(
            from: ada, as: PurgeBench.actor, by: take, $0)
        }
      }
      func make(_ told: Told) throws {
        let consent = told.consent(to: .person(ada), bench)
        try store.change(as: PurgeBench.actor) { try consent.make(in: $0, take) }
      }
      let told = try tell()
      #expect(told.conversations.isEmpty)
      try release(bench, other, tellRelease(bench, other))
      #expect(exitStatus { try make(told) } == .stale)
      let accounts = try store.read { try $0.accounts(of: ada).count }
      #expect(accounts == 1)
      let again = try tell()
      #expect(Set(again.conversations.keys) == [bench.id("a")])
      try make(again)
    }
  }

  @Test("closing a case frees nothing that a hold of another case kept when it was shown")
  func closing() async throws {
    try await PurgeBench.with { bench in
      try bench.capture([
        ("a", "", "acc-1", [SampleMessage(text: "one")]),
        ("b", "", "acc-1", [SampleMessage(text: "two")]),
      ])
      let own = try bench.hold("own")
      _ = try bench.reviewSet(of: ["a"])
      let store = bench.store
      let other = try store.change(as: PurgeBench.actor) { change in
        try change.createHold(
          name: "other", in: change.createMatter(name: "second"),
          HoldDefinition(scope: Scope(everyone: true)))
      }
      let matter = own.matter
      func close(_ told: Told, releasing holds: [HoldRecord], _ coolDown: Int64?) throws {
        let consent = told.consent(to: .closing(matter, releasing: holds), bench)
        try store.change(as: PurgeBench.actor) { change in
          _ = try consent.make(in: change) {
            try $0.closeMatter(matter, releasingHoldsAfter: coolDown)
          }
        }
      }
      func tell(_ holds: [HoldRecord]) throws -> Told {
        try Told(bench) {
          try HoldCheck(store: store).forEachFreed(
            byClosing: matter, releasing: holds, coolDown: Change.defaultCoolDown, $0)
        }
      }
      let told = try tell([own])
      #expect(told.conversations.isEmpty)
      try release(bench, other, tellRelease(bench, other))
      #expect(exitStatus { try close(told, releasing: [own], Change.defaultCoolDown) } == .stale)
      // Without its hold, its set alone keeps one of them.
      let back = try store.change(as: PurgeBench.actor) { change in
        _ = try change.releaseHold(own, coolDown: 0)
        return try change.reinstateHold(change.catalog.hold("id:" + other.id.text))
      }
      bench.clock.advance(seconds: 1)
      let kept = try tell([])
      #expect(kept.conversations.isEmpty)
      try store.change(as: PurgeBench.actor) { _ = try $0.releaseHold(back, coolDown: 0) }
      #expect(exitStatus { try close(kept, releasing: [], nil) } == .stale)
      let again = try tell([])
      #expect(Set(again.conversations.keys) == [bench.id("a")])
      try close(again, releasing: [], nil)
    }
  }
}
