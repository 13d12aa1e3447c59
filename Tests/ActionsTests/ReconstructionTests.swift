// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Store
import TestSupport
import Testing

@Suite("A conversation as it stood at a time")
struct ReconstructionTests {
  private static let actor = AuditActor.current(program: "test", command: "test")

  /// A store with a clock, into which texts are imported as files.
  private final class Desk {
    let store: Store
    private let clock: TestClock
    private let folder: URL
    private var number = 0

    init(_ folder: URL) throws {
      self.folder = folder
      let clock = TestClock(Instant(ticks: 0))
      self.clock = clock
      store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: actor, clock: { clock.now })
    }

    func take(_ text: String, at time: String, name: String = "file.json") throws {
      clock.now = try #require(Instant(rfc3339: time))
      number += 1
      let place = folder.appendingPathComponent("in\(number)")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      let file = place.appendingPathComponent(name)
      try Data(text.utf8).write(to: file)
      let report = try ImportAction(store: store, actor: actor).run([file.path])
      #expect(report.counts.exceptions == 0)
    }

    func reconstruct(_ nativeID: String, at time: String) throws -> Reconstruction {
      let record = try store.read { try $0.conversation(written: nativeID) }
      return try Reconstruction(
        record, at: try #require(Instant(rfc3339: time)), in: store)
    }
  }

  private func project(_ documents: [(id: String, made: String, text: String)]) -> String {
    let list = documents.map {
      """
      {"type":"project_doc","id":"\($0.id)","filename":"\($0.id).txt","created_at":"\($0.made)"}
      """
    }
    let texts = documents.map { #""\#($0.id)":{"id":"\#($0.id)","content":"\#($0.text)"}"# }
    return """
      {"id":"claude_proj_1","name":"Plan","created_at":"2026-01-01T00:00:00Z",\
      "user":{"id":"user_1"},"attachments":[\(list.joined(separator: ","))],\
      "documents":{\(texts.joined(separator: ","))}}
      """
  }

  private func chat(_ messages: [(id: String, time: String, more: String)]) -> String {
    let list = messages.map {
      """
      {"id":"\($0.id)","role":"user","created_at":"\($0.time)",\
      "content":[{"type":"text","text":"says \($0.id)"}]\($0.more)}
      """
    }
    return """
      {"id":"claude_chat_1","name":"Offer","created_at":"2026-02-01T00:00:00Z",\
      "user":{"id":"user_1"},"project_id":"claude_proj_1",\
      "chat_messages":[\(list.joined(separator: ","))],"has_more":false}
      """
  }

  private func seen(_ then: Reconstruction) -> [[String]] {
    then.entries.map { entry in
      entry.seen.map {
        "\($0.id) \($0.version.map(String.init) ?? "-") \($0.grade.rawValue)"
      }
    }
  }

  @Test("gives each message the documents and artifacts of its own time, never later ones")
  func versions() async throws {
    try await withTemporaryDirectory { folder in
      let desk = try Desk(folder)
      let early = "2026-01-05T00:00:00Z"
      try desk.take(
        project([("d1", early, "one"), ("d2", early, "two")]), at: "2026-01-10T00:00:00Z")
      // One document is changed under its id, one goes, one comes.
      try desk.take(
        project([("d1", early, "one, changed"), ("d3", "2026-03-02T00:00:00Z", "three")]),
        at: "2026-03-10T00:00:00Z")
      func artifact(_ version: String) -> String {
        #","artifacts":[{"id":"art","version_id":"\#(version)","title":"Draft"}]"#
      }
      try desk.take(
        chat([
          ("m0", "2026-01-07T00:00:00Z", ""),
          ("m1", "2026-02-01T00:00:00Z", artifact("v1")), ("m2", "2026-02-02T00:00:00Z", ""),
          ("m3", "2026-03-20T00:00:00Z", artifact("v2")), ("m4", "2026-03-21T00:00:00Z", ""),
        ]), at: "2026-04-01T00:00:00Z")
      let then = try desk.reconstruct("claude_chat_1", at: "2026-04-02T00:00:00Z")
      #expect(
        seen(then) == [
          ["d1 1 captured-later", "d2 1 captured-later"],
          ["d1 1 last-seen", "d2 1 last-seen"],
          ["art 1 stood", "d1 1 last-seen", "d2 1 last-seen"],
          ["art 1 stood", "d1 2 stood", "d3 1 stood"],
          ["art 2 stood", "d1 2 stood", "d3 1 stood"],
        ])
      #expect(then.laterCount == 0 && then.entries.allSatisfy { $0.grade == .stood })
      // Before the chat was captured, and before its last messages.
      let before = try desk.reconstruct("claude_chat_1", at: "2026-02-01T12:00:00Z")
      #expect(before.entries.map(\.item.nativeID) == ["m0", "m1"] && before.laterCount == 3)
      #expect(before.capture == nil && before.entries.allSatisfy { $0.grade == .capturedLater })
    }
  }

  @Test("shows what was deleted at the source later, and a message as it was before it changed")
  func changes() async throws {
    try await withTemporaryDirectory { folder in
      let desk = try Desk(folder)
      func export(_ title: String, _ messages: [(String, text: String, updated: String)]) -> String
      {
        let list = messages.map {
          """
          {"uuid":"\($0.0)","sender":"human","created_at":"2026-01-01T00:00:00Z",\
          "updated_at":"\($0.updated)","content":[{"type":"text","text":"\($0.text)"}]}
          """
        }
        return """
          [{"uuid":"c1","name":"\(title)","account":{"uuid":"a1"},\
          "chat_messages":[\(list.joined(separator: ","))]}]
          """
      }
      let sent = "2026-01-01T00:00:00Z"
      try desk.take(
        export("First", [("m1", "before", sent), ("m2", "stays", sent)]),
        at: "2026-01-10T00:00:00Z", name: "conversations.json")
      try desk.take(
        export(
          "Second",
          [("m1", "after", "2026-02-01T00:00:00Z"), ("m3", "late", "2026-02-20T00:00:00Z")]),
        at: "2026-03-01T00:00:00Z", name: "conversations.json")
      func shown(_ time: String) throws -> [String] {
        let then = try desk.reconstruct("c1", at: time)
        return [then.title]
          + then.entries.map { "\($0.item.readingText) \($0.grade.rawValue)" }
      }
      // The third message was changed before it was ever captured: its words then are not known.
      #expect(
        try shown("2026-01-15T00:00:00Z") == [
          "First", "before last-seen", "stays last-seen", " unknown",
        ])
      #expect(
        try shown("2026-02-10T00:00:00Z") == [
          "First", "after stood", "stays last-seen", " unknown",
        ])
      #expect(
        try shown("2026-03-02T00:00:00Z") == [
          "Second", "after stood", "stays gone", "late stood",
        ])
      let later = try desk.reconstruct("c1", at: "2026-03-02T00:00:00Z")
      #expect(later.entries.map(\.version) == [2, 1, 1])
      #expect(later.entries[1].goneSince == Instant(rfc3339: "2026-03-01T00:00:00Z"))
      #expect(try shown("2025-12-31T00:00:00Z") == ["First"])
    }
  }

  @Test("takes the lines of a log up to the time, whatever import brought them")
  func log() async throws {
    try await withTemporaryDirectory { folder in
      let desk = try Desk(folder)
      func line(_ number: Int) -> String {
        """
        {"type":"user","uuid":"u-\(number)","parentUuid":null,"sessionId":"s-1","cwd":"/srv",\
        "version":"2.1.200","timestamp":"2026-05-0\(number)T00:00:00Z",\
        "message":{"role":"user","content":"line \(number)"}}

        """
      }
      let name = "s-1.jsonl"
      try desk.take(line(1) + line(2), at: "2026-05-03T00:00:00Z", name: name)
      try desk.take(
        line(1) + line(2) + line(3) + line(4), at: "2026-05-10T00:00:00Z", name: name)
      let then = try desk.reconstruct("s-1", at: "2026-05-03T12:00:00Z")
      #expect(
        then.entries.map { "\($0.item.readingText) \($0.grade.rawValue)" }
          == ["line 1 stood", "line 2 stood", "line 3 captured-later"])
      #expect(then.laterCount == 1)
    }
  }
}
