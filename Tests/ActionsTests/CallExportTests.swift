// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Production
import Store
import TestSupport
import Testing

@testable import Actions

/// Conversations that are put together from calls, in exports.
@Suite("Logged calls in an export")
struct CallExportTests {
  private static func call(
    _ day: Int, _ messages: [String], _ answer: String, session: String? = nil
  ) throws -> String {
    let turns = messages.enumerated().map {
      ["role": $0.offset % 2 == 0 ? "user" : "assistant", "content": $0.element]
    }
    return try call(day, turns: turns, answer, session: session)
  }

  private static func call(
    _ day: Int, turns: [[String: Any]], _ answer: String, session: String?
  ) throws -> String {
    func text(_ value: Any) throws -> String {
      String(
        decoding: try JSONSerialization.data(withJSONObject: value, options: .sortedKeys),
        as: UTF8.self)
    }
    // Bodies as texts, as gateways write them.
    let body = try text(["model": "m", "messages": turns, "system": "be brief"])
    let response = try text([
      "id": "msg_\(day)", "type": "message", "role": "assistant", "model": "m",
      "content": [["type": "text", "text": answer]],
    ])
    return try text([
      "request": [
        "method": "POST", "url": "https://api.example/v1/messages",
        "headers": session.map { ["x-session-id": $0] } ?? [:],
        "body": body,
      ],
      "response": ["status": 200, "body": response], "started_at": "2026-05-0\(day)T08:00:00Z",
    ])
  }

  @Test("a conversation over two days has whole calls as natives, each once")
  func days() async throws {
    try await withTemporaryDirectory { folder in
      let actor = PurgeBench.actor
      let store = try Store.create(at: folder.appendingPathComponent("store").path, as: actor)
      let calls = [
        try Self.call(5, ["Hello"], "Hi there"),
        try Self.call(6, ["Hello", "Hi there", "How much?"], "Five"),
      ]
      let file = folder.appendingPathComponent("calls.jsonl")
      try Data((calls.joined(separator: "\n") + "\n").utf8).write(to: file)
      _ = try ImportAction(store: store, actor: actor).run([file.path])
      let set = try store.change(as: actor) { change in
        try change.createReviewSet(name: "Calls", in: change.createMatter(name: "Pier"))
      }
      _ = try ReviewAction(store: store, actor: actor).add(
        .ids(["msg_5"]), to: set, context: .conversation)
      let output = folder.appendingPathComponent("out/VOL001").path
      var request = ExportRequest(output: output, package: .folder)
      request.renderings.insert(.rsmf)
      _ = try ExportAction(store: store, actor: actor).run(set, request)
      for (index, call) in calls.enumerated() {
        let native = URL(fileURLWithPath: output + "/NATIVES/0001/CLD000000\(index + 1).json")
        #expect(try String(contentsOf: native, encoding: .utf8) == call + "\n")
      }
      let csv = try String(
        contentsOf: URL(fileURLWithPath: output + "/DATA/VOL001.csv"), encoding: .utf8)
      #expect(csv.contains(",CHAT,") && csv.contains(",Claude API,"))
      #expect(!csv.contains(",claude.ai,"))
      #expect(try VolumeVerifier.verify(output).problems == [])
    }
  }

  @Test("sessions of Claude Code are named as such")
  func sessions() async throws {
    try await ReviewBench.with(picked: ["s1"]) { bench in
      let report = try #require(
        try bench.export { $0.renderings.insert(.rsmf) }.first)
      #expect(report.tally.recordTypes == ["SESSION": report.tally.documents])
      let csv = try String(
        contentsOf: URL(fileURLWithPath: report.path + "/DATA/VOL001.csv"), encoding: .utf8)
      #expect(csv.contains(",SESSION,") && csv.contains(",Claude Code,"))
      let message = try String(
        contentsOf: URL(fileURLWithPath: report.path + "/RSMF/0001/CLD0000001.rsmf"),
        encoding: .utf8)
      #expect(message.contains("X-RSMF-Application: Claude Code\r\n"))
      #expect(try VolumeVerifier.verify(report.path).problems == [])
      let table = try #require(
        try bench.export("REP001") {
          $0.layout = .report
          $0.includesReviewData = false
        }.first)
      let items = try String(
        contentsOf: URL(fileURLWithPath: table.path + "/Items.csv"), encoding: .utf8)
      #expect(items.contains(",Conversations,AI.Claude.Code,"))
    }
  }

  @Test("what a later capture repeats of an earlier one is produced once")
  func laterCapture() async throws {
    try await withTemporaryDirectory { folder in
      let actor = PurgeBench.actor
      let store = try Store.create(at: folder.appendingPathComponent("store").path, as: actor)
      let calls = [
        try Self.call(5, ["Hello"], "Hi there", session: "s1"),
        try Self.call(6, ["Hello", "Hi there", "How much?"], "Five", session: "s1"),
      ]
      for (number, call) in calls.enumerated() {
        let file = folder.appendingPathComponent("calls\(number).jsonl")
        try Data((call + "\n").utf8).write(to: file)
        _ = try ImportAction(store: store, actor: actor).run([file.path])
      }
      let set = try store.change(as: actor) { change in
        try change.createReviewSet(name: "Calls", in: change.createMatter(name: "Pier"))
      }
      let load = try ReviewAction(store: store, actor: actor).add(
        .ids(["msg_5"]), to: set, context: .selected)
      #expect(load.itemCount > 5)
      let output = folder.appendingPathComponent("out/VOL001").path
      _ = try ExportAction(store: store, actor: actor).run(
        set, ExportRequest(output: output, package: .folder))
      let texts = try FileManager.default.subpathsOfDirectory(atPath: output + "/TEXT")
        .filter { $0.hasSuffix(".txt") }
        .map { try String(contentsOfFile: output + "/TEXT/" + $0, encoding: .utf8) }.joined()
      for words in ["Hello", "Hi there", "How much?", "Five"] {
        #expect(texts.components(separatedBy: words).count == 2, "\(words)")
      }
      var reader = try FrozenReader(store, set)
      let key = try store.read { try $0.conversation(written: "session:s1").key }
      let frozen = try reader.conversation(key)
      let produced = try frozen.units(includesContext: true)
      #expect(produced.map(\.omittedCount) == [frozen.items.count - 5])
      // What is done with a repeat stands, and is not lost with it.
      let items = try frozen.parts()[0].items.values.map(\.item)
      let repeated = try #require(frozen.items.map(\.item).first { !items.contains($0) })
      let coding = try RedactionAction(store: store, actor: actor, set: set).run(
        .wholeItems, on: MemberChoice(.ids([repeated])), reason: .personal, basis: "",
        isRehearsed: false)
      #expect(coding.changed == 1)
      let again = try reader.conversation(key).units(includesContext: true)
      #expect(again.flatMap(\.redactions).count == 1)
      #expect(again.count == 2)
    }
  }

  @Test("answers of tools that a later call repeats are the same only where their words are")
  func repeatedTools() async throws {
    try await withTemporaryDirectory { folder in
      let actor = PurgeBench.actor
      let store = try Store.create(at: folder.appendingPathComponent("store").path, as: actor)
      func answer(_ text: String) -> [String: Any] {
        [
          "role": "user",
          "content": [["type": "tool_result", "tool_use_id": "t", "content": text]],
        ]
      }
      let first: [[String: Any]] = [
        answer("winter"), ["role": "assistant", "content": "a"], answer("summer"),
      ]
      let second = first + [["role": "assistant", "content": "done 0"], answer("autumn")]
      for (number, turns) in [first, second].enumerated() {
        let file = folder.appendingPathComponent("calls\(number).jsonl")
        let call = try Self.call(5 + number, turns: turns, "done \(number)", session: "s1")
        try Data((call + "\n").utf8).write(to: file)
        _ = try ImportAction(store: store, actor: actor).run([file.path])
      }
      let set = try store.change(as: actor) { change in
        try change.createReviewSet(name: "Calls", in: change.createMatter(name: "Pier"))
      }
      _ = try ReviewAction(store: store, actor: actor).add(
        .ids(["msg_5"]), to: set, context: .selected)
      var reader = try FrozenReader(store, set)
      let key = try store.read { try $0.conversation(written: "session:s1").key }
      let frozen = try reader.conversation(key)
      // Without the first call's summer, the second's is the only one.
      let whole = try frozen.parts()[0]
      let summer = try #require(
        whole.items.first { index, _ in
          whole.unit.items[index].blocks.contains { $0.text == "summer" }
        }?.value.item)
      var edit = ItemEdit()
      edit.removes = true
      _ = try CodingAction(store: store, actor: actor, set: set).run(
        .remove, edit, on: MemberChoice(.ids([summer])), reason: "x", isRehearsed: false)
      let units = try reader.conversation(key).units(includesContext: true)
      let texts = units.flatMap { unit in
        unit.unit.items.indices.filter { unit.selection[$0] != .excluded }
          .flatMap { unit.unit.items[$0].blocks.map(\.text) }
      }
      #expect(texts.count { $0 == "summer" } == 1)
      #expect(texts.count { $0 == "winter" } == 1)
    }
  }
}
