// SPDX-License-Identifier: Apache-2.0
import Actions
import Bytes
import Capture
import Foundation
import Model
import Store
import TestSupport
import Testing

/// The scenarios of claude-capture-formats section 4.3.
@Suite("A sync", .serialized)
struct SyncScenarioTests {
  private func withSynced(pageCap: Int? = nil, _ body: (SyncedStore) throws -> Void) async throws {
    try await ActionsTests.withSynced(changes: { $0["page_cap"] = pageCap }, body)
  }

  @Test("collects everything, and nothing a second time (scenario 1)")
  func cold() async throws {
    try await withSynced { synced in
      let first = try synced.sync()
      #expect(first.isClean, "\(first.endpoints)")
      #expect(first.counts.addUp)
      // The chat that was deleted before it was ever captured, and somebody who left.
      #expect(
        try synced.problems() == [
          "MISSING_AT_SOURCE claude_chat_01LOST"
        ])
      #expect(first.counts.blobs == 6)
      let chat = try synced.unit("claude_chat_01T00001")
      #expect(chat.items.map(\.kind) == [.prompt, .response])
      #expect(
        chat.items[1].files.first { $0.kind == .artifact }?.text == "# Offer\n\nbudget clause")
      #expect(!chat.items[1].flags.contains(.truncatedAtSource))
      #expect(chat.items[1].blocks[0].text.utf8.count > 12_000)
      #expect(chat.items[1].model == "claude-example-1")
      let session = try synced.unit("clls_01S")
      #expect(
        session.items.map(\.provenance.text)
          == ["verified", "client-asserted", "unavailable:oversize"])
      #expect(try synced.unit("cse_01R").items[1].provenance.text == "unavailable")
      let page = try synced.unit("cart_01C")
      #expect(
        page.items.map { $0.files.first?.text } == ["<p>first sketch</p>", "<p>zebra figures</p>"])
      #expect(page.title == "Budget page" && page.accountID == "user_01TEST002")
      let project = try synced.unit("claude_proj_01P")
      #expect(
        project.items.map(\.kind)
          == [.projectInstruction, .projectInstruction, .projectDocument, .projectDocument])
      let conversation = try #require(try synced.conversation("claude_chat_01T00001"))
      let files = try synced.store.read { try $0.files(of: conversation) }
      let generated = try #require(files["claude_gen_file_01G"])
      #expect(generated.byteCount == 300_000)
      try synced.store.read { catalog in
        let person = try catalog.custodian("person1@example.org")
        #expect(person.name == "Person 1")
        #expect(try catalog.groups(of: person)?.map(\.text) == ["group=legal"])
        #expect(try catalog.custodian("person9@example.org").name == "person9@example.org")
        #expect(
          try catalog.sourceRetention(of: synced.source)
            == #"{"11111111-2222-4333-8444-555555555555":{"all":{"duration":90,"timescale":"day","#
            + #""type":"fixed"}},"66666666-7777-4888-8999-aaaaaaaaaaaa":{}}"#)
      }
      let before = try synced.digest()
      let requests = try synced.standIn.requestCount()
      let second = try synced.sync()
      #expect(second.counts.stored == 0 && second.counts.updated == 0)
      #expect(second.counts.blobs == 0 && second.isClean)
      let paths = try synced.standIn.journal(from: requests).map(\.path)
      #expect(!paths.contains { $0.hasSuffix("/content") || $0.contains("/documents/") })
      #expect(!paths.contains { $0.contains("/apps/chats/") })
      #expect(try synced.digest() == before)
      #expect(try synced.standIn.deletes().isEmpty)
    }
  }

  @Test("stopped at any request and run again, ends in the same state (scenario 2)")
  func stoppedAnywhere() async throws {
    try await withTemporaryDirectory { folder in
      let whole = try SyncedStore(in: folder)
      defer { whole.standIn.stop() }
      whole.settings.concurrency = 1
      try whole.sync()
      let count = try whole.standIn.requestCount()
      let expected = try whole.digest()
      #expect(count > 30)
      let step = ProcessInfo.processInfo.environment["CUSTODY_LONG_TESTS"] == nil ? 4 : 1
      for boundary in stride(from: 1, to: count, by: step) {
        let stopped = try SyncedStore(in: folder, shared: whole.standIn)
        let transport = StoppingTransport(after: boundary)
        stopped.settings.makeTransport = { transport }
        // Every other time with threads, where the order of requests is any.
        stopped.settings.concurrency = boundary.isMultiple(of: 2) ? 4 : 1
        // Batches of one, so that a stop meets positions of all kinds.
        stopped.settings.batchUnitCount = boundary.isMultiple(of: 3) ? 1 : 5000
        #expect(throws: StoppingTransport.Stop.self) { try stopped.sync() }
        stopped.settings.makeTransport = { CurlTransport() }
        let report = try stopped.sync()
        #expect(report.isClean)
        #expect(try stopped.digest() == expected, "stopped at request \(boundary)")
      }
    }
  }

  @Test("keeps its rate and loses no page in a storm of refusals (scenario 3)")
  func storm() async throws {
    try await withTemporaryDirectory { folder in
      let calm = try SyncedStore(in: folder)
      defer { calm.standIn.stop() }
      try calm.sync()
      let expected = try calm.digest()
      let before = try calm.standIn.requestCount()
      let stormy = try SyncedStore(in: folder, shared: calm.standIn)
      try calm.standIn.setFaults(
        #"{"match":{"every":3},"action":{"type":"rate_limit","retry_after":2}}"#,
        #"{"match":{"every":7},"action":{"type":"rate_limit","variant":"none"}}"#,
        #"{"match":{"every":11},"action":{"type":"rate_limit","variant":"date","retry_after":2}}"#)
      let clock = SkippingClock()
      stormy.settings.clock = clock
      let report = try stormy.sync()
      #expect(report.isClean)
      #expect(try stormy.digest() == expected)
      let count = try calm.standIn.requestCount() - before
      #expect(report.calls == count)
      // 300 in a minute, and a few at the begin at once.
      #expect(clock.now >= .seconds(60) * (count - 4) / 300)
    }
  }

  @Test("fetches a file again until it is whole, and keeps one (scenario 4)")
  func truncated() async throws {
    try await withSynced { synced in
      try synced.standIn.setFaults(
        """
        {"match":{"path_regex":"generated-files/.*/content","nth":[1,2]},
         "action":{"type":"truncate","bytes":100000}}
        """,
        """
        {"match":{"path_regex":"claude_file_01F/content","nth":1},"action":{"type":"corrupt"}}
        """)
      let report = try synced.sync()
      #expect(report.isClean && report.counts.blobs == 6)
      let contents = try synced.standIn.journal().filter { $0.path.hasSuffix("/content") }
      #expect(contents.filter { $0.path.contains("generated-files") }.count == 3)
      #expect(contents.filter { $0.path.contains("claude_file_01F") }.count == 2)
      let record = try #require(try synced.conversation("claude_chat_01T00001"))
      let files = try synced.store.read { try $0.files(of: record) }
      let path = synced.store.blobPath(try #require(files["claude_file_01F"]).digest)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("abc".utf8))
      let left = try FileManager.default.contentsOfDirectory(
        atPath: synced.store.folder + "/blobs")
      // The empty file, "abc", and four more.
      #expect(left.count == 6 && left.allSatisfy { $0.utf8.count == 64 })
    }
  }

  @Test("reads exactly the chat again that got a message (scenario 5)")
  func addedMessage() async throws {
    try await withSynced { synced in
      try synced.sync()
      try synced.pass(hours: 1)
      try synced.standIn.mutate(
        oneMoreMessage("one more zebra"),
        #"{"op":"rename","chat":"claude_chat_01T00003","name":"Renamed"}"#)
      let requests = try synced.standIn.requestCount()
      let report = try synced.sync()
      #expect(report.counts.updated == 0)
      let read = try synced.standIn.journal(from: requests).map(\.path)
        .filter { $0.hasSuffix("/messages") && $0.contains("/chats/") }
      #expect(read == ["/v1/compliance/apps/chats/claude_chat_01T00002/messages"])
      #expect(try synced.conversation("claude_chat_01T00002")?.itemCount == 6)
      #expect(try synced.unit("claude_chat_01T00002").items.count == 6)
    }
  }

  @Test("keeps what a user deletes at the source, records it, and alerts under a hold (scenario 6)")
  func deletedByUser() async throws {
    try await withSynced { synced in
      try synced.sync()
      let gaps = try synced.problems()
      try synced.store.change(as: SyncedStore.actor) { change in
        let matter = try change.createMatter(name: "Case")
        _ = try change.createHold(
          name: "H", in: matter,
          HoldDefinition(
            scope: Scope(custodians: [try change.catalog.custodian("Person 1").id.text])))
      }
      try synced.pass(hours: 1)
      try synced.standIn.mutate(
        #"{"op":"delete_by_user","chat":"claude_chat_01T00001"}"#,
        #"{"op":"delete_by_user","chat":"claude_chat_01T00003"}"#)
      let report = try synced.sync()
      #expect(report.deletions == 2 && report.counts.updated == 0)
      for id in ["claude_chat_01T00001", "claude_chat_01T00003"] {
        #expect(try synced.conversation(id)?.versionCount == 1)
      }
      #expect(try synced.unit("claude_chat_01T00001").title == "Chat 1")
      #expect(
        try synced.problems() == (gaps + ["DELETED_AT_SOURCE claude_chat_01T00001"]).sorted())
      let deleted = try synced.store.read { try $0.deletedObjects(of: synced.source) }
      #expect(
        deleted.map(\.nativeID).sorted() == [
          "claude_chat_01LOST", "claude_chat_01T00001", "claude_chat_01T00003",
        ])
      // And so it stays.
      #expect(try synced.sync().deletions == 0)
      #expect(try synced.conversation("claude_chat_01T00001")?.versionCount == 1)
    }
  }

  @Test(
    "shows a chat that was emptied before it was captured, and one that never came (scenario 7)")
  func deletedBefore() async throws {
    try await withSynced { synced in
      try synced.standIn.mutate(
        #"{"op":"delete_by_user","chat":"claude_chat_01T00001","at":"2026-05-20T00:00:00Z"}"#)
      try synced.sync()
      let unit = try synced.unit("claude_chat_01T00001")
      #expect(unit.items.count == 2)
      #expect(
        unit.items.allSatisfy {
          $0.provenance.text == "unavailable:deleted at source on 2026-05-20T00:00:00Z"
            && $0.flags.contains(.deletedAtSource)
        })
      #expect(
        try synced.problems() == [
          "MISSING_AT_SOURCE claude_chat_01LOST", "MISSING_AT_SOURCE claude_chat_01T00001",
        ])
    }
  }

  @Test("finds an activity that was indexed late by reading two days again (scenario 8)")
  func lateActivity() async throws {
    try await withSynced { synced in
      try synced.sync()
      try synced.pass(hours: 1)
      try synced.standIn.mutate(
        """
        {"op":"add","to":"activities","value":{"id":"activity_01LATE","type":"claude_chat_viewed",
         "created_at":"2026-06-01T12:10:00Z","visible_after":7200,
         "actor":{"type":"user_actor","user_id":"user_01TEST001"}}}
        """,
        """
        {"op":"add","to":"activities","value":{"id":"activity_01PROMPT","type":"claude_chat_viewed",
         "created_at":"2026-06-01T12:40:00Z",
         "actor":{"type":"user_actor","user_id":"user_01TEST001"}}}
        """)
      try synced.sync()
      #expect(try synced.conversation("activity_01PROMPT") != nil)
      #expect(try synced.conversation("activity_01LATE") == nil)
      try synced.pass(hours: 6)
      try synced.sync()
      #expect(try synced.conversation("activity_01LATE") == nil)
      try synced.pass(hours: 20)
      try synced.sync()
      #expect(try synced.conversation("activity_01LATE") != nil)
    }
  }

  @Test("begins a walk again whose cursor has expired, and stores nothing twice (scenario 9)")
  func expiredCursor() async throws {
    try await withSynced(pageCap: 1) { synced in
      try synced.standIn.setFaults(
        """
        {"match":{"path_regex":"sessions/local/.*/messages","nth":3},"action":{"type":"status",
         "status":400,"error_type":"invalid_request_error",
         "message":"The page cursor has expired. Start the listing again."}}
        """,
        """
        {"match":{"path_regex":"apps/chats$","nth":4},"action":{"type":"status","status":400,
         "error_type":"invalid_request_error","message":"The page cursor has expired."}}
        """)
      let report = try synced.sync()
      #expect(report.isClean, "\(report.endpoints)")
      #expect(try synced.unit("clls_01S").items.count == 3)
      #expect(report.counts.duplicates == 0)
      let asked = try synced.standIn.journal().filter {
        $0.path.hasPrefix("/v1/compliance/apps/chats/") && $0.path.hasSuffix("/messages")
          && !$0.query.contains("after_id")
      }
      #expect(Set(asked.map(\.path)).count == asked.count)
    }
  }

  @Test("names the scope that a key lacks, and collects the rest (scenario 10)")
  func missingScope() async throws {
    try await withSynced { synced in
      synced.key = "sk-ant-api01-test-feedonly-0123456789"
      let report = try synced.sync()
      #expect(!report.isClean)
      #expect(try synced.conversation("activity_01T00001") != nil)
      let denied = try synced.store.read { try $0.exceptions(ExceptionFilter(kind: .failure)) }
      #expect(denied.allSatisfy { $0.code == "PERMISSION_DENIED" })
      #expect(
        denied.contains {
          $0.path == "/apps/chats" && $0.detail.contains("read:compliance_user_data")
        })
      #expect(Set(denied.map(\.path)).isSuperset(of: ["/organizations", "/groups"]))
      // With the right key the exceptions stay on record, and everything comes.
      synced.key = ComplianceStandIn.key
      #expect(try synced.sync().isClean)
      #expect(try synced.conversation("claude_chat_01T00001") != nil)
    }
  }

  @Test(
    "stops with a wrong key, whatever the service calls it",
    arguments: [
      "sk-ant-api01-unknown-key-0123456789", "sk-ant-api01-test-inactive-0123456789",
      "sk-ant-admin01-unknown-0123456789",
    ])
  func wrongKey(key: String) async throws {
    try await withSynced { synced in
      synced.key = key
      let error = #expect(throws: ComplianceError.self) { try synced.sync() }
      #expect(error?.code == .key)
      #expect(error.map { !"\($0)".contains(key) } ?? false)
      let runs = try synced.store.read { try $0.runs() }
      #expect(runs.first?.state == .failed)
    }
  }

  @Test("writes the key nowhere, whatever repeats it")
  func repeatedKey() async throws {
    try await withSynced { synced in
      let key = synced.key
      let encoded = key.replacing("-", with: "%2D")
      let long = String(repeating: "x", count: 480)
      func fault(_ path: String, _ action: String) -> String {
        #"{"match":{"path_regex":"\#(path)"},"action":{\#(action)}}"#
      }
      try synced.standIn.setFaults(
        fault("apps/projects$", #""type":"status","status":403,"message":"\#(long)\#(key)""#),
        fault(
          "sessions/remote$",
          #""type":"redirect","location":"https://x.example/?\#(encoded)","#
            + #""headers":{"request-id":"req_\#(key)"}"#),
        fault("groups$", #""type":"status","status":404,"message":"no \#(encoded)""#),
        fault(
          "sessions/local$",
          #""type":"status","status":500,"message":"m","headers":{"x-should-retry":"false","#
            + #""request-id":"\#(encoded)"}"#),
        fault("code/artifacts$", #""type":"loop","cursor":"\#(key)""#))
      let report = try synced.sync()
      let details = try synced.store.read { try $0.exceptions() }.map(\.detail)
      #expect(report.endpoints.count { $0.outcome != .complete } == 5)
      #expect(details.contains { $0.contains("no sk%2Dant%2Dapi01%2D…6789") })
      #expect(details.contains { $0.contains("a cursor holds the key") })
      let folder = URL(fileURLWithPath: synced.store.folder)
      let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        .compactMap { try? Data(contentsOf: folder.appendingPathComponent($0)) }
      let parts = ["a cursor holds the key", "test-reader", "test%2Dreader"].map { part in
        files.contains { $0.range(of: Data(part.utf8)) != nil }
      }
      #expect(parts == [true, false, false])
    }
  }

  @Test("reads activities with a key that may read nothing else")
  func adminKey() async throws {
    try await withSynced { synced in
      synced.key = "sk-ant-admin01-test-admin-0123456789"
      let report = try synced.sync()
      #expect(!report.isClean)
      #expect(try synced.conversation("activity_01T00001") != nil)
    }
  }

  @Test("takes what it does not know, counts it and keeps it (scenario 12)")
  func unknownEverything() async throws {
    try await withSynced { synced in
      try synced.standIn.setFaults(#"{"match":{"method":"GET"},"action":{"type":"extra"}}"#)
      let report = try synced.sync()
      #expect(report.isClean && report.counts.exceptions == 0, "\(report.endpoints)")
      let chat = try synced.unit("claude_chat_01T00001")
      #expect(chat.items.allSatisfy { $0.flags.contains(.unknownBlock) })
      let text = String(decoding: chat.native, as: UTF8.self)
      #expect(text.contains(#""future_field": "kept as it stands""#))
      #expect(text.contains(#"{"type": "future_block", "payload": {"words": "unseen"}}"#))
      #expect(try synced.unit("clls_01S").items[1].provenance.text == "future_provenance")
      #expect(
        try synced.unit("activity_01T00001").accountID == "future_01"
          || synced.unit("activity_01T00001").accountID == "future_actor")
    }
  }

  @Test("never loops, and keeps what a broken list had", arguments: ["wrong_next", "loop"])
  func brokenLists(fault: String) async throws {
    try await withSynced(pageCap: 2) { synced in
      try synced.standIn.setFaults(
        #"{"match":{"path_regex":"apps/chats$","every":1},"action":{"type":"\#(fault)"}}"#,
        #"{"match":{"path_regex":"/users$","every":1},"action":{"type":"\#(fault)"}}"#)
      let report = try synced.sync()
      #expect(!report.isClean)
      #expect(try synced.problems(.failure).contains("SOURCE_ERROR "))
      #expect(try synced.conversation("claude_chat_01T00001") != nil)
      #expect(try synced.standIn.requestCount() < 120)
      try synced.standIn.setFaults()
      #expect(try synced.sync().isClean)
      #expect(try synced.conversation("claude_chat_01T00005") != nil)
    }
  }

  @Test("reads answers that come in small, empty, repeated or reordered pages")
  func oddPages() async throws {
    try await withTemporaryDirectory { folder in
      let plain = try SyncedStore(in: folder.appendingPathComponent("a"))
      defer { plain.standIn.stop() }
      try plain.sync()
      let odd = try SyncedStore(in: folder.appendingPathComponent("b")) { state in
        state["page_cap"] = 1
        state["empty_every"] = 3
      }
      defer { odd.standIn.stop() }
      try odd.standIn.setFaults(
        #"{"match":{"path_regex":"messages$|chats$|activities$"},"action":{"type":"duplicate"}}"#,
        #"{"match":{"every":2},"action":{"type":"gzip"}}"#)
      #expect(try odd.sync().isClean)
      // Cursors of the last page hold the size of pages; all else is the same.
      let content = try [plain, odd].map { synced in
        try synced.digest().filter { !$0.contains("activities.") && !$0.hasPrefix("chats ") }
      }
      #expect(content[0] == content[1])
    }
  }

  @Test(
    "asks again after damage on the way",
    arguments: [
      #"{"type":"bad_json"}"#, #"{"type":"bad_json","variant":"trailing"}"#,
      #"{"type":"bad_json","variant":"utf8"}"#, #"{"type":"reset"}"#,
      #"{"type":"truncate","bytes":20}"#,
      #"{"type":"unavailable","status":502}"#, #"{"type":"unavailable","status":529}"#,
      #"{"type":"internal"}"#, #"{"type":"status","status":503,"body":"empty"}"#,
    ])
  func damage(action: String) async throws {
    try await withSynced { synced in
      try synced.standIn.setFaults(#"{"match":{"every":4},"action":\#(action)}"#)
      let report = try synced.sync()
      #expect(report.isClean, "\(report.endpoints)")
      #expect(try synced.conversation("claude_chat_01T00005") != nil)
      #expect(report.counts.blobs == 6)
    }
  }

  @Test("gives up a call that fails for good, goes on, and mends it in the next run")
  func mended() async throws {
    try await withSynced { synced in
      try synced.standIn.setFaults(
        """
        {"match":{"path_regex":"01T00002/messages"},"action":{"type":"internal","final":true}}
        """,
        """
        {"match":{"path_regex":"claude_file_01E/content"},
         "action":{"type":"status","status":403}}
        """)
      let report = try synced.sync()
      #expect(!report.isClean)
      #expect(
        try synced.problems(.failure) == [
          "SOURCE_ERROR claude_chat_01T00002", "SOURCE_ERROR claude_file_01E",
        ])
      #expect(try synced.conversation("claude_chat_01T00002") == nil)
      try synced.standIn.setFaults()
      let second = try synced.sync()
      #expect(second.isClean)
      #expect(try synced.conversation("claude_chat_01T00002")?.itemCount == 5)
      let record = try #require(try synced.conversation("claude_chat_01T00003"))
      #expect(try synced.store.read { try $0.files(of: record) }["claude_file_01E"] != nil)
    }
  }

  @Test("follows no redirect, so that the key goes nowhere else")
  func redirect() async throws {
    try await withTemporaryDirectory { folder in
      let other = try ComplianceStandIn(in: folder.appendingPathComponent("other"))
      defer { other.stop() }
      let synced = try SyncedStore(in: folder)
      defer { synced.standIn.stop() }
      try synced.standIn.setFaults(
        """
        {"match":{"path_regex":"apps/"},
         "action":{"type":"redirect","location":"\(other.baseURL)/v1/compliance/apps/chats"}}
        """)
      #expect(try !synced.sync().isClean)
      #expect(try other.requestCount() == 0)
    }
  }

  @Test("keeps what it had fetched when it is stopped by hand")
  func stoppedByHand() async throws {
    try await withSynced { synced in
      struct Stop: Error {}
      #expect(throws: Stop.self) {
        try synced.sync { step in if step.hasPrefix("project") { throw Stop() } }
      }
      #expect(try synced.store.read { try $0.runs() }.first?.state == .interrupted)
      #expect(try synced.conversation("claude_chat_01T00001") != nil)
      let requests = try synced.standIn.requestCount()
      #expect(try synced.sync().isClean)
      let again = try synced.standIn.journal(from: requests).filter { $0.path.contains("/chats/") }
      #expect(again.allSatisfy { $0.path.contains("claude_file_01PF") })
    }
  }
}

/// Sends a number of requests and then no more, as if the process had ended there.
final class StoppingTransport: HTTPTransport {
  struct Stop: Error {}

  private let transport = CurlTransport()
  private let left: TestCounter

  init(after count: Int) { left = TestCounter(count) }

  func send(
    _ request: HTTPRequest, _ receive: @escaping BodyReceiver
  ) throws -> HTTPResponse {
    guard left.next() > 0 else { throw Stop() }
    return try transport.send(request, receive)
  }
}
