// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Store
import TestSupport
import Testing

/// What a list leaves out, and what comes otherwise than the service says.
@Suite("A sync of lists that skip")
struct SyncSkippedTests {
  private func asked(_ synced: SyncedStore, from count: Int, for id: String) throws -> Int {
    try synced.standIn.journal(from: count).count { $0.path.contains(id) }
  }

  @Test("reads a chat that its list skipped while others were deleted, once")
  func skippedChat() async throws {
    try await withSynced { synced in
      let id = "claude_chat_01T00003"
      try synced.standIn.setFaults(
        #"{"match":{"path_regex":"apps/chats$"},"action":{"type":"skip","id":"\#(id)"}}"#)
      let report = try synced.sync()
      #expect(report.isClean && report.counts.addUp)
      #expect(try synced.unit(id).items.count == 1)
      #expect(try !synced.problems().contains("MISSING_AT_SOURCE " + id))
      let record = try #require(try synced.conversation(id))
      #expect(try synced.store.read { try $0.files(of: record) }.keys.contains("claude_file_01E"))
      let count = try synced.standIn.requestCount()
      #expect(try synced.sync().isClean)
      #expect(try asked(synced, from: count, for: id) == 0)
      // Once the list has it, it is read as that tells.
      try synced.standIn.setFaults()
      try synced.standIn.mutate(
        """
        {"op":"add_message","chat":"\(id)","message":
         {"id":"claude_chat_msg_00003x0099","role":"user","created_at":"2026-06-01T12:30:00Z",
          "content":[{"type":"text","text":"one more"}]}}
        """)
      #expect(try synced.sync().isClean)
      #expect(try synced.unit(id).items.count == 2)
    }
  }

  @Test("asks once for a chat that is in no list and not there by its id, and tells of it")
  func absentChat() async throws {
    try await withSynced { synced in
      let id = "claude_chat_01T00003"
      try synced.standIn.mutate(#"{"op":"remove","from":"chats","id":"\#(id)"}"#)
      let count = try synced.standIn.requestCount()
      let report = try synced.sync()
      #expect(report.isClean && report.deletions == 1)
      #expect(try asked(synced, from: count, for: id) == 1)
      let gap = try synced.store.read { try $0.exceptions() }.first { $0.object == id }
      #expect(gap?.code == "MISSING_AT_SOURCE" && gap?.kind == .gap)
      #expect(gap?.detail.hasSuffix("nor is it there by its id") == true)
      let later = try synced.standIn.requestCount()
      try synced.sync()
      #expect(try asked(synced, from: later, for: id) == 0)
    }
  }

  @Test("asks again for a chat that no list had and that could not be read")
  func unreadableChat() async throws {
    try await withSynced { synced in
      let id = "claude_chat_01T00003"
      let skip = #"{"match":{"path_regex":"apps/chats$"},"action":{"type":"skip","id":"\#(id)"}}"#
      try synced.standIn.setFaults(
        skip,
        #"{"match":{"path_regex":"\#(id)/messages"},"action":{"type":"internal","final":true}}"#)
      #expect(try !synced.sync().isClean)
      #expect(try synced.problems(.failure) == ["SOURCE_ERROR " + id])
      #expect(try synced.problems(.gap).contains("MISSING_AT_SOURCE " + id))
      try synced.standIn.setFaults(skip)
      #expect(try synced.sync().isClean)
      #expect(try synced.unit(id).items.count == 1)
    }
  }

  @Test("counts the pages of the list of Code artifacts once though it is read twice")
  func secondWalk() async throws {
    try await withSynced { synced in
      try synced.standIn.mutate(
        """
        {"op":"set","in":"code_artifacts","id":"cart_01C","value":{"versions":[
         {"id":"cartv_09","name":"Lost page","created_at":"2026-05-12T09:05:00Z"}]}}
        """)
      let count = try synced.standIn.requestCount()
      let report = try synced.sync()
      let lists = try synced.standIn.journal(from: count)
        .count { $0.path.hasSuffix("/code/artifacts") }
      #expect(lists == 2)
      let endpoint = try #require(report.endpoints.first { $0.endpoint == "/apps/code/artifacts" })
      #expect(endpoint.pageCount == 1 && endpoint.recordCount == 1)
    }
  }

  @Test("takes the text of an artifact again that has another MD5 than the service tells of it")
  func damagedArtifact() async throws {
    try await withSynced { synced in
      try synced.standIn.setFaults(
        """
        {"match":{"path_regex":"artifacts/.*/content$","nth":1},"action":{"type":"corrupt","at":15}}
        """)
      #expect(try synced.sync().isClean)
      let files = try synced.unit("claude_chat_01T00001").items.flatMap(\.files)
      #expect(files.contains { $0.text == "# Offer\n\nbudget clause" })
    }
  }

  @Test("keeps the text of an artifact whose MD5 stays another one, with an exception")
  func otherArtifact() async throws {
    try await withSynced { synced in
      try synced.standIn.setFaults(
        #"{"match":{"path_regex":"artifacts/.*/content$"},"action":{"type":"corrupt","at":15}}"#)
      let report = try synced.sync()
      #expect(!report.isClean && report.counts.addUp)
      #expect(try synced.problems(.failure) == ["HASH_MISMATCH claude_artifact_version_01R1"])
      let files = try synced.unit("claude_chat_01T00001").items.flatMap(\.files)
      #expect(files.contains { $0.text == "# Nffer\n\nbudget clause" })
    }
  }
}
