// SPDX-License-Identifier: Apache-2.0
import Actions
import Bytes
import Foundation
import Model
import Query
import Store
import Synchronization
import TestSupport
import Testing

@Suite("A run of a plan")
struct PurgeTests {
  @Test("leaves a tombstone that says how it went, and that the audit log confirms")
  func tombstone() async throws {
    try await PurgeBench.with { bench in
      try bench.capture("a", [SampleMessage(text: "one"), SampleMessage(text: "two")])
      let policy = try bench.deleting()
      let plan = try bench.plan()
      #expect(try bench.run(plan).purged == 1)
      #expect(try !bench.isHere("a"))
      let tombstones = try bench.tombstones("a")
      #expect(tombstones.count == 1)
      let tombstone = try tombstones.first.unwrapped
      #expect(tombstone.state == .done)
      #expect(tombstone.record.policies == [policy.id.text])
      #expect(tombstone.record.versions.count == 1)
      #expect(tombstone.record.items == 2)
      #expect(tombstone.record.accounts == ["acc-1"])
      #expect(tombstone.plan == plan.id)
      let (certificate, defects) = try bench.store.read { catalog in
        var listed: [Tombstone] = []
        try catalog.forEachTombstone(of: plan) { listed.append($0) }
        #expect(listed == tombstones)
        return (try catalog.certificate(of: plan), try catalog.defects(of: plan))
      }
      #expect(certificate.policies == [policy.id.text])
      #expect(certificate.conversationCount == 1 && certificate.itemCount == 2)
      #expect(certificate.byteCount == tombstone.byteCount)
      #expect(certificate.firstRemoval == tombstone.purged)
      #expect(certificate.lastRemoval == tombstone.purged)
      #expect(defects == [])
    }
  }

  @Test("tells where tombstones and the audit log differ")
  func defects() async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(4))
      try bench.deleting()
      let plan = try bench.plan()
      #expect(try bench.run(plan).purged == 4)
      func found() throws -> [String] {
        try bench.store.read { catalog in
          try catalog.defects(of: catalog.plan(plan.id.text)).map { "\($0.object) \($0.detail)" }
        }
      }
      #expect(try found() == [])
      let ids = try (0..<4).map { try bench.tombstones("plain-\($0)").first.unwrapped.id }
      let catalog = try DirectConnection(
        path: bench.store.folder + "/catalog.sqlite", access: .write)
      try catalog.execute(
        """
        DROP TRIGGER tombstone_is_never_deleted;
        DROP TRIGGER tombstone_is_never_changed;
        DROP TRIGGER event_is_never_deleted;
        UPDATE tombstone SET record = json_set(record, '$.items', 99) WHERE id = '\(ids[0])';
        DELETE FROM tombstone WHERE id = '\(ids[1])';
        DELETE FROM event WHERE object = '\(ids[2])' AND action = 'content.purge';
        UPDATE tombstone SET item_count = item_count + 1 WHERE id = '\(ids[3])';
        UPDATE retention_plan SET query = 'x', normal_form = 'x', reason = 'asked for';
        UPDATE retention_plan_entry SET purge_at = purge_at - 1 WHERE id = '\(ids[3])';
        """)
      #expect(
        try Set(found()) == [
          "\(ids[0]) its tombstone does not have the recorded digest",
          "\(ids[0]) the audit log does not name its removal",
          "\(ids[0]) its tombstone says something else than its record",
          "\(ids[1]) the audit log names another tombstone, or it is missing",
          "\(ids[2]) the audit log does not name its removal",
          "\(ids[3]) its tombstone says something else than its record",
          "\(plan.id) the audit log names another plan",
          "\(plan.id) its entries are not those that were planned",
        ])
    }
  }

  @Test("does nothing more when it is run again")
  func idempotent() async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(3))
      try bench.deleting()
      let plan = try bench.plan()
      #expect(try bench.run(plan).purged == 3)
      let again = try bench.run(plan)
      #expect(again.purged == 0)
      #expect(again.already == 3)
      #expect(!again.isPartial)
    }
  }

  @Test("keeps what a hold, a review set or a new message protects since the plan")
  func judgesAnew() async throws {
    try await PurgeBench.with { bench in
      bench.clock.advance(days: 1)
      try bench.capture(PurgeBench.plain(2))
      try bench.deleting("60d")
      let plan = try bench.plan()
      #expect(plan.counts.due == 2)
      try bench.hold()
      let held = try bench.run(plan)
      #expect(held.purged == 0)
      #expect(held.skipped == ["held": 2])
      #expect(held.isPartial)
      #expect(try bench.isHere("plain-0"))
      #expect(try bench.store.read { try $0.results(of: plan).map(\.because) } == ["held", "held"])
    }
  }

  @Test("refuses a plan that was made under other policies")
  func stale() async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(1))
      try bench.deleting()
      let plan = try bench.plan()
      try bench.deleting("2d")
      #expect(exitStatus { _ = try bench.run(plan) } == .stale)
      #expect(try bench.isHere("plain-0"))
    }
  }

  @Test("is refused while purging is disarmed, by a restore or a clock that jumped")
  func disarmed() async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(2))
      try bench.deleting()
      let plan = try bench.plan()
      let store = bench.store
      bench.clock.advance(seconds: -301)
      #expect(exitStatus { _ = try bench.run(plan) } == .disarmed)
      bench.clock.advance(seconds: 301)
      bench.clock.advance(days: 35, seconds: 1)
      #expect(exitStatus { _ = try bench.run(plan) } == .disarmed)
      #expect(try bench.isHere("plain-0"))
      // Another event hides the jump; that it came is on record.
      _ = try bench.plan()
      #expect(try store.read { try $0.disarming()?.reason } == .clock)
      #expect(exitStatus { _ = try bench.run(plan) } == .disarmed)
      try store.change(as: PurgeBench.actor) {
        _ = try $0.arm(confirmed: .clock)
      }
      #expect(try store.read { try $0.disarming() } == nil)
      bench.clock.advance(days: 35)
      try store.change(as: PurgeBench.actor) { try $0.disarm(.restored) }
      #expect(exitStatus { _ = try bench.run(plan) } == .disarmed)
      try store.change(as: PurgeBench.actor) {
        _ = try $0.arm(confirmed: .restored)
      }
      #expect(try bench.run(plan).purged == 2)
    }
  }

  @Test("of what is captured again keeps the new capture, under its own dates and holds")
  func recapture() async throws {
    try await PurgeBench.with { bench in
      let text = [SampleMessage(text: "zqmessagecanary")]
      try bench.capture("a", text)
      let first = try bench.plan(requesting: "zqmessagecanary")
      #expect(try bench.run(first).purged == 1)
      let report = try bench.capture("a", text)
      #expect(report.counts.recaptured == 1)
      #expect(report.counts.stored == 1)
      #expect(try bench.isHere("a"))
      #expect(try bench.tombstones("a").first?.recaptured?.run == report.run)
      // The first plan does not list the new capture.
      #expect(try bench.run(first).purged == 0)
      try bench.hold()
      let second = try bench.plan(requesting: "zqmessagecanary")
      #expect(second.counts.held == 1)
      #expect(try bench.run(second).purged == 0)
      #expect(try bench.isHere("a"))
      #expect(
        try bench.store.read { try $0.defects(of: first) } == [])
    }
  }

  @Test("of an older plan leaves a capture that came after another plan removed the first one")
  func olderPlan() async throws {
    try await PurgeBench.with { bench in
      let text = [SampleMessage(text: "please")]
      try bench.capture("a", text)
      let older = try bench.plan(requesting: "please")
      let newer = try bench.plan(requesting: "please")
      #expect(try bench.run(newer).purged == 1)
      try bench.capture("a", text)
      #expect(try bench.store.read { try $0.progress(of: older).removable } == 0)
      let result = try bench.run(older)
      #expect(result.purged == 0)
      #expect(result.already == 1)
      #expect(!result.isPartial)
      #expect(try bench.isHere("a"))
      // A plan made since lists it.
      #expect(try bench.run(bench.plan(requesting: "please")).purged == 1)
      #expect(try bench.tombstones("a").count == 2)
    }
  }

  @Test("of a plan made since takes a new capture, though another plan was never finished")
  func unfinishedPlan() async throws {
    try await PurgeBench.with { bench in
      let text = [SampleMessage(text: "please")]
      try bench.capture("a", text)
      let first = try bench.plan(requesting: "please")
      // It is the newest plan when the first one runs, and the next one puts it away.
      try bench.store.change(as: PurgeBench.actor) {
        _ = try $0.startPlan(asOf: nil, request: nil, policies: nil)
      }
      #expect(try bench.run(first).purged == 1)
      try bench.capture("a", text)
      let result = try bench.run(bench.plan(requesting: "please"))
      #expect(result.purged == 1 && result.already == 0)
      #expect(try bench.tombstones("a").count == 2)
    }
  }

  @Test("is told by the holds that it went on under, for certain or as far as they can tell")
  func underHolds() async throws {
    try await PurgeBench.with { bench in
      let store = bench.store
      try bench.capture("early", [SampleMessage(text: "please")])
      #expect(try bench.run(bench.plan(requesting: "please")).purged == 1)
      bench.clock.advance(days: 1)
      // It selects nothing that is here, so what is purged next is in its scope and not held.
      let (wide, narrow) = try store.change(as: PurgeBench.actor) { change in
        try change.createCustodian(name: "Ada", identities: [IdentityDefinition(.account, "acc-1")])
        try change.createCustodian(name: "Ben", identities: [IdentityDefinition(.account, "acc-2")])
        let compiled = try QueryCompiler.compile(
          "zebra", options: QueryOptions(clock: change.now, purpose: .hold),
          directory: change.catalog.directory)
        let matter = try change.createMatter(name: "case")
        func hold(_ name: String) throws -> HoldRecord {
          try change.createHold(
            name: name, in: matter,
            HoldDefinition(
              scope: Scope(custodians: [try change.catalog.custodian(name).id.text]),
              query: try StoredQuery(compiled).unwrapped))
        }
        return (try hold("Ada"), try hold("Ben"))
      }
      try bench.capture("later", [SampleMessage(text: "please")])
      #expect(try bench.run(bench.plan(requesting: "please")).purged == 1)
      let purges = try store.read { try $0.purges(under: [narrow, wide]) }
      let found = try purges[wide.id].unwrapped
      #expect(found.covered == [])
      #expect(found.undecided.map(\.conversation) == [bench.id("later")])
      #expect(purges[narrow.id] == nil)
      // The same hold without its query would have kept it: that one is a purge of what was held.
      var everything = wide
      for index in everything.versions.indices { everything.versions[index].definition.query = nil }
      let covered = try store.read { [everything] in
        try $0.purges(under: [narrow, everything])[everything.id].unwrapped
      }
      #expect(covered.covered.map(\.conversation) == [bench.id("later")])
      #expect(covered.undecided == [])
    }
  }

  @Test("is judged by the persons of its day, whoever bears the accounts since")
  func ownersOfTheDay() async throws {
    try await PurgeBench.with { bench in
      let store = bench.store
      let (ada, ben, cleo) = try store.change(as: PurgeBench.actor) { change in
        try change.createCustodian(name: "Dan", identities: [IdentityDefinition(.account, "acc-4")])
        return (
          try change.createCustodian(name: "Ada"),
          try change.createCustodian(
            name: "Ben",
            identities: ["acc-1", "acc-5"].map { IdentityDefinition(.account, $0) }),
          try change.createCustodian(name: "Cleo")
        )
      }
      func give(_ account: String, from old: Custodian? = nil, to new: Custodian) throws {
        try store.change(as: PurgeBench.actor) { change in
          if let old { try change.removeIdentity(.account, account, from: old) }
          try change.addIdentity(IdentityDefinition(.account, account), to: new)
        }
      }
      // It selects nothing that is here, so that what is in its scope can go.
      let narrow = try store.change(as: PurgeBench.actor) { change in
        let compiled = try QueryCompiler.compile(
          "zebra", options: QueryOptions(clock: change.now, purpose: .hold),
          directory: change.catalog.directory)
        return try change.createHold(
          name: "Cleo", in: change.createMatter(name: "case"),
          HoldDefinition(
            scope: Scope(custodians: [cleo.id.text]), query: try StoredQuery(compiled).unwrapped))
      }
      let whole = try store.change(as: PurgeBench.actor) { change in
        try change.createHold(
          name: "Ada", in: change.catalog.matter("case"),
          HoldDefinition(scope: Scope(custodians: [ada.id.text])))
      }
      bench.clock.advance(days: 1)
      for number in [1, 2, 4] {
        try bench.capture(
          "c\(number)", account: "acc-\(number)", [SampleMessage(text: "please")])
      }
      // A person's for a time after the hold was set.
      try give("acc-2", to: cleo)
      bench.clock.advance(days: 1)
      #expect(try bench.run(bench.plan(requesting: "please")).purged == 3)
      bench.clock.advance(days: 1)
      // Ben's account becomes Ada's, Cleo's nobody's, and Dan turns out to be Ada.
      try give("acc-1", from: ben, to: ada)
      try store.change(as: PurgeBench.actor) { change in
        try change.removeIdentity(.account, "acc-2", from: cleo)
        try change.mergeCustodians([change.catalog.custodian("Dan")], into: ada)
      }
      bench.clock.advance(days: 60)
      let purges = try store.read { try $0.purges(under: [whole, narrow]) }
      let ofCleo = try purges[narrow.id].unwrapped
      #expect(purges[whole.id] == nil)
      #expect(ofCleo.covered == [])
      #expect(ofCleo.undecided.map(\.conversation) == [bench.id("c2")])
    }
  }

  @Test("is complete only when no reader holds on to an older state")
  func reader() async throws {
    try await PurgeBench.with { bench in
      try bench.capture("a", [SampleMessage(text: "please read zqmessagecanary")])
      let plan = try bench.plan(requesting: "please")
      var searcher: Searcher? = try Searcher(bench.store)
      let query = QueryNode.text(TextMatch(tokens: ["zqmessagecanary"]), in: .fullText)
      let result = try bench.run(plan)
      #expect(result.purged == 1)
      #expect(result.pending?.conversations == 1)
      #expect(result.isPartial)
      // The search goes on with the state that it began with.
      #expect(try searcher?.itemCount(query) == 1)
      #expect(try bench.findings().map(\.kind) == [.removalPending])
      searcher = nil
      #expect(try bench.finishRemovals() == nil)
      #expect(try bench.residues(["zqmessagecanary"]) == [])
      #expect(try bench.tombstones("a").first?.state == .done)
      #expect(try bench.findings() == [])
    }
  }

  @Test("yields to a hold that another process commits before the deletion of a conversation does")
  func holdWins() async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(3))
      try bench.deleting()
      let plan = try bench.plan()
      let other = try bench.opened()
      // Between the plan's batches: the first one is rolled back, then the hold comes.
      #expect(throws: PurgeBench.Killed.self) {
        _ = try bench.run(plan) { if $0 == .judged { throw PurgeBench.Killed() } }
      }
      try bench.hold(in: other)
      let result = try bench.run(plan)
      #expect(result.purged == 0)
      #expect(result.skipped == ["held": 3])
    }
  }

  @Test("asks for the holds anew in each batch: one that comes between two keeps what is left")
  func holdBetweenBatches() async throws {
    try await PurgeBench.with { bench in
      // Two lanes store them in two partitions, each of which is a batch of its own.
      try bench.capture(PurgeBench.plain(40))
      try bench.deleting()
      let plan = try bench.plan()
      let other = try bench.opened()
      let batches = Mutex(0)
      let result = try bench.run(plan) { step in
        guard step == .decided else { return }
        let number = batches.withLock { batches in
          batches += 1
          return batches
        }
        if number == 1 { try bench.hold(in: other) }
      }
      #expect(result.purged > 0)
      #expect(result.skipped == ["held": 40 - result.purged])
      let left = try bench.store.read { try $0.conversationCount() }
      #expect(left > 0)
      #expect(left == 40 - result.purged)
    }
  }

  @Test("does what its dry run tells, which writes nothing")
  func rehearsal() async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(5))
      try bench.deleting()
      let plan = try bench.plan()
      let before = try bench.store.read { try $0.auditHead() }
      let told = try RunAction(store: try bench.opened(.reading), actor: PurgeBench.actor)
        .rehearse(plan, confirmedCount: 5)
      #expect(try bench.store.read { try $0.auditHead() } == before)
      let done = try bench.run(plan)
      #expect(told.purged == done.purged)
      #expect(told.bytes == done.bytes)
    }
  }

  @Test("and holds of another process go on side by side: none of them waits for the run's end")
  func sideBySide() async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(150))
      try bench.deleting()
      let plan = try bench.plan()
      let other = try bench.opened()
      let ran = Task { try bench.run(plan) }
      // Set while the run is on its way, or just before or after it.
      try bench.hold(in: other)
      let committed = try other.read { try $0.auditHead().count }
      let result = try await ran.value
      #expect(result.purged + result.skippedCount == 150)
      // Whatever was removed went before the hold was committed: nothing that it protects is gone.
      let late = try bench.store.read { catalog in
        try catalog.events(AuditFilter(action: "content.purge")).filter { event in
          let hold = try catalog.events(AuditFilter(action: "hold.create")).first.unwrapped
          return event.seq > hold.seq
        }
      }
      #expect(late.isEmpty)
      #expect(committed > 0)
      #expect(try bench.findings() == [])
      #expect(try bench.store.read { try $0.conversationCount() } == result.skippedCount)
    }
  }

  @Test("keeps a conversation that a review set of an open case holds, and names it")
  func reviewSet() async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(2))
      try bench.deleting()
      let plan = try bench.plan()
      let store = bench.store
      let set = try store.change(as: PurgeBench.actor) { change in
        try change.createReviewSet(name: "first", in: change.createMatter(name: "case"))
      }
      let query = QueryNode.text(TextMatch(tokens: ["fox"]), in: .fullText)
      #expect(try Searcher(store).itemCount(query) == 2)
      _ = try ReviewAction(store: store, actor: PurgeBench.actor).add(
        .ids(["plain-0"]), to: set, context: .conversation)
      let result = try bench.run(plan)
      #expect(result.purged == 1)
      #expect(result.skipped == ["in-review-set": 1])
      #expect(result.keeping == [set.id: 1])
      // So does the next plan.
      let next = try bench.plan()
      #expect(next.counts.inReviewSets == 1)
      let totals = try store.read { try $0.totals(of: next) }
      #expect(totals.map(\.object) == [set.id])
      #expect(totals.map(\.state) == ["in-review-set"])
      #expect(totals.map(\.conversationCount) == [1])
      // The closed case keeps nothing; the ids in its set go with the conversation.
      try store.change(as: PurgeBench.actor) { change in
        _ = try change.closeMatter(change.catalog.matter("case"))
      }
      #expect(try bench.run(plan).purged == 1)
      #expect(try bench.findings() == [])
    }
  }
}
