// SPDX-License-Identifier: Apache-2.0
import Actions
import Capture
import Foundation
import Model
import Query
import Store
import TestSupport
import Testing

/// What a sync does about a service that changes its mind.
@Suite("A sync that goes on")
struct SyncMendingTests {
  @Test("reads lists from their beginning where that is asked for, and stores nothing twice")
  func restart() async throws {
    try await withSynced { synced in
      try synced.sync()
      func paths(_ list: String) throws -> [String] {
        let count = try synced.standIn.requestCount()
        let counts = try synced.sync().counts
        #expect(counts.stored == 0 && counts.updated == 0 && counts.addUp)
        return try synced.standIn.journal(from: count).filter { $0.path.hasSuffix(list) }
          .map(\.query)
      }
      let resumed = try paths("/apps/chats") + paths("/activities")
      #expect(!resumed.isEmpty && resumed.allSatisfy { $0.contains("_id=") })
      synced.settings.restarts = true
      for list in ["/apps/chats", "/activities"] {
        let first = try #require(try paths(list).first)
        #expect(!first.contains("_id="))
      }
      synced.settings.restarts = false
      let after = try paths("/apps/chats")
      #expect(!after.isEmpty && after.allSatisfy { $0.contains("_id=") })
    }
  }

  @Test("gives a file that comes late to every chat that has it")
  func sharedFile() async throws {
    try await withSynced { synced in
      try synced.standIn.setFaults(
        """
        {"match":{"path_regex":"claude_file_01F/content"},
         "action":{"type":"internal","final":true}}
        """)
      #expect(try !synced.sync().isClean)
      try synced.standIn.setFaults()
      let second = try synced.sync()
      #expect(second.isClean && second.counts.blobs == 1)
      for id in ["claude_chat_01T00001", "claude_chat_01T00003"] {
        let record = try #require(try synced.conversation(id))
        #expect(try synced.store.read { try $0.files(of: record) }["claude_file_01F"] != nil)
      }
    }
  }

  @Test("fetches a file again that went with a purged chat while another chat was read")
  func fileLostMeanwhile() async throws {
    try await withTemporaryDirectory { folder in
      let synced = try SyncedStore(in: folder) { state in
        var bytes = state["file_bytes"] as? [String: Any] ?? [:]
        bytes["claude_file_01N"] = ["base64": Data("new".utf8).base64EncodedString()]
        state["file_bytes"] = bytes
      }
      defer { synced.standIn.stop() }
      synced.settings.concurrency = 1
      try synced.sync()
      let store = synced.store
      let compiled = try store.read { catalog in
        try QueryCompiler.compile(
          "abc", options: QueryOptions(clock: store.now), directory: catalog.directory)
      }
      var task = PlanAction.Task()
      task.request = (
        PlanRequest(query: "abc", normalForm: try compiled.normalForm.unwrapped, reason: "asked"),
        RetentionPlanner.Request(node: try compiled.node.unwrapped, reason: "asked")
      )
      let plan = try PlanAction(store: store, actor: SyncedStore.actor)
        .plan(task, isRehearsed: false).plan.unwrapped
      #expect(plan.counts.due == 2)
      try synced.pass(hours: 1)
      try synced.standIn.mutate(
        """
        {"op":"add_message","chat":"claude_chat_01T00004","message":{"id":"m-new","role":"user",
        "created_at":"2026-06-01T12:30:00Z","content":[{"type":"text","text":"see the files"}],
        "files":[{"id":"claude_file_01F","filename":"a.csv","created_at":"2026-06-01T12:30:00Z"},
        {"id":"claude_file_01N","filename":"n.txt","created_at":"2026-06-01T12:30:00Z"}]}}
        """)
      try synced.pass(hours: 1)
      // The first file is here when the second one is fetched, and goes then.
      synced.settings.makeTransport = {
        HookedTransport(at: "claude_file_01N/content") {
          _ = try RunAction(store: store, actor: SyncedStore.actor).run(plan, confirmedCount: 2)
        }
      }
      let chat = "claude_chat_01T00004"
      let id = ObjectID.conversation(route: ComplianceAPI.route, nativeID: chat)
      func files() throws -> [String] {
        try store.read { catalog in
          guard let record = try catalog.conversationIfPresent(id) else { return [] }
          return try catalog.files(of: record).keys.sorted()
        }
      }
      let gaps = try synced.problems(.gap)
      try synced.sync()
      #expect(try synced.conversation("claude_chat_01T00001") == nil)
      #expect(try files() == ["claude_file_01N"])
      #expect(
        try Set(synced.problems(.gap)).subtracting(gaps) == ["FILE_NOT_CAPTURED claude_file_01F"])
      synced.settings.makeTransport = { CurlTransport() }
      try synced.sync()
      #expect(try files() == ["claude_file_01F", "claude_file_01N"])
      let requests = try synced.standIn.requestCount()
      try synced.sync()
      #expect(try !synced.standIn.journal(from: requests).contains { $0.path.contains(chat) })
    }
  }

  @Test(
    "begins a walk again whose stored position the service refuses",
    arguments: [
      "activities$", "apps/chats$",
    ])
  func refusedPosition(path: String) async throws {
    try await withSynced { synced in
      try synced.sync()
      let before = try synced.digest()
      try synced.standIn.setFaults(
        """
        {"match":{"path_regex":"\(path)","nth":1},"action":{"type":"status","status":400,
         "error_type":"invalid_request_error","message":"Invalid pagination cursor for 'after_id'"}}
        """)
      let requests = try synced.standIn.requestCount()
      let report = try synced.sync()
      #expect(report.isClean && report.counts.stored == 0 && report.counts.updated == 0)
      let asked = try synced.standIn.journal(from: requests)
      #expect(!asked.contains { $0.path.hasSuffix("/messages") && $0.path.contains("/chats/") })
      #expect(try synced.digest() == before)
    }
  }

  @Test("goes on although some chats can never be read")
  func unreadable() async throws {
    try await withSynced { synced in
      try synced.standIn.setFaults(
        """
        {"match":{"path_regex":"chats/claude_chat_01T0000[1-4]/messages"},
         "action":{"type":"internal","final":true}}
        """)
      #expect(try !synced.sync().isClean)
      try synced.pass(hours: 1)
      try synced.standIn.mutate(
        """
        {"op":"add_message","chat":"claude_chat_01T00005","message":
         {"id":"claude_chat_msg_00005x0099","role":"user","created_at":"2026-06-01T12:30:00Z",
          "content":[{"type":"text","text":"one more"}]}}
        """)
      #expect(try !synced.sync().isClean)
      #expect(try synced.conversation("claude_chat_01T00005")?.itemCount == 2)
      #expect(try synced.problems(.failure).count == 4)
      // Single chats are exceptions; the source as such was captured.
      #expect(try synced.store.read { try $0.lastCompleteRun(of: synced.source) } != nil)
    }
  }

  @Test("reads a chat in pages that is too large for one answer")
  func largeChat() async throws {
    try await withSynced { synced in
      let long = String(repeating: "budget ", count: 4000)
      for number in 1...3 {
        try synced.standIn.mutate(
          """
          {"op":"add_message","chat":"claude_chat_01T00002","message":
           {"id":"claude_chat_msg_00002x009\(number)","role":"user",
            "created_at":"2026-05-02T12:3\(number):00Z",
            "content":[{"type":"text","text":"\(long)\(number)"}]}}
          """)
      }
      synced.settings.patience.answerByteLimit = 50_000
      #expect(try synced.sync().isClean)
      let unit = try synced.unit("claude_chat_01T00002")
      #expect(unit.items.count == 8)
      #expect(unit.items.last?.blocks.first?.text == long + "3")
      // Read at once, it is the same record.
      synced.settings.patience.answerByteLimit = 64 << 20
      try synced.standIn.mutate(#"{"op":"touch","chat":"claude_chat_01T00002"}"#)
      #expect(try synced.sync().counts.updated == 0)
    }
  }

  @Test("is no complete capture where a list could not be read")
  func brokenList() async throws {
    try await withSynced { synced in
      try synced.standIn.setFaults(
        #"{"match":{"path_regex":"apps/projects$"},"action":{"type":"internal","final":true}}"#)
      #expect(try !synced.sync().isClean)
      #expect(try synced.store.read { try $0.lastCompleteRun(of: synced.source) } == nil)
    }
  }

  @Test("takes an answer that names nothing for no wrong key once the key was good")
  func bareNotFound() async throws {
    try await withSynced { synced in
      try synced.standIn.setFaults(
        """
        {"match":{"path_regex":"sessions/remote$"},"action":{"type":"status","status":404,
         "error_type":"not_found_error","message":"Not found"}}
        """)
      let report = try synced.sync()
      #expect(!report.isClean)
      #expect(
        report.endpoints.filter { $0.outcome == .failed }.map(\.endpoint) == [
          "/apps/sessions/remote"
        ])
      #expect(try synced.conversation("cart_01C") != nil)
    }
  }

  @Test(
    "ends soon where the service does not answer, from the begin or in the middle",
    arguments: [
      #"{}"#, #"{"path_regex":"/messages"}"#,
    ])
  func unreachable(match: String) async throws {
    try await withSynced { synced in
      try synced.standIn.setFaults(#"{"match":\#(match),"action":{"type":"reset"}}"#)
      let requests = try synced.standIn.requestCount()
      let error = #expect(throws: ComplianceError.self) { try synced.sync() }
      #expect(error?.code == .unreachable)
      #expect(error?.message.contains(synced.standIn.baseURL) == true)
      let failed = try synced.standIn.journal(from: requests).filter { !$0.fault.isEmpty }
      let tries = synced.settings.patience.tries
      // Calls on other threads are still being tried when the fourth ends.
      #expect(failed.count <= (match == "{}" ? tries : (4 + 3) * tries))
      #expect(try synced.store.read { try $0.runs() }.first?.state == .failed)
      try synced.standIn.setFaults()
      #expect(try synced.sync().isClean)
    }
  }

  @Test("asks again what takes too long, and lets a download take its time")
  func slow() async throws {
    try await withSynced { synced in
      try synced.standIn.setFaults(
        """
        {"match":{"path_regex":"apps/chats$","nth":1},
         "action":{"type":"delay","milliseconds":2500}}
        """,
        """
        {"match":{"path_regex":"generated-files/.*/content","nth":1},
         "action":{"type":"delay","between":500}}
        """,
        """
        {"match":{"path_regex":"claude_file_01PF/content","nth":1},
         "action":{"type":"delay","between":12000}}
        """)
      synced.settings.patience.callLimit = .seconds(1)
      synced.settings.patience.idleLimit = .seconds(1)
      let begin = ContinuousClock.now
      let report = try synced.sync()
      #expect(report.isClean && report.counts.blobs == 6)
      #expect(ContinuousClock.now - begin < .seconds(24))
      let paths = try synced.standIn.journal().map(\.path)
      #expect(paths.count { $0.hasSuffix("/apps/chats") } == 2)
      #expect(paths.count { $0.hasSuffix("claude_gen_file_01G/content") } == 1)
      #expect(paths.count { $0.hasSuffix("claude_file_01PF/content") } == 2)
    }
  }

  @Test("takes what the service does not offer for a gap, and for no failure")
  func absent() async throws {
    try await withSynced { synced in
      try synced.standIn.setFaults(
        """
        {"match":{"path_regex":"sessions/local$"},"action":{"type":"status","status":404,
         "error_type":"not_found_error","message":"Local sessions are not available."}}
        """)
      let report = try synced.sync()
      #expect(report.isClean)
      #expect(
        try synced.problems(.gap) == ["MISSING_AT_SOURCE ", "MISSING_AT_SOURCE claude_chat_01LOST"])
    }
  }

  @Test("takes no answer for a deletion that does not name the object")
  func notOffered() async throws {
    try await withSynced { synced in
      func fault(_ path: String, _ action: String) -> String {
        #"{"match":{"path_regex":"\#(path)"},"action":{"type":"status","status":404,\#(action)}}"#
      }
      let off = #""message":"Local sessions are not available.""#
      try synced.standIn.setFaults(
        fault("sessions/local/.*/messages", off), fault("sessions/remote/.*/messages", off),
        fault("chats/claude_chat_01T00001/messages", #""body":"html""#),
        fault("claude_file_01PF/content", #""body":"empty""#))
      let report = try synced.sync()
      #expect(!report.isClean)
      let ids = ["claude_chat_01T00001", "claude_file_01PF", "clls_01S", "cse_01R"]
      let deleted = try synced.store.read { try $0.deletedObjects(of: synced.source) }
      #expect(deleted.allSatisfy { !ids.contains($0.nativeID) })
      #expect(
        try synced.problems(.failure) == ids.map { "SOURCE_ERROR " + $0 })
      try synced.standIn.setFaults()
      #expect(try synced.sync().isClean)
      for id in ["clls_01S", "cse_01R", "claude_chat_01T00001"] {
        #expect(try synced.conversation(id) != nil)
      }
    }
  }

  @Test("takes nobody for the owner of a chat who only looked at it")
  func viewedChat() async throws {
    try await withSynced { synced in
      try synced.standIn.mutate(
        """
        {"op":"add","to":"activities","value":{"id":"activity_01SEEN","type":"claude_chat_viewed",
         "created_at":"2026-05-06T09:00:00Z","claude_chat_id":"claude_chat_01ELSE",
         "actor":{"type":"user_actor","user_id":"user_01TEST002"}}}
        """)
      try synced.sync()
      let gap = try synced.store.read { try $0.exceptions() }
        .first { $0.object == "claude_chat_01ELSE" }
      #expect(gap?.detail.contains("user_01TEST002") == false)
    }
  }

  @Test("keeps what is here of a chat that is deleted after its list was read")
  func deletedMeanwhile() async throws {
    try await withSynced { synced in
      let id = "claude_chat_01T00002"
      try synced.sync()
      let before = try synced.unit(id)
      try synced.pass(hours: 1)
      try synced.standIn.mutate(#"{"op":"touch","chat":"\#(id)"}"#)
      let standIn = synced.standIn
      synced.settings.makeTransport = {
        HookedTransport(at: id + "/messages") {
          try standIn.mutate(#"{"op":"delete_by_user","chat":"\#(id)"}"#)
        }
      }
      let report = try synced.sync()
      #expect(report.deletions == 1 && report.counts.updated == 0)
      #expect(try synced.conversation(id)?.versionCount == 1)
      #expect(try synced.unit(id).native == before.native)
      let deleted = try synced.store.read { try $0.deletedObjects(of: synced.source) }
      #expect(deleted.contains { $0.nativeID == id })
    }
  }

  @Test("checks a file against the digest of its first listing, whichever run fetches it")
  func damagedFile() async throws {
    try await withSynced { synced in
      // Of two chats with the file, the one that is read first tells its digest.
      synced.settings.concurrency = 1
      try synced.standIn.setFaults(
        """
        {"match":{"path_regex":"claude_file_01F/content"},
         "action":{"type":"corrupt","silent":true}}
        """)
      for _ in 1...2 {
        #expect(try !synced.sync().isClean)
        #expect(try synced.problems(.failure) == ["HASH_MISMATCH claude_file_01F"])
        #expect(try !synced.store.read { try $0.hasFile("claude_file_01F", of: synced.source) })
      }
      try synced.standIn.setFaults()
      #expect(try synced.sync().isClean)
      #expect(try synced.store.read { try $0.hasFile("claude_file_01F", of: synced.source) })
    }
  }

  @Test("records projects, sessions and pages that vanish, and alerts under a hold")
  func vanished() async throws {
    try await withSynced { synced in
      try synced.sync()
      try synced.store.change(as: SyncedStore.actor) { change in
        let matter = try change.createMatter(name: "Case")
        _ = try change.createHold(
          name: "H", in: matter, HoldDefinition(scope: Scope(everyone: true)))
      }
      try synced.standIn.mutate(
        #"{"op":"remove","from":"remote_sessions","id":"cse_01R"}"#,
        #"{"op":"remove","from":"projects","id":"claude_proj_01P"}"#,
        #"{"op":"remove","from":"local_sessions","id":"clls_01S"}"#)
      let report = try synced.sync()
      // Local sessions age out of their list: it proves nothing.
      #expect(report.deletions == 2 && report.isClean)
      #expect(
        try synced.problems(.gap).filter { $0.hasPrefix("DELETED") } == [
          "DELETED_AT_SOURCE claude_proj_01P", "DELETED_AT_SOURCE cse_01R",
        ])
      #expect(try synced.unit("cse_01R").items.count == 2)
      #expect(try synced.sync().deletions == 0)
    }
  }

  @Test("finds the shortest period after which a source deletes")
  func retention() async throws {
    try await withSynced { synced in
      try synced.sync()
      let everything = try synced.store.read { try $0.shortestRetention(of: synced.source) }
      #expect(everything?.words == "everything after 90 days")
      try synced.standIn.mutate(
        """
        {"op":"put","in":"settings","key":"66666666-7777-4888-8999-aaaaaaaaaaaa","value":
         {"settings":[{"name":"data_retention","type":"data_retention","value":
          {"chat":{"type":"fixed","duration":1,"timescale":"month"},
           "project":{"type":"indefinite"}}}],"api_keys":[]}}
        """)
      try synced.sync()
      let chats = try synced.store.read { try $0.shortestRetention(of: synced.source) }
      #expect(chats?.words == "what it calls chat after 1 month")
      try synced.standIn.mutate(
        """
        {"op":"put","in":"settings","key":"66666666-7777-4888-8999-aaaaaaaaaaaa","value":
         {"settings":[],"api_keys":[]}}
        """,
        """
        {"op":"put","in":"settings","key":"11111111-2222-4333-8444-555555555555","value":
         {"settings":[{"name":"data_retention","type":"data_retention","value":
          {"all":{"type":"indefinite"}}}],"api_keys":[]}}
        """)
      try synced.sync()
      #expect(try synced.store.read { try $0.shortestRetention(of: synced.source) } == nil)
    }
  }
}
