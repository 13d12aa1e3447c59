// SPDX-License-Identifier: Apache-2.0
import Actions
import Capture
import Foundation
import Model
import Query
import Store
import TestSupport
import Testing

@Suite("An import of logged calls")
struct CallImportTests {
  private static let actor = AuditActor.current(program: "test", command: "test")

  private func call(_ prompt: String) -> String {
    #"{"request":{"url":"/v1/messages","headers":{"x-session-id":"s"},"body":{"model":"m","#
      + #""metadata":{"user_id":"ada"},"messages":[{"role":"user","content":"\#(prompt)"}]}},"#
      + #""response":{"body":{"id":"msg_1","type":"message","role":"assistant","#
      + #""content":[{"type":"text","text":"Hi"}]}},"started_at":"2026-05-05T08:00:00Z"}"#
  }

  /// Imports lines as a file of their own, after a rehearsal that must tell the same.
  private func run(_ lines: [String], in folder: URL, _ store: Store) throws -> ImportReport {
    let file = folder.appendingPathComponent("calls.jsonl")
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
    let action = ImportAction(store: store, actor: Self.actor)
    let rehearsed = try action.rehearse([file.path])
    let report = try action.run([file.path])
    #expect(report.counts == rehearsed.counts)
    #expect(report.counts.addUp)
    return report
  }

  private func hits(_ store: Store) throws -> [SearchHit] {
    var found: [SearchHit] = []
    try Searcher(store).forEachHit(.all) { hit in
      found.append(hit)
      return true
    }
    return found
  }

  /// Prompts with the answers that follow them, as a search finds them and as they are shown.
  private func exchanges(_ store: Store) throws -> (found: Set<String>, shown: Set<String>) {
    var found: Set<String> = []
    var shown: Set<String> = []
    let records = try store.read { catalog in
      try catalog.conversationKeys().map { try catalog.conversation(key: $0) }
    }
    let natives = try NativeReader(store)
    for record in records {
      let unit = try CaptureRoutes.parse(
        try (1...record.versionCount).map { try natives.native(of: record, version: $0) },
        kind: record.kind, route: record.route, nativeID: record.nativeID)
      for (index, item) in unit.items.enumerated() {
        let id = ObjectID.item(
          route: record.route, conversationID: record.nativeID,
          itemID: item.nativeID ?? String(index))
        shown.insert(id.text + " " + item.readingText)
      }
    }
    for hit in try hits(store) { found.insert(hit.id.text + " " + hit.body) }
    return (found, shown)
  }

  @Test(
    "stores a prompt that comes later with the id and response of another one apart from it",
    arguments: [["Hello", "Pay Eve"], ["Pay Eve", "Hello"]], [1, 2])
  func laterPrompt(prompts: [String], batchCount: Int) async throws {
    try await withTemporaryDirectory { folder in
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor)
      let batches =
        batchCount == 1 ? [prompts.map(call)] : prompts.map { [call($0)] }
      for batch in batches {
        let counts = try run(batch, in: folder, store).counts
        #expect(counts.stored == batch.count && counts.updated == 0 && counts.duplicates == 0)
      }
      for lines in [prompts.map(call), prompts.reversed().map(call)] {
        let again = try run(lines, in: folder, store).counts
        #expect(again.duplicates == 2 && again.stored == 0 && again.updated == 0)
      }
      #expect(try hits(store).filter { $0.kind == "prompt" }.count == 2)
      #expect(try hits(store).filter { $0.kind == "response" }.count == 2)
      let (found, shown) = try exchanges(store)
      #expect(found == shown && found.count == 4)
    }
  }

  private func conversationCount(_ store: Store) throws -> Int {
    let keys = try store.read { try $0.conversationKeys() }
    return keys.count
  }

  @Test("goes on with the conversation of a session by what was captured before")
  func laterCalls() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor)
      #expect(try run([call("One")], in: folder, store).counts.stored == 1)
      let next = call("Two").replacingOccurrences(of: "msg_1", with: "msg_2")
      let second = try run([next], in: folder, store).counts
      #expect(second.stored == 1)
      #expect(try conversationCount(store) == 1)
      // The answer of a call that was told otherwise is a further version.
      let told = call("One").replacingOccurrences(of: #""text":"Hi""#, with: #""text": "Hi""#)
      let third = try run([told], in: folder, store).counts
      #expect(third.updated == 1)
      #expect(try conversationCount(store) == 1)
    }
  }

  @Test("keeps what cannot be read and what is not read, and brings it once")
  func keepsUnread() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor)
      let lines = [
        call("Hello"), #"{"request":{"body":{"messages":[{"role":"user","content":"lost wor"#,
        #"{"request":{"url":"/v1/messages/count_tokens","body":{"messages":[]}},"response":{}}"#,
      ]
      let report = try run(lines, in: folder, store)
      #expect(report.counts.stored == 1)
      #expect(report.counts.exceptions == 1)
      #expect(report.counts.skipped == 1)
      #expect(report.counts.conversations == 3)
      let kept = try hits(store).filter { $0.kind == "system" }
      let beginnings = Set(kept.map { $0.nativeConversationID.prefix(7) })
      #expect(beginnings == ["unreada", "sha256-"])
      #expect(kept.contains { $0.body.contains("lost wor") })
      let again = try run(lines, in: folder, store)
      #expect(again.counts.stored == 0)
      #expect(again.counts.updated == 0)
      #expect(try hits(store).count == kept.count + 2)
      #expect(try store.read { try $0.exceptionCount(ExceptionFilter(kind: .failure)) } == 1)
    }
  }
}
