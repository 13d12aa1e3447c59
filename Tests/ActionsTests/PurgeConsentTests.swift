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

/// What lets a run remove: the brake, approvals and second persons.
@Suite("What runs beside a purge")
struct BesidePurgeTests {
  @Test("a look at what a change makes due earlier passes over what is purged meanwhile")
  func dueCheck() async throws {
    try await PurgeBench.with { bench in
      try bench.capture([
        ("a", "", "acc-1", [SampleMessage(text: "one")]),
        ("b", "", "acc-1", [SampleMessage(text: "two")]),
      ])
      let person = try bench.store.change(as: PurgeBench.actor) { change in
        try change.createCustodian(
          name: "Ada", identities: [IdentityDefinition(.account, "acc-1")])
      }
      let other = try bench.store.change(as: PurgeBench.actor) { change in
        try change.createCustodian(name: "Bob")
      }
      var scope = PolicyScope(everyone: true)
      scope.excluded.custodians = [other.id.text]
      var definition = PolicyDefinition(
        action: .delete, period: try RetentionPeriod("90y").unwrapped, scope: scope)
      definition.mode = .on
      try bench.store.change(as: PurgeBench.actor) { change in
        _ = try change.createPolicy(name: "late", kind: .policy, definition)
      }
      let plan = try bench.plan(requesting: "two")
      var told: [ObjectID] = []
      try DueCheck(store: bench.store).forEachDueEarlier(
        of: [person], as: PurgeBench.actor,
        by: { change in
          _ = try bench.run(plan)
          _ = try change.mergeCustodians([person], into: other)
          return [other]
        }, { told.append($0) })
      #expect(told.isEmpty)
      #expect(try !bench.isHere("b"))
    }
  }
}

@Suite("Consent to a run")
struct PurgeConsentTests {
  @Test("asks for its number where it would remove more than the brake lets through")
  func brake() async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(10))
      try bench.capture("odd", [SampleMessage(text: "odd")])
      let two = try bench.plan(requesting: "brown OR odd")
      let action = RunAction(
        store: bench.store, actor: PurgeBench.actor)
      #expect(exitStatus { _ = try action.run(two) } == .confirm)
      #expect(exitStatus { _ = try action.run(two, confirmedCount: 10) } == .confirm)
      // A dry run tells what would go, and refuses another number than that.
      #expect(try action.rehearse(two).purged == 11)
      #expect(exitStatus { _ = try action.rehearse(two, confirmedCount: 10) } == .confirm)
      let brake = try bench.store.read { try $0.brake(on: two) }
      #expect(brake.stops)
      #expect(brake.count == 11)
      let one = try bench.plan(requesting: "odd")
      #expect(try action.run(one).purged == 1)
      try bench.store.change(as: PurgeBench.actor) { change in
        var limits = DisposalLimits()
        limits.brakePercent = 100
        try change.setDisposalLimits(limits)
      }
      #expect(try action.run(two).purged == 10)
    }
  }

  @Test("leaves what waits for an approval, and removes it after one")
  func approval() async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(3))
      try bench.deleting(disposition: .review)
      let plan = try bench.plan()
      let waiting = try bench.run(plan)
      #expect(waiting.waiting == 3)
      #expect(waiting.purged == 0)
      #expect(!waiting.isPartial)
      let counts = try bench.store.change(as: PurgeBench.person("ben")) {
        try $0.approve(plan, conversations: [bench.id("plain-1")], reason: "read")
      }
      #expect(counts.added == 1)
      #expect(try bench.run(plan).purged == 1)
      #expect(try !bench.isHere("plain-1"))
      let record = try bench.tombstones("plain-1").first.unwrapped.record
      #expect(record.approver == "ben")
      #expect(record.approvalReason == "read")
    }
  }

  @Test("stops at the brake where approvals come while it goes on")
  func brakeDuringRun() async throws {
    try await PurgeBench.with { bench in
      // Two lanes store them in two partitions, each of which is a batch of its own.
      try bench.capture(PurgeBench.plain(40))
      try bench.deleting(disposition: .review)
      let plan = try bench.plan()
      let other = try bench.opened()
      let approving = Once()
      let action = RunAction(store: bench.store, actor: PurgeBench.actor) { step in
        guard step == .decided else { return }
        try approving {
          let ids = (0..<40).map { bench.id("plain-\($0)") }
          try other.change(as: PurgeBench.person("ben")) {
            _ = try $0.approve(plan, conversations: ids, reason: "read")
          }
        }
      }
      #expect(exitStatus { _ = try action.run(plan) } == .confirm)
      #expect(try bench.store.read { try $0.conversationCount() } == 40)
      let removable = try bench.store.read { try $0.progress(of: plan).removable }
      #expect(removable == 40)
      #expect(exitStatus { _ = try action.run(plan) } == .confirm)
      #expect(try action.run(plan, confirmedCount: 40).purged == 40)
    }
  }

  @Test("what a plan lists for a review is not freed of it by a change of its label")
  func lostReview() async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(1))
      try bench.deleting("1d")
      var definition = PolicyDefinition(
        action: .delete, period: try RetentionPeriod("1d").unwrapped,
        scope: PolicyScope(everyone: true))
      definition.mode = .on
      definition.disposition = .review
      let store = bench.store
      let label = try store.change(as: PurgeBench.actor) { [definition] change in
        let label = try change.createPolicy(name: "L", kind: .label, definition)
        let record = try change.catalog.conversationIfPresent(bench.id("plain-0")).unwrapped
        _ = try change.setLabel(label, on: record, isShortening: false)
        return label
      }
      let plan = try bench.plan()
      #expect(plan.counts.review == 1)
      // Taking it off asks as any shortening does.
      let action = LabelAction(store: store, actor: PurgeBench.actor)
      let keys = try store.read { try $0.conversationKeys() }
      let effects = try action.effects(of: label, isSet: false, on: keys)
      #expect(effects.map(\.isShortening) == [true])
      _ = try action.apply(label, isSet: false, effects, isRehearsed: false, reason: "")
      let result = try bench.run(plan)
      #expect(result.purged == 0 && result.waiting == 1)
      #expect(try bench.isHere("plain-0"))
      // A plan made since lists it without.
      #expect(try bench.run(bench.plan()).purged == 1)
    }
  }

  @Test("what nothing but a review set keeps is not taken out of it without having been told")
  func takenOut() async throws {
    try await PurgeBench.with { bench in
      let store = bench.store
      try bench.capture("a", [SampleMessage(text: "one")])
      let hold = try bench.hold()
      let set = try bench.reviewSet(of: ["a"])
      let choice = MemberChoice(.everything)
      var told: [ObjectID] = []
      func look() throws {
        told = []
        try HoldCheck(store: store).forEachFreed(byTaking: choice, from: set) {
          told.append($0.conversation)
        }
      }
      func take() throws -> Coding {
        var edit = ItemEdit()
        edit.removes = true
        return try CodingAction(store: store, actor: PurgeBench.actor, set: set).run(
          .remove, edit, on: choice, reason: "private", agreed: Set(told), isRehearsed: false)
      }
      try look()
      #expect(told.isEmpty)
      // The hold goes while the question stands.
      try store.change(as: PurgeBench.actor) { _ = try $0.releaseHold(hold, coolDown: 0) }
      #expect(exitStatus { _ = try take() } == .stale)
      let kept = try store.read { try !$0.reviewSets(keeping: $0.conversationKeys()[0]).isEmpty }
      #expect(kept)
      try look()
      #expect(told == [bench.id("a")])
      _ = try take()
    }
  }

  @Test("nor by taking a taking back back")
  func takenOutAgain() async throws {
    try await PurgeBench.with { bench in
      let store = bench.store
      try bench.capture("a", [SampleMessage(text: "one")])
      let hold = try bench.hold()
      let set = try bench.reviewSet(of: ["a"])
      let action = CodingAction(store: store, actor: PurgeBench.actor, set: set)
      var edit = ItemEdit()
      edit.removes = true
      let removed = try action.run(
        .remove, edit, on: MemberChoice(.everything), reason: "private", isRehearsed: false)
      let back = try action.undo(removed, reason: "", isRehearsed: false)
      try store.change(as: PurgeBench.actor) { _ = try $0.releaseHold(hold, coolDown: 0) }
      #expect(exitStatus { _ = try action.undo(back, reason: "", isRehearsed: false) } == .stale)
      let kept = try store.read { try !$0.reviewSets(keeping: $0.conversationKeys()[0]).isEmpty }
      #expect(kept)
      _ = try action.undo(back, reason: "", agreed: [bench.id("a")], isRehearsed: false)
    }
  }

  @Test("takes nothing that got its first messages after it was selected as a chat without any")
  func selectedEmpty() async throws {
    try await PurgeBench.with { bench in
      try bench.capture("a", [])
      let plan = try bench.plan(requesting: "NOT privileged")
      try bench.capture("a", [SampleMessage(text: "privileged")])
      let run = RunAction(store: bench.store, actor: PurgeBench.actor)
      #expect(try run.run(plan, confirmedCount: 1).purged == 0)
      #expect(try bench.store.read { try $0.conversationIfPresent(bench.id("a")) } != nil)
      #expect(try run.run(bench.plan(requesting: "privileged"), confirmedCount: 1).purged == 1)
    }
  }

  @Test("needs a second person where the store asks for one")
  func secondPerson() async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(2))
      try bench.deleting()
      let plan = try bench.plan()
      // What its maker approved before the store asked does not count.
      _ = try bench.store.change(as: PurgeBench.actor) {
        try $0.approve(plan, conversations: [bench.id("plain-0")], reason: "mine")
      }
      try bench.store.change(as: PurgeBench.actor) { change in
        var limits = DisposalLimits()
        limits.needsSecondPerson = true
        try change.setDisposalLimits(limits)
      }
      #expect(try bench.run(plan).waiting == 2)
      #expect(
        exitStatus {
          _ = try bench.store.change(as: PurgeBench.actor) { try $0.approve(plan, reason: "x") }
        } == .denied)
      _ = try bench.store.change(as: PurgeBench.person("ben")) {
        try $0.approve(plan, reason: "read")
      }
      #expect(try bench.run(plan).purged == 2)
    }
  }
}
