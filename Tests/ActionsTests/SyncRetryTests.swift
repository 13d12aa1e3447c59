// SPDX-License-Identifier: Apache-2.0
import Actions
import Capture
import Foundation
import Model
import Store
import TestSupport
import Testing

/// What fails once is read again, also where no list has it any more.
@Suite("A sync after a failure", .serialized)
struct SyncRetryTests {
  /// A store and its service, whose fixture gets other members, and has records that do not tell when
  /// they changed.
  private func withSynced(
    state: [String: Any] = [:], timeless: [String] = [], _ body: (SyncedStore) throws -> Void
  ) async throws {
    func change(_ fixture: inout [String: Any]) {
      fixture.merge(state) { $1 }
      for list in ["chats", "local_sessions"] {
        var records = fixture[list] as? [[String: Any]] ?? []
        for (index, record) in records.enumerated() {
          guard let id = record["id"] as? String, timeless.contains(id) else { continue }
          records[index]["updated_at"] = nil
        }
        fixture[list] = records
      }
    }
    try await ActionsTests.withSynced(changes: change, body)
  }

  private static func failure(_ path: String) -> String {
    #"{"match":{"path_regex":"\#(path)"},"action":{"type":"internal","final":true}}"#
  }

  /// Paths of requests from a number on, below the service's root.
  private func paths(_ synced: SyncedStore, from first: Int) throws -> [String] {
    try synced.standIn.journal(from: first).map { $0.path.replacing("/v1/compliance", with: "") }
  }

  @Test("reads a known chat that changed and failed")
  func changedChat() async throws {
    try await withSynced { synced in
      try synced.sync()
      try synced.pass(hours: 1)
      try synced.standIn.mutate(oneMoreMessage("one more"))
      try synced.standIn.setFaults(Self.failure("01T00002/messages"))
      #expect(try !synced.sync().isClean)
      #expect(try synced.conversation("claude_chat_01T00002")?.itemCount == 5)
      try synced.standIn.setFaults()
      #expect(try synced.sync().isClean)
      #expect(try synced.conversation("claude_chat_01T00002")?.itemCount == 6)
      // Once is enough.
      let requests = try synced.standIn.requestCount()
      #expect(try synced.sync().isClean)
      #expect(try !paths(synced, from: requests).contains { $0.hasPrefix("/apps/chats/") })
    }
  }

  @Test("reads a chat that failed and was deleted at the source meanwhile, while it can")
  func deletedChat() async throws {
    try await withSynced(state: ["deleted_style": "older"]) { synced in
      try synced.standIn.mutate(
        #"{"op":"delete_by_user","chat":"claude_chat_01T00004","at":"2026-05-20T00:00:00Z"}"#)
      try synced.standIn.setFaults(Self.failure("01T00004/messages"))
      #expect(try !synced.sync().isClean)
      #expect(try synced.conversation("claude_chat_01T00004") == nil)
      try synced.standIn.setFaults()
      #expect(try synced.sync().isClean)
      #expect(try synced.conversation("claude_chat_01T00004")?.itemCount == 1)
      #expect(
        try synced.unit("claude_chat_01T00004").items.first?.blocks.first?.text == "never mind")
      // Gone for good, it is asked for once more and then never again.
      try synced.standIn.setFaults(Self.failure("01T00003/messages"))
      try synced.standIn.mutate(
        #"{"op":"delete_by_user","chat":"claude_chat_01T00003","at":"2026-06-01T11:00:00Z"}"#)
      #expect(try !synced.sync().isClean)
      try synced.standIn.setFaults()
      try synced.standIn.mutate(#"{"op":"remove","from":"chats","id":"claude_chat_01T00003"}"#)
      var asked: [Int] = []
      for _ in 1...2 {
        let requests = try synced.standIn.requestCount()
        #expect(try synced.sync().isClean)
        asked.append(
          try paths(synced, from: requests).count { $0.hasPrefix("/apps/chats/claude_chat_01T") })
      }
      #expect(asked == [1, 0])
    }
  }

  @Test("fetches the text of an artifact that failed, though its chat does not change")
  func artifact() async throws {
    try await withSynced { synced in
      func text() throws -> String? {
        try synced.unit("claude_chat_01T00001").items[1].files.first { $0.kind == .artifact }?.text
      }
      try synced.standIn.setFaults(Self.failure("artifacts/.*/content"))
      #expect(try !synced.sync().isClean)
      #expect(try text() == nil)
      try synced.standIn.setFaults()
      #expect(try synced.sync().isClean)
      #expect(try text() == "# Offer\n\nbudget clause")
      let requests = try synced.standIn.requestCount()
      #expect(try synced.sync().isClean)
      #expect(
        try !paths(synced, from: requests).contains {
          $0.hasPrefix("/apps/chats/") || $0.hasPrefix("/apps/artifacts/")
        })
    }
  }

  @Test("asks once for the text of an artifact that is gone")
  func goneArtifact() async throws {
    try await withSynced(state: ["artifact_text": [String: Any]()]) { synced in
      #expect(try synced.sync().isClean)
      let requests = try synced.standIn.requestCount()
      #expect(try synced.sync().isClean)
      #expect(try !paths(synced, from: requests).contains { $0.hasPrefix("/apps/chats/") })
    }
  }

  @Test("reads a chat each time of which the list does not tell when it changed")
  func withoutTime() async throws {
    try await withSynced(timeless: ["claude_chat_01T00004"]) { synced in
      #expect(try synced.sync().isClean)
      for (number, words) in ["second words", "third words"].enumerated() {
        try synced.standIn.mutate(
          """
          {"op":"set","in":"chats","id":"claude_chat_01T00004","value":{"messages":[
           {"id":"claude_chat_msg_00004x0000","role":"user","created_at":"2026-05-04T09:00:00Z",
            "content":[{"type":"text","text":"\(words)"}]}]}}
          """)
        let requests = try synced.standIn.requestCount()
        #expect(try synced.sync().isClean)
        #expect(
          try paths(synced, from: requests).filter { $0.hasPrefix("/apps/chats/") }
            == ["/apps/chats/claude_chat_01T00004/messages"])
        let unit = try synced.unit("claude_chat_01T00004")
        #expect(unit.items.first?.blocks.first?.text == words)
        #expect(try synced.conversation("claude_chat_01T00004")?.versionCount == number + 2)
      }
    }
  }

  @Test(
    "reads an old local session that failed, also where the list does not tell when it changed",
    arguments: [true, false])
  func localSession(tellsTime: Bool) async throws {
    try await withSynced(timeless: tellsTime ? [] : ["clls_01S"]) { synced in
      try synced.standIn.setFaults(Self.failure("clls_01S/messages"))
      #expect(try !synced.sync().isClean)
      #expect(try synced.problems(.failure) == ["SOURCE_ERROR clls_01S"])
      #expect(try synced.conversation("clls_01S") == nil)
      try synced.standIn.setFaults()
      try synced.pass(hours: 100)
      #expect(try synced.sync().isClean)
      #expect(try synced.conversation("clls_01S")?.itemCount == 3)
      // From then on only what changed since is listed.
      let requests = try synced.standIn.requestCount()
      #expect(try synced.sync().isClean)
      let asked = try synced.standIn.journal(from: requests)
        .filter { $0.path.hasSuffix("/sessions/local") }
      #expect(asked.count == 1 && asked[0].query.contains("updated_at.gte=2026-06-04"))
    }
  }

  /// Lists and chats whose pages do not say whether they are the last.
  static let unclear = ["activities$", "apps/chats$", "01T00002/messages$"].flatMap { path in
    [#","value":"true""#, ""].map { (path: path, value: $0) }
  }

  @Test("takes no page for the last one that does not say so", arguments: unclear)
  func unclearEnd(path: String, value: String) async throws {
    try await withSynced(state: ["page_cap": 2]) { synced in
      try synced.standIn.setFaults(
        """
        {"match":{"path_regex":"\(path)","nth":1},"action":{"type":"has_more"\(value)}}
        """)
      #expect(try !synced.sync().isClean)
      #expect(try synced.problems(.failure).allSatisfy { $0.hasPrefix("SOURCE_ERROR") })
      try synced.standIn.setFaults()
      #expect(try synced.sync().isClean)
      for number in 1...5 {
        let unit = try synced.unit("claude_chat_01T0000\(number)")
        #expect(unit.items.count == [2, 5, 1, 1, 1][number - 1])
      }
      for number in 1...10 {
        let id = "activity_01T000" + (number < 10 ? "0" : "") + String(number)
        #expect(try synced.conversation(id) != nil, "\(id)")
      }
    }
  }
}
