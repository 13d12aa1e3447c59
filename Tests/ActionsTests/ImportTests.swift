// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Query
import Store
import TestSupport
import Testing

@Suite("An import")
struct ImportTests {
  private static let actor = AuditActor.current(program: "test", command: "test")

  @Test("gives records that tell no account to the custodian that was named, and no others")
  func custodian() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor)
      try store.change(as: Self.actor) { change in
        _ = try change.createCustodian(
          name: "Ada", identities: [IdentityDefinition(.emailAddress, "ada@example.org")])
      }
      func write(_ name: String, _ records: String) throws -> String {
        let file = folder.appendingPathComponent(name)
        try Data("[\(records)]".utf8).write(to: file)
        return file.path
      }
      func talk(_ id: String, _ account: String) -> String {
        """
        {"uuid":"\(id)","name":"T",\(account)"chat_messages":[{"uuid":"m-\(id)","sender":"human",\
        "created_at":"2025-01-01T00:00:00Z","content":[{"type":"text","text":"hello"}]}]}
        """
      }
      let path = try write(
        "conversations.json",
        talk("c1", "") + "," + talk("c2", "\"account\":{\"uuid\":\"other\"},"))
      let action = ImportAction(store: store, actor: Self.actor, custodian: "ada@example.org")
      let rehearsed = try action.rehearse([path])
      let report = try action.run([path])
      #expect(report.counts == rehearsed.counts)
      // The account "other" is nobody's.
      #expect(report.counts.stored == 2 && report.counts.gaps == 1)
      var found: [String: String] = [:]
      try Searcher(store).forEachHit(.all) { hit in
        found[hit.nativeConversationID] = hit.custodian
        return true
      }
      #expect(found == ["c1": "Ada", "c2": "other"])
      #expect(try store.read { try $0.unattributedConversationCount() } == 1)
      #expect(try store.read { try $0.verifyAudit().isSound })
      let again = try action.run([path])
      #expect(again.counts.duplicates == 2 && again.counts.gaps == 1)
    }
  }

  @Test(
    "gives what was nobody's to the custodian that a later import of it names, and to no other",
    arguments: [
      "x/\(ImportTests.session)/tool-results/a.txt", "projects/app/memory/note.md",
      "projects/home/\(ImportTests.session).jsonl",
    ])
  func laterCustodian(name: String) async throws {
    try await withTemporaryDirectory { folder in
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor)
      try store.change(as: Self.actor) { change in
        for person in ["Ada", "Bob"] { _ = try change.createCustodian(name: person) }
        let matter = try change.createMatter(name: "Case")
        _ = try change.createHold(
          name: "H", in: matter,
          HoldDefinition(
            scope: Scope(custodians: [try change.catalog.custodian("Ada").id.text])))
      }
      let file = folder.appendingPathComponent("files/" + name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      let line =
        #"{"type":"user","uuid":"u-1","sessionId":"\#(Self.session)","message":"#
        + #"{"role":"user","content":"budget"}}"#
      try Data((name.hasSuffix("jsonl") ? line : "budget").utf8).write(to: file)
      func bring(_ custodian: String?) throws -> RunCounts {
        let action = ImportAction(store: store, actor: Self.actor, custodian: custodian)
        let rehearsed = try action.rehearse([file.path])
        let report = try action.run([file.path])
        #expect(report.counts == rehearsed.counts && report.counts.addUp)
        return report.counts
      }
      func gaps(_ state: ExceptionState) throws -> Int {
        try store.read { try $0.exceptionCount(ExceptionFilter(state: state, kind: .gap)) }
      }
      #expect(try bring(nil).stored == 1)
      #expect(try gaps(.open) == 1)
      // Whose it is is not known, so it may be hers.
      #expect(try isHeld(in: store))
      let named = try bring("Ada")
      #expect(named.duplicates == 1 && named.stored == 0 && named.updated == 0)
      #expect(try owner(in: store) == "Ada")
      #expect(try isHeld(in: store))
      #expect(try gaps(.open) == 0 && gaps(.resolved) == 1)
      for custodian in ["Ada", nil, "Bob"] {
        #expect(try bring(custodian).duplicates == 1)
        #expect(try owner(in: store) == "Ada")
      }
      #expect(try store.read { try $0.verifyAudit().isSound })
    }
  }

  /// Whose the only conversation is, by the catalog and by a search for what is theirs.
  private func owner(in store: Store) throws -> String {
    let (records, compiled) = try store.read { catalog in
      (
        try catalog.conversationKeys().map { try catalog.conversation(key: $0) },
        try QueryCompiler.compile(
          "budget custodian:Ada", options: QueryOptions(clock: store.now),
          directory: catalog.directory)
      )
    }
    let count = try Searcher(store).itemCountInTime(try compiled.node.unwrapped).count
    return count == 1 ? records[0].custodian : ""
  }

  /// Whether a hold protects the first conversation.
  private func isHeld(in store: Store) throws -> Bool {
    let records = try store.read { catalog in
      try catalog.conversationKeys().map { try catalog.conversation(key: $0) }
    }
    return try !HoldCheck(store: store).protections(of: records[0]).isEmpty
  }

  private static let session = "5e550000-0000-4000-8000-000000000001"

  @Test("that is stopped has counted what it put on record")
  func stopped() async throws {
    struct Stop: Error {}
    try await withTemporaryDirectory { folder in
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor)
      let file = folder.appendingPathComponent("conversations.json")
      let first = #"{"uuid":"c1","name":"T","chat_messages":[]}"#
      try Data("[\(first)\(String(repeating: ",null", count: 3000))]".utf8).write(to: file)
      var breaths = 0
      #expect(throws: Stop.self) {
        try ImportAction(store: store, actor: Self.actor).run([file.path]) { _, _ in
          breaths += 1
          if breaths * 64 > 2500 { throw Stop() }
        }
      }
      let run = try #require(try store.read { try $0.runs() }.first)
      let recorded = try store.read { try $0.exceptions(ExceptionFilter(kind: .failure)) }.count
      #expect(run.state == .interrupted && recorded > 2500)
      #expect(run.counts.exceptions == recorded && run.counts.read == recorded)
      let report = try ImportAction(store: store, actor: Self.actor).run([file.path])
      #expect(report.counts.exceptions == 3000 && report.counts.addUp)
      #expect(try store.read { try $0.runs() }.first?.counts == report.counts)
    }
  }

  @Test("for a person whom nobody knows makes nothing")
  func unknownPerson() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor)
      let file = folder.appendingPathComponent("conversations.json")
      try Data("[]".utf8).write(to: file)
      let action = ImportAction(
        store: store, actor: Self.actor, sourceName: "new", custodian: "Nobody")
      let error = #expect(throws: StoreError.self) { try action.run([file.path]) }
      #expect(error?.code == .notFound)
      let (sources, runs) = try store.read { (try $0.sources(), try $0.runs()) }
      #expect(sources.isEmpty && runs.isEmpty)
    }
  }

  @Test("of an older export leaves what the source changed last current")
  func olderExport() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor)
      func bring(_ text: String, updated: String?, account: String = "a1") throws {
        let file = folder.appendingPathComponent("conversations.json")
        let time = updated.map { #""updated_at":"2025-01-\#($0)T00:00:00Z","# } ?? ""
        let json = """
          [{"uuid":"c1","name":"\(text)",\(time)"account":{"uuid":"\(account)"},"chat_messages":[
          {"uuid":"m1","sender":"human","created_at":"2025-01-01T00:00:00Z",
          "content":[{"type":"text","text":"\(text)"}]}]}]
          """
        try Data(json.utf8).write(to: file)
        _ = try ImportAction(store: store, actor: Self.actor).run([file.path])
      }
      func versions() throws -> [Int] {
        let record = try store.read { try $0.conversation(written: "c1") }
        return [record.currentVersion, record.versionCount]
      }
      try bring("second", updated: "03")
      try bring("first", updated: "02", account: "a2")
      #expect(try versions() == [1, 2])
      #expect(try store.read { try $0.conversation(written: "c1") }.accountID == "a1")
      try bring("renamed", updated: "03")
      #expect(try versions() == [3, 3])
      // A capture that tells no time is the newest word that there is.
      try bring("untold", updated: nil)
      #expect(try versions() == [4, 4])
      try bring("third", updated: "01")
      #expect(try versions() == [5, 5])
    }
  }

  @Test("of a chat that was emptied at its source leaves the full one current")
  func emptiedChat() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor)
      func bring(_ fields: String, _ content: String) throws {
        let file = folder.appendingPathComponent("chat.json")
        let json = """
          {"id":"claude_chat_1",\(fields)"user":{"id":"user_1"},"chat_messages":[
          {"id":"claude_chat_msg_1","role":"user","created_at":"2025-01-01T00:00:00Z",
          "content":[\(content)]}]}
          """
        try Data(json.utf8).write(to: file)
        _ = try ImportAction(store: store, actor: Self.actor).run([file.path])
      }
      try bring(
        #""name":"T","updated_at":"2025-01-02T00:00:00Z","#, #"{"type":"text","text":"plan"}"#)
      let time = "2025-01-03T00:00:00Z"
      try bring(#""name":"","updated_at":"\#(time)","deleted_at":"\#(time)","#, "")
      let record = try store.read { try $0.conversation(written: "claude_chat_1") }
      #expect(record.currentVersion == 1 && record.versionCount == 2)
    }
  }

  @Test("makes a full record current that comes after an emptied one, however old it is")
  func emptiedFirst() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor)
      for (fields, content) in [
        (#""updated_at":"2025-01-03T00:00:00Z","deleted_at":"2025-01-03T00:00:00Z","#, ""),
        (#""updated_at":"2025-01-02T00:00:00Z","#, #"{"type":"text","text":"plan"}"#),
      ] {
        let file = folder.appendingPathComponent("chat.json")
        let json = """
          {"id":"claude_chat_1","name":"T",\(fields)"user":{"id":"user_1"},"chat_messages":[
          {"id":"claude_chat_msg_1","role":"user","created_at":"2025-01-01T00:00:00Z",
          "content":[\(content)]}]}
          """
        try Data(json.utf8).write(to: file)
        _ = try ImportAction(store: store, actor: Self.actor).run([file.path])
      }
      let record = try store.read { try $0.conversation(written: "claude_chat_1") }
      #expect(record.currentVersion == 2 && record.versionCount == 2)
    }
  }

  @Test("keeps each state of a person, with the time when it was seen")
  func statesOfPeople() async throws {
    try await withTemporaryDirectory { folder in
      let clock = TestClock(SyncedStore.now)
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor, clock: { clock.now })
      let file = folder.appendingPathComponent("users.json")
      func bring(_ records: String...) throws -> RunCounts {
        try Data("[\(records.joined(separator: ","))]".utf8).write(to: file)
        let action = ImportAction(store: store, actor: Self.actor)
        let rehearsed = try action.rehearse([file.path]).counts
        let counts = try action.run([file.path]).counts
        #expect(counts == rehearsed)
        clock.now = Instant(ticks: clock.now.ticks + Instant.ticksPerDay)
        return counts
      }
      func user(_ id: String, _ address: String) -> String {
        #"{"uuid":"\#(id)","full_name":"Ada","email_address":"\#(address)","#
          + #""verified_phone_number":"+49 30 1"}"#
      }
      let times = [clock.now, Instant(ticks: clock.now.ticks + Instant.ticksPerDay)]
      #expect(try bring(user("u1", "old@example.org"), user("u2", "b@example.org")).stored == 2)
      let second = try bring(user("u1", "new@example.org"), user("u1", "new@example.org"))
      #expect(second.updated == 1 && second.duplicates == 1 && second.addUp)
      func answer(_ id: String, _ time: Instant) throws -> DirectoryAnswer? {
        try store.read { try DirectoryAnswer.answers(for: [id], at: time, in: $0).first }
      }
      #expect(try answer("u1", times[0])?.emailAddress == "old@example.org")
      #expect(try answer("u1", times[1])?.emailAddress == "new@example.org")
      #expect(try answer("u1", times[1])?.since == times[1])
      // The second export says nothing of somebody whom it lacks.
      let absent = try answer("u2", times[1])
      #expect(absent?.state == .listed && absent?.snapshot?.time == times[0])
      let person = try store.read { try $0.custodian("new@example.org") }
      #expect(try store.read { try $0.custodian("old@example.org") } == person)
    }
  }
}
