// SPDX-License-Identifier: Apache-2.0
import Actions
import Bytes
import Capture
import Foundation
import Model
import Query
import Store
import TestSupport
import Testing

/// Deletion at the source, against the stand-in and its journal (holds-and-retention section 4, point
/// 7): no DELETE for what is held, and one at most for each chat.
@Suite("Deletion at the source")
struct AtSourceTests {
  @Test("removes a chat here, then deletes it there, once, after reading it again")
  func deletes() async throws {
    try await AtSourceBench.with { bench in
      let plan = try bench.plan("quarterly OR never")
      let result = try bench.run(plan)
      let told = try #require(result.atSource)
      #expect(result.purged == 2 && !result.isPartial)
      #expect(told.deleted == 2 && told.pending == 0 && told.calls == 4)
      for number in [2, 4] {
        #expect(try bench.requests(about: number) == ["GET 200", "DELETE 200"])
        #expect(try bench.deletion(number)?.state == .deleted)
        #expect(try bench.deletion(number)?.requestID?.hasPrefix("req_") == true)
        #expect(try !bench.isHere(number))
        #expect(try !bench.isAtSource(number))
        // It is on record that it is sent before it is, and what came of it.
        #expect(
          try bench.events(number).suffix(3) == [
            "content.purge", "disposal.source.send", "disposal.source.done",
          ])
      }
      for number in [1, 3, 5] { #expect(try bench.requests(about: number).isEmpty) }
      // A second run asks nothing, and a sync reports nothing.
      let count = try bench.requestCount()
      let again = try bench.run(plan)
      #expect(again.already == 2 && again.atSource?.deleted == 0)
      #expect(try bench.requestCount() == count)
      let before = try bench.synced.problems()
      try bench.synced.sync()
      #expect(try bench.synced.problems() == before)
      #expect(try !bench.isHere(2))
    }
  }

  @Test("sends nothing unless it is asked for, nor in a dry run")
  func onlyIfAsked() async throws {
    try await AtSourceBench.with { bench in
      let plan = try bench.plan("quarterly")
      let action = RunAction(store: bench.store, actor: AtSourceBench.actor)
      let dry = RunAction(store: bench.store, actor: AtSourceBench.actor, access: bench.access())
      let rehearsed = try dry.rehearse(plan, confirmedCount: 1)
      #expect(rehearsed.atSource?.deletable == 1 && !rehearsed.isPartial)
      let result = try action.run(plan, confirmedCount: 1)
      #expect(result.purged == 1 && result.atSource == nil)
      #expect(try bench.requestCount() == 0)
      // Asked for later, the same plan goes on; a dry run says so.
      let rest = try dry.rehearse(plan)
      #expect(rest.atSource?.deletable == 1 && rest.purged == 0 && !rest.isPartial)
      let later = try bench.run(plan)
      #expect(later.atSource?.deleted == 1)
      let none = try dry.rehearse(plan)
      #expect(none.atSource?.deletable == 0 && !none.isPartial)
      #expect(try bench.requests(about: 2) == ["GET 200", "DELETE 200"])
    }
  }

  @Test("what came from files has nothing to be deleted, and is counted")
  func withoutSource() async throws {
    try await AtSourceBench.with { bench in
      let file = bench.synced.folder.appendingPathComponent("conversations.json")
      try Data(
        #"""
        [{"uuid":"c-1","name":"T","account":{"uuid":"a1"},"chat_messages":[{"uuid":"m-1",\
        "sender":"human","created_at":"2026-01-01T00:00:00Z",\
        "content":[{"type":"text","text":"zebra"}]}]}]
        """#.replacing("\\\n", with: "").utf8
      ).write(to: file)
      _ = try ImportAction(store: bench.store, actor: AtSourceBench.actor).run([file.path])
      let result = try bench.run(bench.plan("zebra OR never"))
      // The chat, and the page of figures that no call deletes here.
      #expect(result.atSource?.deleted == 1)
      #expect(result.atSource?.withoutSource == result.purged - 1)
      #expect(result.purged >= 2 && !result.isPartial)
      #expect(try bench.standIn.deletes().count == 1)
    }
  }

  // MARK: What is held

  @Test("never asks about what is held, whenever the hold was set")
  func held() async throws {
    try await AtSourceBench.with { bench in
      let plan = try bench.plan("quarterly OR never OR goodbye")
      try bench.hold(HoldDefinition(scope: Scope(custodians: [bench.person(2).id.text])))
      let result = try bench.run(plan)
      // Chat 5 is of somebody whom the directory does not know by name.
      #expect(try bench.requests(about: 2).isEmpty)
      #expect(try bench.isHere(2))
      #expect(result.skipped["held"] ?? 0 >= 1 && result.isPartial)
      #expect(try bench.requests(about: 4) == ["GET 200", "DELETE 200"])
    }
  }

  /// What may be set between the removal here and the request.
  enum Late: CaseIterable {
    case everything, person, queryElsewhere, twin, otherPerson
  }

  @Test("a hold set after the removal here stops the request", arguments: Late.allCases)
  func heldMeanwhile(late: Late) async throws {
    try await AtSourceBench.with { bench in
      let twins = try bench.importTwin(of: 2)
      let plan = try bench.plan("quarterly")
      let (other, once) = (try bench.opened(), Once())
      var definition = HoldDefinition(scope: Scope(everyone: true))
      switch late {
      case .everything: break
      case .person: definition.scope = Scope(custodians: [try bench.person(2).id.text])
      case .queryElsewhere:
        definition.query = try StoredQuery(bench.compile("nothinglikethis")).unwrapped
      case .twin: definition.scope = Scope(sources: [twins.id.text])
      case .otherPerson: definition.scope = Scope(custodians: [try bench.person(3).id.text])
      }
      let wanted = definition
      let result = try bench.run(plan) { step in
        guard step == .decided else { return }
        try once {
          try other.change(as: AtSourceBench.actor) { change in
            let matter = try change.createMatter(name: "late")
            _ = try change.createHold(name: "late", in: matter, wanted)
          }
        }
      }
      let requests = try bench.requests(about: 2)
      if late == .otherPerson {
        #expect(requests == ["GET 200", "DELETE 200"])
        return
      }
      #expect(!requests.contains { $0.hasPrefix("DELETE") })
      #expect(try bench.standIn.deletes().isEmpty)
      // It is here again, as a new capture under its old id, and the record says why.
      #expect(try bench.isHere(2))
      #expect(result.atSource?.kept == ["held": 1] && result.atSource?.captured == 1)
      #expect(result.isPartial && result.atSource?.pending == 0)
      let deletion = try #require(try bench.deletion(2))
      #expect(deletion.state == .kept && deletion.because == "held" && deletion.objects.count == 1)
      #expect(try bench.events(2).contains("disposal.source.keep"))
      let tombstone = try bench.store.read { try $0.tombstones(written: AtSourceBench.id(2).text) }
      #expect(tombstone.first?.recaptured != nil)
      // Judged anew, item by item: what the query does not select may go.
      let next = try bench.run(bench.plan("quarterly"))
      #expect(next.atSource?.deleted == (late == .queryElsewhere ? 1 : 0))
      #expect(try bench.standIn.deletes().count == (late == .queryElsewhere ? 1 : 0))
    }
  }

  @Test("a hold on the same interaction by another route keeps it from the start")
  func heldTwin() async throws {
    try await AtSourceBench.with { bench in
      let twins = try bench.importTwin(of: 2)
      try bench.hold(HoldDefinition(scope: Scope(sources: [twins.id.text])))
      let result = try bench.run(bench.plan("quarterly"))
      #expect(result.purged == 0 && result.skipped.isEmpty)
      #expect(try bench.requestCount() == 0)
    }
  }

  @Test("a query's answer on what was judged here stands while nothing else happens")
  func heldElsewhere() async throws {
    try await AtSourceBench.with { bench in
      var definition = HoldDefinition(scope: Scope(everyone: true))
      definition.query = try StoredQuery(bench.compile("budget")).unwrapped
      try bench.hold(definition)
      let result = try bench.run(bench.plan("quarterly OR draft"))
      #expect(try bench.requests(about: 2) == ["GET 200", "DELETE 200"])
      #expect(try bench.requests(about: 1).isEmpty)
      #expect(result.atSource?.deleted == 1)
    }
  }

  @Test("stops when purging is disarmed before the request")
  func disarmed() async throws {
    try await AtSourceBench.with { bench in
      let plan = try bench.plan("quarterly")
      let clock = bench.synced.clock
      let once = Once()
      let status = exitStatus {
        try bench.run(plan) { step in
          guard step == .decided else { return }
          try once {
            clock.now = Instant(ticks: clock.now.ticks + 40 * Instant.ticksPerDay)
          }
        }
      }
      #expect(status == .disarmed)
      #expect(try bench.standIn.deletes().isEmpty)
      #expect(try bench.deletion(2)?.state == .due)
      _ = try bench.store.change(as: AtSourceBench.actor) { change in
        try change.arm(confirmed: change.catalog.disarming()?.reason)
      }
      // Arming is an event of its own; no hold is in force, so it goes on.
      #expect(try bench.run(plan).atSource?.deleted == 1)
    }
  }

  @Test("asks no more for what waits under a plan of other policies, and captures it again")
  func stale() async throws {
    try await AtSourceBench.with { bench in
      bench.key = ComplianceStandIn.key
      _ = try bench.run(bench.plan("quarterly"))
      #expect(try bench.deletion(2)?.state == .failed)
      bench.key = AtSourceBench.deleter
      var definition = PolicyDefinition(
        action: .retain, period: try RetentionPeriod("7y").unwrapped,
        scope: PolicyScope(everyone: true))
      definition.mode = .on
      _ = try bench.store.change(as: AtSourceBench.actor) {
        try $0.createPolicy(name: "keep", kind: .policy, definition)
      }
      let count = try bench.standIn.deletes().count
      let result = try bench.run(bench.plan("zebra"))
      #expect(result.atSource?.kept == ["stale": 1])
      #expect(try bench.isHere(2))
      #expect(try bench.standIn.deletes().count == count)
    }
  }

  // MARK: What changed

  @Test("a chat that changed since its capture stays, is captured, and judged anew")
  func changed() async throws {
    try await AtSourceBench.with { bench in
      let plan = try bench.plan("quarterly")
      try bench.standIn.mutate(
        """
        {"op":"add_message","chat":"claude_chat_01T00002","message":{"id":"m-new","role":"user",
        "created_at":"2026-05-30T09:00:00Z","content":[{"type":"text","text":"unseen zebra"}]}}
        """)
      let result = try bench.run(plan)
      #expect(result.skipped == ["changed-at-source": 1] && result.purged == 0)
      #expect(result.atSource?.captured == 1)
      #expect(try bench.standIn.deletes().isEmpty)
      #expect(try bench.synced.conversation(AtSourceBench.chat(2))?.versionCount == 2)
      #expect(try bench.unitTexts(2).contains("unseen zebra"))
      // It was not a whole capture of the source.
      let runs = try bench.store.read { try $0.runs(of: bench.synced.source) }
      #expect(runs.count == 2 && runs[0].state == .complete)
      #expect(
        try bench.store.read { try $0.lastCompleteRun(of: bench.synced.source) }
          == runs[1].finished)
      // The same plan runs again: now it is what was captured.
      #expect(try bench.run(plan).atSource?.deleted == 1)
      #expect(try bench.standIn.deletes().count == 1)
    }
  }

  @Test("reads again before the request when its reading is old, and sees a change")
  func changedMeanwhile() async throws {
    try await AtSourceBench.with { bench in
      let plan = try bench.plan("quarterly")
      let (clock, standIn, once) = (bench.synced.clock, bench.standIn, Once())
      let result = try bench.run(plan) { step in
        guard step == .decided else { return }
        try once {
          try standIn.mutate(
            #"{"op":"rename","chat":"claude_chat_01T00002","name":"another name"}"#)
          clock.now = Instant(ticks: clock.now.ticks + SourceReading.lifetime)
        }
      }
      #expect(result.atSource?.kept == ["changed-at-source": 1])
      #expect(try bench.standIn.deletes().isEmpty)
      #expect(try bench.isHere(2))
    }
  }

  @Test(
    "a chat that is gone, or that its user emptied, needs no request", arguments: [true, false])
  func gone(isWhole: Bool) async throws {
    try await AtSourceBench.with { bench in
      let plan = try bench.plan("quarterly")
      try bench.standIn.mutate(
        isWhole
          ? #"{"op":"remove","from":"chats","id":"claude_chat_01T00002"}"#
          : #"{"op":"delete_by_user","chat":"claude_chat_01T00002"}"#)
      let result = try bench.run(plan)
      #expect(result.purged == 1 && result.atSource?.gone == 1 && !result.isPartial)
      #expect(try bench.standIn.deletes().isEmpty)
      #expect(try bench.deletion(2)?.state == .gone)
    }
  }

  @Test("what was captured again meanwhile stays")
  func recaptured() async throws {
    try await AtSourceBench.with { bench in
      bench.key = ComplianceStandIn.key
      let plan = try bench.plan("quarterly")
      _ = try bench.run(plan)
      try bench.standIn.mutate(
        """
        {"op":"add_message","chat":"claude_chat_01T00002","message":{"id":"m-new","role":"user",
        "created_at":"2026-05-30T09:00:00Z","content":[{"type":"text","text":"more"}]}}
        """)
      try bench.synced.sync()
      #expect(try bench.isHere(2))
      bench.key = AtSourceBench.deleter
      let count = try bench.standIn.deletes().count
      let result = try bench.run(plan)
      #expect(result.atSource?.kept == ["recaptured": 1])
      #expect(try bench.standIn.deletes().count == count)
      #expect(try bench.isHere(2))
    }
  }

  @Test("the door itself minds how old a reading is, and what was sent since")
  func door() async throws {
    try await AtSourceBench.with { bench in
      bench.key = ComplianceStandIn.key
      _ = try bench.run(bench.plan("quarterly"))
      let deletion = try #require(try bench.deletion(2))
      let tombstone = try #require(
        try bench.store.read { try $0.tombstones(written: AtSourceBench.id(2).text) }.first)
      let digest = try #require(tombstone.record.versions.last?.sha256)
      let now = bench.store.now
      func reading(
        _ time: Instant = now, sent: Int = deletion.sentCount, chat: String = deletion.chat
      ) throws -> SourceReading {
        SourceReading(
          chat: chat, digest: try SHA256Digest(hexadecimal: digest).unwrapped, isEmptied: false,
          joinKeys: [], time: time, sentCount: sent)
      }
      func objection(_ reading: SourceReading) throws -> DeletionObjection? {
        switch try bench.store.permitDeletion(deletion, seen: reading, as: AtSourceBench.actor) {
        case .permitted: nil
        case .objected(let objection): objection
        }
      }
      let old = Instant(ticks: now.ticks - SourceReading.lifetime)
      #expect(try objection(reading(old)) == .unread)
      #expect(try objection(reading(Instant(ticks: now.ticks + 1))) == .unread)
      #expect(try objection(reading(sent: deletion.sentCount - 1)) == .unread)
      #expect(try objection(reading(chat: AtSourceBench.chat(4))) == .unread)
      #expect(try bench.deletion(2) == deletion)
      #expect(try objection(reading(Instant(ticks: old.ticks + 1))) == nil)
      #expect(try bench.deletion(2)?.sentCount == deletion.sentCount + 1)
      // The same reading once more: a request was sent since.
      #expect(try objection(reading()) == .unread)
    }
  }

  // MARK: Sources and processes

  @Test("a chat that two sources brought is deleted once")
  func twoSources() async throws {
    try await AtSourceBench.with { bench in
      let other = try bench.store.change(as: AtSourceBench.actor) { change in
        try change.createSource(
          SourceDefinition(
            name: "other", kind: .complianceAPI, url: bench.standIn.baseURL, keyFile: "/none"))
      }
      _ = try SyncAction(
        store: bench.store, actor: AtSourceBench.actor, settings: bench.synced.settings
      ).run(other, key: ComplianceKey(AtSourceBench.deleter))
      let result = try bench.run(bench.plan("quarterly OR never"))
      #expect(result.atSource?.deleted == 2)
      #expect(Set(try bench.standIn.deletes()).count == 2)
      #expect(try bench.standIn.deletes().count == 2)
    }
  }

  @Test("waits for nobody who talks to the source, and changes nothing then")
  func locked() async throws {
    try await AtSourceBench.with { bench in
      let plan = try bench.plan("quarterly")
      let other = try bench.opened()
      for name in ["retention-run", Store.syncLock(of: bench.synced.source.id)] {
        let lock = try other.lockJob(name, as: AtSourceBench.actor)
        withExtendedLifetime(lock) {
          #expect(exitStatus { try bench.run(plan) } == .locked)
        }
      }
      #expect(try bench.requestCount() == 0 && bench.isHere(2))
    }
  }

  @Test("leaves nothing that an interrupted sync of its source had on the way")
  func stagedFiles() async throws {
    try await AtSourceBench.with { bench in
      let path = try bench.store.stagingPath(of: bench.synced.source.id, 77)
      try Data("of a chat that goes".utf8).write(to: URL(fileURLWithPath: path))
      #expect(try !bench.run(bench.plan("quarterly")).isPartial)
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test("without the key of a source nothing begins")
  func noKey() async throws {
    try await AtSourceBench.with { bench in
      let plan = try bench.plan("quarterly")
      let access = SourceAccess(key: { _ in throw ComplianceError(.key, "no key") })
      #expect(throws: ComplianceError.self) { try bench.run(plan, access: access) }
      #expect(try bench.isHere(2))
      #expect(try bench.store.read { try $0.progress(of: plan).removable } == 1)
    }
  }
}

extension AtSourceBench {
  /// Imports an export that has a chat, so that both are the same interaction by two routes.
  ///
  /// - Returns: The source of the import.
  fileprivate func importTwin(of number: Int) throws -> SourceRecord {
    let uuid = "aaaaaaaa-bbbb-4ccc-8ddd-00000000000\(number)"
    let file = synced.folder.appendingPathComponent("conversations.json")
    try Data(
      """
      [{"uuid":"\(uuid)","name":"T","account":{"uuid":"a1"},"chat_messages":[{"uuid":"m-1",\
      "sender":"human","created_at":"2026-05-02T09:00:00Z",\
      "content":[{"type":"text","text":"other words"}]}]}]
      """.utf8
    ).write(to: file)
    _ = try ImportAction(store: store, actor: Self.actor).run([file.path])
    return try store.read { try $0.source("import") }
  }

  fileprivate func unitTexts(_ number: Int) throws -> String {
    String(describing: try synced.unit(Self.chat(number)).items)
  }
}
