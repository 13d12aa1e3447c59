// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Production
import Store
import TestSupport
import Testing

@testable import Actions

/// What an export takes of items that later captures changed.
@Suite("Texts as they were frozen")
struct FrozenTextTests {
  /// Each item of an export by the id of its source: its texts, in the order of the units.
  private func produced(_ bench: ReviewBench, _ id: String) throws -> [[String: [String]]] {
    var conversation = try frozen(bench, id)
    conversation.reviewData = nil
    return try conversation.units(includesContext: true).map { unit in
      var texts: [String: [String]] = [:]
      for (index, item) in unit.unit.items.enumerated() where unit.selection[index] != .excluded {
        texts[item.nativeID ?? "", default: []].append(item.readingText)
      }
      return texts
    }
  }

  private func frozen(_ bench: ReviewBench, _ id: String) throws -> FrozenConversation {
    var reader = try FrozenReader(bench.home, bench.set)
    let key = try bench.home.read { try $0.conversation(written: id).key }
    var conversations = try reader.conversations([key])
    try reader.load(&conversations[0])
    return conversations[0]
  }

  private func capture(_ bench: ReviewBench, _ name: String, _ text: String) throws {
    let folder = bench.folder.appendingPathComponent("later")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appendingPathComponent(name)
    try Data(text.utf8).write(to: file)
    _ = try ImportAction(store: bench.home, actor: ReviewBench.actor).run([file.path])
  }

  private func add(_ bench: ReviewBench, _ ids: [String]) throws {
    _ = try ReviewAction(store: bench.home, actor: ReviewBench.actor).add(
      .ids(ids), to: bench.set, context: .conversation)
  }

  private func chat(_ messages: [String], title: String = "One day") -> String {
    """
    [{"uuid":"c2","name":"\(title)","account":{"uuid":"acc-1"},"created_at":"2025-01-01T09:00:00Z",\
    "chat_messages":[\(messages.joined(separator: ","))]}]
    """
  }

  @Test("a message that changed keeps its frozen text, another comes with the newest version")
  func changed() async throws {
    try await ReviewBench.with(picked: ["c2"]) { bench in
      try capture(
        bench, "conversations.json",
        chat([
          ReviewBench.message("m4", "attorney says pay", 1),
          ReviewBench.message("m5", "of a plan", 1), ReviewBench.message("m7", "new", 1),
        ]))
      try add(bench, ["c2"])
      let units = try produced(bench, "c2")
      #expect(units == [["m5": ["of a plan"], "m7": ["new"]], ["m4": ["a plan"]]])
      _ = try bench.export { $0.renderings = [.html, .rsmf, .eml, .edrm, .viewer] }
      let report = try #require(
        try bench.export("REP001") {
          $0.layout = .report
          $0.includesReviewData = false
          $0.reportHasBodies = true
        }.first)
      let messages = try String(
        contentsOf: URL(fileURLWithPath: report.path + "/Messages.csv"), encoding: .utf8)
      #expect(messages.contains("a plan") && !messages.contains("attorney"))
    }
  }

  @Test("words that are blacked out vanish from the titles of all versions that are produced")
  func titles() async throws {
    try await ReviewBench.with(picked: ["c2"]) { bench in
      try capture(
        bench, "conversations.json",
        chat(
          [ReviewBench.message("m4", "no figures", 1), ReviewBench.message("m7", "new", 1)],
          title: "A plan to sell"))
      try add(bench, ["c2"])
      _ = try RedactionAction(store: bench.home, actor: ReviewBench.actor, set: bench.set).run(
        .texts(["plan"]), on: MemberChoice(.ids(["m4"])), reason: .personal, basis: "",
        isRehearsed: false)
      let units = try frozen(bench, "c2").units(includesContext: true)
      #expect(units.map(\.unit.title) == ["A plan to sell", "One day"])
      let newest = try #require(units.first).redactions
      #expect(newest.first { $0.part == .title }?.span == 2..<6)
      #expect(newest.contains { $0.part == .native })
      #expect(units.last?.redactions.contains { $0.part == .block(0) } == true)
    }
  }

  @Test("a line of a session that changed keeps its frozen text")
  func sessions() async throws {
    try await ReviewBench.with(picked: ["s1"]) { bench in
      func line(_ id: String, _ parent: String, _ text: String) -> String {
        """
        {"type":"user","sessionId":"s1","uuid":"\(id)","parentUuid":\(parent),\
        "timestamp":"2025-01-01T00:00:00Z","message":{"role":"user","content":"\(text)"}}

        """
      }
      try capture(
        bench, "s1.jsonl",
        line("u1", "null", "attorney says pay") + line("u3", "\"u1\"", "and again")
          + line("u4", "\"u3\"", "run the tests"))
      try add(bench, ["s1"])
      let units = try produced(bench, "s1")
      let texts = units.reduce(into: [String: [String]]()) { all, unit in
        all.merge(unit) { $0 + $1 }
      }
      #expect(
        texts == [
          "u1": ["run the tests"], "u2": ["they pass"], "u3": ["and again"],
          "u4": ["run the tests"],
        ])
    }
  }

  @Test("an item that its record no longer has stops the export")
  func vanished() async throws {
    try await ReviewBench.with(picked: ["c2", "s1"]) { bench in
      for id in ["c2", "s1"] {
        var conversation = try frozen(bench, id)
        #expect(try conversation.parts().count == 1)
        var lost = conversation.items[0]
        lost.item = ObjectID.item(route: "x", conversationID: id, itemID: "lost").text
        conversation.items.append(lost)
        let error = #expect(throws: StoreError.self) { try conversation.parts() }
        #expect(error?.code == .damaged)
        #expect(error?.objects.contains(lost.item) == true)
      }
    }
  }

  @Test("a report counts context that it does not show as asked for and not exported")
  func omitted() async throws {
    try await ReviewBench.with(picked: ["m4"]) { bench in
      try capture(
        bench, "conversations.json",
        chat([
          ReviewBench.message("m4", "a plan", 1),
          ReviewBench.message("m5", "of another plan", 1), ReviewBench.message("m7", "new", 1),
        ]))
      try add(bench, ["m7"])
      let report = try #require(
        try bench.export("REP001") {
          $0.layout = .report
          $0.includesReviewData = false
        }.first)
      let locations = try String(
        contentsOf: URL(fileURLWithPath: report.path + "/Locations.csv"), encoding: .utf8)
      #expect(locations.contains(",ada@example.org,3,3,2,0"), "\(locations)")
    }
  }
}
