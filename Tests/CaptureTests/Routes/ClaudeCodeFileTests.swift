// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import TestSupport
import Testing

@testable import Capture

private let session = writtenSession

@Suite("Files that Claude Code keeps beside transcripts")
struct ClaudeCodeFileTests {
  @Test(
    "takes large answers of tools and notes with their bytes, whatever they look like",
    arguments: [
      ("projects/-home-ada-app/\(session)/tool-results/toolu_1.txt", "a.swift\n"),
      ("x/\(session)/tool-results/list.json", #"[{"uuid":"c","chat_messages":[]}]"#),
      ("x/\(session)/tool-results/deep/b.txt", "\u{FEFF}words"),
      ("projects/app/memory/MEMORY.md", "# Notes\n"),
      ("-home-ada-app/memory/a/b.md", "{\"type\":\"user\",\"message\":{}}"),
      ("CLAUDE.md", "Be brief"),
    ])
  func takesSideFiles(name: String, text: String) throws {
    let recorder = try capture(files: [(name, text)])
    #expect(recorder.failures.isEmpty)
    #expect(recorder.countedRecords == 1)
    let unit = try recorder.unit
    #expect(unit.native == Array(text.utf8))
    let isResult = name.contains("tool-results")
    #expect(unit.kind == (isResult ? .conversation : .memory))
    let item = try #require(unit.items.first)
    #expect(item.kind == (isResult ? .system : .memory))
    #expect(item.role == (isResult ? .tool : .system))
    #expect(item.blocks.map(\.kind) == [isResult ? .toolResult : .text])
    #expect(item.blocks[0].text == text.replacingOccurrences(of: "\u{FEFF}", with: ""))
    #expect(unit.joinKeys.contains(JoinKey(.session, session)) == isResult)
    #expect(unit.joinKeys.contains(JoinKey(.call, "toolu_1")) == name.contains("toolu_1"))
    #expect(summary(try unit.parsedAgain()) == summary(unit))
  }

  @Test("keeps the bytes of an answer that is no text as a file")
  func keepsBinaryAnswers() throws {
    let unit = try capture(files: [("\(session)/tool-results/a.bin", "%PDF\u{0}")]).unit
    let file = try #require(unit.items[0].files.first)
    #expect(file.name == "a.bin")
    #expect(file.content == Array("%PDF\u{0}".utf8))
    #expect(unit.native == Array("%PDF\u{0}".utf8))
  }

  @Test(
    "takes nothing else by its place",
    arguments: ["tool-results/a.txt", "x/tool-results/a.txt", "memory/a.md", "x/memory/a.md"])
  func refusesOthers(name: String) throws {
    let recorder = try capture(files: [(name, "words")])
    #expect(recorder.failures.map(\.code) == [.unknownFormat])
    #expect(recorder.units.isEmpty)
  }

  @Test("leaves what is known by its content as it is in any folder called memory")
  func leavesExports() throws {
    let text = #"[{"uuid":"c1","chat_messages":[{"uuid":"m1","sender":"human","text":"Hello"}]}]"#
    let unit = try capture(files: [("projects/acme/memory/conversations.json", text)]).unit
    #expect(unit.kind == .conversation && unit.nativeID == "c1")
  }

  @Test("takes no part of a file for the whole of it")
  func refusesParts() async throws {
    try await withTemporaryDirectory { folder in
      let place = folder.appendingPathComponent("\(session)/tool-results")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      let words = (0..<400_000).map { "\($0 &* 7919 % 999_983)" }.joined(separator: " ")
      try Data(words.utf8).write(to: place.appendingPathComponent("a.txt"))
      let packed = try await Tool.run("gzip", ["a.txt"], in: place)
      try #require(packed.status == 0)
      let file = place.appendingPathComponent("a.txt.gz")
      #expect(try capture(folder).unit.native == Array(words.utf8))
      try Data(contentsOf: file).prefix(600_000).write(to: file)
      let cut = try capture(folder)
      #expect(cut.units.isEmpty && !cut.failures.isEmpty)
    }
  }

  @Test(
    "keeps the bytes of what cannot be read of a list of sessions or prompts, each an exception",
    arguments: [
      ("p/sessions-index.json", #"{"version":1,"entries":[{"sessionId":"#, "claude-code"),
      ("p/sessions-index.json", #"{"version":1,"entries":[]} 17"#, "claude-code"),
      (
        ".claude/history.jsonl",
        #"{"display":"One","timestamp":1,"project":"/srv","sessionId":"s"}"# + "\n"
          + #"{"display":"cut wor"#, "claude-code-history"
      ),
      (
        ".claude/history.jsonl",
        #"{"display":"One","timestamp":1,"project":"/srv","sessionId":"s"}"# + "\n"
          + #""no line""#, "claude-code-history"
      ),
    ])
  func keepsDamage(name: String, text: String, route: String) throws {
    let recorder = try capture(files: [(name, text)])
    #expect(recorder.failures.map(\.code) == [.decodeError])
    let kept = try #require(recorder.units.first { $0.nativeID.hasPrefix("unreadable:") })
    #expect(text.hasSuffix(String(decoding: kept.native, as: UTF8.self)))
    #expect(kept.route == route && kept.recordCount == 0)
    #expect(kept.items.map(\.provenance) == [.unavailable(reason: "unreadable")])
    #expect(kept.items[0].blocks[0].text == String(decoding: kept.native, as: UTF8.self))
    #expect(summary(try kept.parsedAgain()) == summary(kept))
    #expect(recorder.countedRecords == (text.contains("srv") || text.hasSuffix("17") ? 2 : 1))
  }

  @Test("keeps values of an unexpected type in a line of the list of prompts with the line")
  func keepsWrongTypes() throws {
    let text =
      #"{"display":["odd"],"timestamp":true,"project":7,"sessionId":"s","pastedContents":[1]}"#
    let recorder = try capture(files: [
      (".claude/history.jsonl", #"{"display":"a","timestamp":1,"sessionId":"s"}"# + "\n" + text)
    ])
    #expect(recorder.failures.isEmpty)
    let unit = try recorder.unit
    #expect(unit.items.count == 2 && unit.items[1].flags.contains(.wrongType))
    #expect(unit.native(of: unit.items[1]) == text)
  }

  @Test("names an empty file")
  func namesEmptyFiles() throws {
    let recorder = try capture(files: [("\(session)/tool-results/a.txt", "")])
    #expect(recorder.failures.map(\.code) == [.zeroByte])
  }

  @Test("reads the list of prompts, a conversation for each session")
  func readsHistory() throws {
    func line(_ words: String, _ time: String, _ rest: String) -> String {
      #"{"display":"\#(words)","timestamp":\#(time),"project":"/home/ada/app"\#(rest)}"#
    }
    let lines = [
      line("First", "1777968000000", #","sessionId":"\#(session)""#),
      line(
        "[Pasted text #1 +9 lines] and /model", "1777968001500",
        #","pastedContents":{"1":{"id":1,"type":"text","content":"long"},"2":{"id":2}},"sessionId":"\#(session)""#
      ),
      line("Older", "1777960000000", ""), line("Bad time", "\"soon\"", ""),
      line("First", "1777968000000", #","sessionId":"\#(session)""#), "17",
    ]
    let recorder = try capture(files: [(".claude/history.jsonl", lines.joined(separator: "\n"))])
    #expect(recorder.failures.map(\.object) == ["record 6"])
    #expect(recorder.countedRecords == 6)
    #expect(recorder.duplicateCount == 1)
    #expect(recorder.lacks.map(\.code) == [.fileNotCaptured])
    let units = recorder.parsed
    #expect(units.map(\.nativeID) == [session, "project//home/ada/app"])
    let unit = units[0]
    #expect(unit.items.map(\.readingText) == ["First", "[Pasted text #1 +9 lines] and /model"])
    #expect(unit.items.allSatisfy { $0.kind == .prompt && $0.provenance == .clientAsserted })
    #expect(unit.items[1].files.map(\.text) == ["long", nil])
    #expect(unit.items[1].time?.instant == Instant(rfc3339: "2026-05-05T08:00:01.5Z"))
    #expect(unit.accountID == "ada")
    #expect(unit.joinKeys == [JoinKey(.session, session)])
    #expect(units[1].items.map { $0.time?.instant == nil } == [false, true])
    for unit in recorder.units { #expect(summary(try unit.parsedAgain()) == summary(unit)) }
  }
}
