// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// A store from which a plan removes some conversations, and copies of it on which that goes wrong.
private struct FaultBench {
  let folder: URL
  let faults: FaultInjection
  let plan: String

  /// Conversations that go, in two partitions, and those that stay.
  static let gone = (0..<6).map { "gone\($0)" }
  static let kept = (0..<8).map { "kept\($0)" }

  /// Words of a conversation that stand nowhere else: in a message, a title, a file, and its name.
  static func canaries(_ id: String) -> [String] {
    ["zqtext", "zqtitle", "zqfile", "zqname"].map { $0 + id }
  }

  init(_ folder: URL) async throws {
    self.folder = folder
    faults = try await FaultInjection(in: folder)
    try Data(FaultBench.export.utf8).write(
      to: folder.appendingPathComponent("conversations.json"))
    for words in [["init", "template"], ["--store", "template", "import", "conversations.json"]] {
      let made = try await Tool.run("custody", words, in: folder)
      try #require([0, 3].contains(made.status), "\(made.errorText)")
    }
    let planned = try await Tool.run(
      "custody",
      ["--store", "template", "retention", "plan", "--query", "removeme", "--reason", "asked"]
        + ["--id-only"], in: folder)
    try #require(planned.status == 0, "\(planned.errorText)")
    plan = planned.outputText.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static var export: String {
    let conversations = (gone + kept).enumerated().map { number, id in
      let words = canaries(id)
      let text =
        (gone.contains(id) ? "removeme " : "") + words[0] + " "
        + String(repeating: "common words of number \(number) ", count: 40)
      let time = "202\(number % 2)-0\(number % 9 + 1)-01T00:00:00Z"
      return """
        {"uuid":"\(id)","name":"\(words[1])","created_at":"\(time)","account":{"uuid":"a1"},\
        "chat_messages":[{"uuid":"\(id)m1","sender":"human","created_at":"\(time)",\
        "content":[{"type":"text","text":"\(text)"}],"attachments":[{"file_name":"\(words[3]).txt",\
        "file_type":"txt","file_size":9,"extracted_content":"\(words[2]) more"}]},\
        {"uuid":"\(id)m2","sender":"assistant","created_at":"\(time)",\
        "content":[{"type":"text","text":"answer of common words"}]}]}
        """
    }
    return "[" + conversations.joined(separator: ",\n") + "]"
  }

  var run: [String] {
    [
      "retention", "run", plan, "--confirm", plan, "--confirm-count", String(FaultBench.gone.count),
    ]
  }

  func copy(_ name: String) throws {
    try FileManager.default.copyItem(
      at: folder.appendingPathComponent("template"), to: folder.appendingPathComponent(name))
  }

  func remove(_ name: String) throws {
    try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
  }

  func custody(_ words: [String], on store: String) async throws -> ToolResult {
    try await Tool.run("custody", ["--store", store] + words, in: folder)
  }

  /// How many items of each conversation can be seen.
  func seen(in store: String) async throws -> [String: Int] {
    let result = try await custody(
      ["search", "--all", "--format", "csv", "--fields", "native_conversation_id"], on: store)
    #expect([0, 1].contains(result.status), "\(result.errorText)")
    let ids = result.outputText.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
    return Dictionary(ids.map { ($0, 1) }, uniquingKeysWith: +)
  }

  /// What a run of the plan did with each conversation.
  func results(in store: String) async throws -> String {
    let result = try await custody(
      ["retention", "show", plan, "--results", "--fields", "conversation,outcome"]
        + ["--format", "csv"], on: store)
    #expect(result.status == 0, "\(result.errorText)")
    return result.outputText
  }

  /// The conversations of which a word stands in some file of the store.
  func traces(in store: String) throws -> Set<String> {
    let root = folder.appendingPathComponent(store).path
    let files = try FileManager.default.subpathsOfDirectory(atPath: root).compactMap {
      try? Data(contentsOf: URL(fileURLWithPath: root + "/" + $0))
    }
    return Set(
      (FaultBench.gone + FaultBench.kept).filter { id in
        FaultBench.canaries(id).contains { word in
          files.contains { $0.range(of: Data(word.utf8)) != nil }
        }
      })
  }
}

@Suite("A purge by a process that is struck at any of its writes")
struct PurgeFaultTests {
  /// Strikes a mode in an ordinary test run.
  private static let strikeCount = 6
  private static let isLong =
    ProcessInfo.processInfo.environment["CUSTODY_LONG_TESTS"] != nil

  @Test(
    "is finished by the next commands, and ends as if nothing had been",
    arguments: FaultInjection.Mode.allCases)
  func struck(_ mode: FaultInjection.Mode) async throws {
    try await withTemporaryDirectory { folder in
      let bench = try await FaultBench(folder)
      #expect(try bench.traces(in: "template") == Set(FaultBench.gone + FaultBench.kept))
      try bench.copy("clean")
      let clean = try await bench.faults.run(bench.run, on: "clean")
      #expect(clean.result.status == 0, "\(clean.result.errorText)")
      let changeCount = try #require(clean.changeCount)
      // A library that saw nothing would test nothing.
      #expect(changeCount > 40)
      #expect(try bench.traces(in: "clean") == Set(FaultBench.kept))
      let results = try await bench.results(in: "clean")
      let left = Dictionary(uniqueKeysWithValues: FaultBench.kept.map { ($0, 2) })
      #expect(try await bench.seen(in: "clean") == left)

      let step = Self.isLong ? 1 : max(1, changeCount / Self.strikeCount)
      let place = FaultInjection.Mode.allCases.firstIndex(of: mode) ?? 0
      let first = 1 + place * step / FaultInjection.Mode.allCases.count
      for number in stride(from: first, through: changeCount, by: step) {
        let comment = Comment(rawValue: "\(mode) at \(number) of \(changeCount)")
        let name = "struck-\(number)"
        try bench.copy(name)
        let struck = try await bench.faults.run(bench.run, on: name, mode, at: number)
        if mode == .kill || mode == .tear {
          #expect(struck.result.status == 128 + SIGKILL, comment)
        }
        // Each conversation is there whole, or its tombstone is.
        let seen = try await bench.seen(in: name)
        #expect(seen.values.allSatisfy { $0 == 2 }, comment)
        #expect(Set(seen.keys).isSuperset(of: FaultBench.kept), comment)
        // Whatever writes next finishes what was decided.
        let next = try await bench.custody(["case", "create", "next"], on: name)
        #expect(next.status == 0, "\(comment): \(next.errorText)")
        #expect(try await bench.seen(in: name) == seen, comment)
        #expect(try bench.traces(in: name) == Set(seen.keys), comment)
        // The rest of the plan, whose number is what is left of it.
        let rest = Set(seen.keys).intersection(FaultBench.gone).count
        let again = try await bench.custody(
          bench.run.dropLast() + [String(rest)], on: name)
        #expect(again.status == 0, "\(comment): \(again.errorText)")
        #expect(try await bench.seen(in: name) == left, comment)
        #expect(try bench.traces(in: name) == Set(FaultBench.kept), comment)
        #expect(try await bench.results(in: name) == results, comment)
        for words in [
          ["verify"], ["audit", "verify"], ["retention", "certificate", bench.plan, "--verify"],
        ] {
          let result = try await bench.custody(words, on: name)
          #expect(result.status == 0, "\(comment) \(words): \(result.errorText)")
        }
        try bench.remove(name)
      }
    }
  }
}
