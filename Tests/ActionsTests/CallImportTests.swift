// SPDX-License-Identifier: Apache-2.0
import Actions
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

  @Test("stores a prompt that comes later with the id and response of another one as a version")
  func laterPrompt() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor)
      #expect(try run([call("Hello")], in: folder, store).counts.stored == 1)
      let later = try run([call("Pay Eve")], in: folder, store)
      #expect(later.counts.updated == 1)
      #expect(later.counts.duplicates == 0)
      let again = try run([call("Pay Eve")], in: folder, store)
      #expect(again.counts.duplicates == 1)
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
