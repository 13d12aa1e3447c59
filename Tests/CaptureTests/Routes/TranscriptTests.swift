// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Testing

@testable import Capture

private let session = writtenSession

@Suite("Transcripts of Claude Code")
struct ClaudeCodeTests {
  private static let turn = [
    userLine("u-1", #""List the tests""#, parent: nil),
    assistantLine("a-1", #"{"type":"text","text":"Looking."}"#, parent: "u-1", second: 2),
    assistantLine(
      "a-2",
      #"{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"command":"ls tests"}}"#,
      parent: "a-1", second: 3),
    userLine(
      "u-2",
      #"[{"type":"tool_result","tool_use_id":"toolu_1","content":"a.swift","is_error":false}]"#,
      parent: "a-2", second: 4, fields: #""toolUseResult":{"stdout":"a.swift"}"#),
    assistantLine(
      "a-3", #"{"type":"text","text":"One file."}"#, message: "msg_2", parent: "u-2", second: 5),
  ]

  @Test("joins a response that was split over records, with the tool's answer")
  func joinsSplitResponses() throws {
    let recorder = try readTranscript(Self.turn)
    let unit = try recorder.unit
    #expect(unit.nativeID == session)
    #expect(unit.route == "claude-code")
    #expect(unit.items.map(\.nativeID) == ["u-1", "a-1", "a-3"])
    #expect(unit.items.map(\.kind) == [.prompt, .response, .response])
    #expect(unit.items.map(\.parentNativeID) == [nil, "u-1", "a-1"])
    let response = try unit.item("a-1")
    #expect(
      response.blocks == [
        ContentBlock(kind: .text, text: "Looking."),
        ContentBlock(kind: .toolUse, text: "command\nls tests", name: "Bash"),
        ContentBlock(kind: .toolResult, text: "a.swift", name: "Bash"),
      ])
    #expect(response.aliases.sorted() == ["a-2", "msg_1", "u-2"])
    #expect(response.model == "claude-example-1")
    #expect(unit.native(of: response) == Self.turn[1...3].joined(separator: "\n"))
    #expect(unit.mergedCount == 2)
    #expect(recorder.countedRecords == 5)
    #expect(unit.accountID == "ada")
    #expect(unit.accountIsInferred)
    #expect(unit.projectID == "/home/ada/app")
    #expect(unit.currentLeafID == "a-3")
    #expect(unit.items.allSatisfy { $0.provenance == .clientAsserted })
  }

  @Test("gives the same when its native record is parsed again")
  func parsesAgain() throws {
    let unit = try readTranscript(
      Self.turn + [
        transcriptLine(
          "progress", "p-1", parent: "a-3", fields: #""data":{"type":"hook_progress"}"#),
        userLine("u-3", #""Thanks""#, parent: "p-1", second: 9),
        #"{"type":"summary","summary":"Tests","leafUuid":"a-3"}"#, "17",
      ]
    ).unit
    let again = try unit.parsedAgain()
    #expect(summary(again) == summary(unit))
    #expect(again.native == unit.native)
    #expect(unit.title == "Tests")
    #expect(try unit.item("u-3").parentNativeID == "a-3")
  }

  @Test(
    "gives the same again for records with line feeds between their parts",
    arguments: ["lines", "array", "wrapped"])
  func parsesSpreadRecordsAgain(form: String) throws {
    let records =
      Self.turn + [
        transcriptLine(
          "progress", "p-1", parent: "a-3", fields: #""data":{"type":"hook_progress"}"#),
        userLine("u-3", #""Thanks""#, parent: "p-1", second: 9), #"{"type":"x","n":[1,"a"]}"#,
        #"{"type":"summary","summary":"Tests","leafUuid":"a-3"}"#,
      ]
    // An empty line ends the items of a native record: here it does not.
    var spread = records.map { record in
      "{\n\n" + record.dropFirst().replacingOccurrences(of: #",""#, with: ",\n\n  \"")
    }
    spread.append("[\n\n  {},\n17\n]")
    let text =
      switch form {
      case "lines": spread.dropLast().joined(separator: "\n") + "\n"
      case "array": "[\n" + spread.joined(separator: ",\n") + "\n]\n"
      default: "{\n\n\"v\":3,\n\"loglines\":[\n" + spread.joined(separator: ",\n") + "\n]\n}\n"
      }
    let recorder = try capture(files: [(session + ".json", text)])
    let unit = try recorder.unit
    #expect(recorder.failures.isEmpty)
    #expect(unit.items.map(\.nativeID) == ["u-1", "a-1", "a-3", "u-3"])
    let native = String(decoding: unit.native, as: UTF8.self)
    for record in form == "lines" ? spread.dropLast() : spread[...] {
      #expect(native.contains(record + "\n"))
    }
    let again = try unit.parsedAgain()
    #expect(summary(again) == summary(unit))
    #expect(again.native == unit.native)
    #expect(again.title == "Tests")
  }

  @Test("splits typed text with elements that never end in one pass")
  func takesUnclosedElements() {
    let text = String(repeating: "<bash-input>", count: 60_000)
    #expect(TypedText.blocks(of: text) == [ContentBlock(kind: .text, text: text)])
    #expect(
      TypedText.blocks(of: "<bash-input>a</bash-input><bash-stdout><bash-input>b</bash-input>")
        == [
          ContentBlock(kind: .text, text: "!a !b"),
          ContentBlock(kind: .text, text: "<bash-stdout>"),
        ])
  }

  @Test("keeps every byte of every line, in items or beside them")
  func keepsAllBytes() throws {
    let lines =
      Self.turn + [
        transcriptLine("progress", "p-1", parent: "a-3", fields: #""data":{"x":[1,{"y":null}]}"#),
        transcriptLine("novel-type", "n-1", parent: "a-3", fields: #""future":{"a":1.50}"#),
        #"{"type":"mode","mode":"plan","sessionId":"\#(session)","unknown":[[]]}"#, "42",
      ]
    let recorder = try readTranscript(lines)
    let native = String(decoding: try recorder.unit.native, as: UTF8.self)
    for line in lines { #expect(native.contains(line + "\n")) }
    #expect(
      try recorder.unit.skipped == [.progress: 1, .unknownType: 1, .state: 1, .foreignLine: 1])
    #expect(recorder.countedRecords == lines.count)
  }

  @Test(
    "tells what a person typed from what the client put in",
    arguments: [
      (#""plain words""#, "prompt", ["text plain words"]),
      (#""a < b and [x]""#, "prompt", ["text a < b and [x]"]),
      (
        #""<command-name>/review</command-name><command-message>review</command-message><command-args>main</command-args>""#,
        "prompt", ["text /review main", "client <command-message>review</command-message>"]
      ),
      (
        #""Fix it<system-reminder>Be brief</system-reminder>""#, "prompt",
        ["text Fix it", "client <system-reminder>Be brief</system-reminder>"]
      ),
      (
        #""<local-command-stdout>ok</local-command-stdout>""#, "system",
        ["client <local-command-stdout>ok</local-command-stdout>"]
      ),
      (#""<bash-input>ls</bash-input>""#, "prompt", ["text !ls"]),
      (
        #""<teammate-message teammate_id=\"a\" color=\"blue\">Done</teammate-message>""#, "system",
        ["client <teammate-message teammate_id=\"a\" color=\"blue\">Done</teammate-message>"]
      ),
      (
        #""<system-reminders>x</system-reminders>""#, "prompt",
        ["text <system-reminders>x</system-reminders>"]
      ),
      (
        #"[{"type":"text","text":"[Request interrupted by user for tool use]"}]"#, "system",
        ["client [Request interrupted by user for tool use]"]
      ),
      (#""<system-reminder>never closed""#, "prompt", ["text <system-reminder>never closed"]),
      (
        #""Caveat: The messages below were generated by the user while running local commands. x""#,
        "system",
        [
          "client Caveat: The messages below were generated by the user while running local commands. x"
        ]
      ),
    ])
  func tellsTypedText(content: String, kind: String, blocks: [String]) throws {
    let item = try readTranscript([userLine("u-1", content, parent: nil)]).unit.items[0]
    #expect(item.kind.rawValue == kind)
    #expect(item.blocks.map { "\($0.kind.rawValue) \($0.text)" } == blocks)
    #expect(item.provenance == (kind == "prompt" ? .clientAsserted : .synthetic))
  }

  @Test("never attributes machine-made entries to a person or the model")
  func marksMachineMadeEntries() throws {
    let unit = try readTranscript([
      userLine("u-1", #""Hello""#, parent: nil),
      userLine("m-1", #""hook output""#, parent: "u-1", fields: #""isMeta":true"#),
      assistantLine(
        "x-1", #"{"type":"text","text":"API Error"}"#, message: "m", parent: "m-1",
        model: "<synthetic>"),
      assistantLine(
        "x-2", #"{"type":"text","text":"Overloaded"}"#, message: "n", parent: "x-1",
        fields: #""isApiErrorMessage":true"#),
      transcriptLine(
        "system", "s-1", parent: nil,
        fields: #""subtype":"compact_boundary","content":"Compacted","logicalParentUuid":"x-2""#),
      userLine(
        "c-1", #""This session is being continued""#, parent: "s-1",
        fields: #""isCompactSummary":true"#),
      transcriptLine(
        "system", "s-2", parent: "c-1", fields: #""subtype":"turn_duration","durationMs":5"#),
      transcriptLine(
        "attachment", "t-1", parent: "s-2",
        fields: #""attachment":{"type":"file","filename":"a.txt","content":"words"}"#),
      transcriptLine(
        "attachment", "t-2", parent: "t-1",
        fields: #""attachment":{"type":"queued_command","prompt":"And this"}"#),
    ]).unit
    #expect(
      unit.items.map { "\($0.nativeID ?? "") \($0.kind) \($0.provenance.text)" } == [
        "u-1 prompt client-asserted", "m-1 system synthetic", "x-1 system synthetic",
        "x-2 system synthetic", "s-1 system synthetic", "c-1 system synthetic",
        "t-1 system synthetic", "t-2 prompt client-asserted",
      ])
    #expect(unit.items.allSatisfy { $0.kind == .prompt || $0.model == nil })
    #expect(try unit.item("s-1").parentNativeID == "x-2")
    #expect(try unit.item("t-1").parentNativeID == "c-1")
    #expect(try unit.item("t-2").blocks == [ContentBlock(kind: .text, text: "And this")])
    #expect(unit.skipped == [.state: 1])
  }

  @Test("drops repeated records, and keeps changed ones with the same id")
  func handlesRepetitions() throws {
    let rewritten = userLine("u-1", #""List the tests""#, parent: "s-9", second: 40)
    let changed = userLine("u-1", #""Other words""#, parent: nil)
    let recorder = try readTranscript(Self.turn + [Self.turn[0], rewritten, changed])
    let unit = try recorder.unit
    #expect(unit.items.map(\.nativeID) == ["u-1", "a-1", "a-3", "u-1"])
    #expect(recorder.duplicateCount == 2)
    #expect(recorder.countedRecords == 8)
    #expect(unit.items[3].flags.contains(.idRepeated))
    #expect(String(decoding: unit.native, as: UTF8.self).contains(rewritten))
    #expect(summary(try unit.parsedAgain()) == summary(unit))
  }

  @Test("takes a prompt that waited only if it was never used")
  func takesQueuedPrompts() throws {
    func queued(_ text: String) -> String {
      #"{"type":"queue-operation","operation":"enqueue","timestamp":"2026-05-05T08:01:00.000Z","#
        + #""content":"\#(text)","sessionId":"\#(session)"}"#
    }
    let unit = try readTranscript(
      Self.turn + [
        queued("used later"), queued("taken back"),
        userLine("u-5", #""used later""#, parent: "a-3"),
        #"{"type":"queue-operation","operation":"remove","sessionId":"\#(session)"}"#,
      ]
    ).unit
    let prompts = unit.items.filter { $0.kind == .prompt }.map { $0.readingText }
    #expect(prompts == ["List the tests", "taken back", "used later"])
    #expect(unit.skipped == [.state: 2])
  }

  @Test("keeps what it can of deviant lines and names the rest")
  func toleratesDeviations() throws {
    let lines = [
      userLine("u-1", #""first""#, parent: nil),
      #"{"type":"user","uuid":7,"sessionId":"\#(session)","message":{"role":"user","content":"no id"}}"#,
      #"{"type":"user","uuid":"u-3","sessionId":"\#(session)","message":"words"}"#,
      #"{"type":"user","uuid":"u-4","sessionId":"\#(session)","timestamp":"yesterday","message":{"role":"user","content":[{"type":"hologram","x":1},5]}}"#,
      #"{"type":"assistant","uuid":"a-5","sessionId":"\#(session)","message":{"role":"assistant"}}"#,
      #"{"type":"user","uuid":"u-6","broken"#,
      userLine("u-7", #""after the damage""#, parent: nil),
      #"{"type":"user","uuid":"cut","#,
    ]
    let recorder = try readTranscript(lines)
    let unit = try recorder.unit
    #expect(unit.items.count == 6)
    #expect(unit.items[1].flags.contains(.idDerived))
    #expect(unit.items[1].flags.contains(.wrongType))
    #expect(unit.items[2].flags.contains(.wrongType))
    #expect(unit.items[3].flags.contains(.unknownBlock))
    #expect(unit.items[3].flags.contains(.timeUnreadable))
    #expect(unit.items[4].flags.contains(.empty))
    #expect(unit.items[5].readingText == "after the damage")
    #expect(recorder.failures.map(\.code) == [.decodeError, .decodeError])
    #expect(recorder.countedRecords == lines.count)
    #expect(unit.items[2].readingText == "words")
    let native = String(decoding: unit.native, as: UTF8.self)
    #expect(native.contains(lines[5] + "\n") && native.contains(lines[7] + "\n"))
    #expect(summary(try unit.parsedAgain()) == summary(unit))
  }

  @Test("keeps damaged lines wherever they stand, and counts them once")
  func keepsDamagedLines() throws {
    let damaged = [
      "{\"type\":\"user\",\"uuid\":\"cut", "\u{0}\u{0}\u{0}",
      #"{"type":"user","uuid":"u-9","message":{"role":"user","content":"words" "x"}}"#,
      #"{"type":"user","uuid":"u-8","n":nul}"#,
    ]
    let good = userLine("u-1", #""first""#, parent: nil)
    for lines in [damaged + [good], [good] + damaged] {
      let recorder = try readTranscript(lines)
      let unit = try recorder.unit
      #expect(unit.items.map(\.nativeID) == ["u-1"])
      let native = String(decoding: unit.native, as: UTF8.self)
      for line in damaged {
        let parts = native.components(separatedBy: line)
        #expect(parts.count == 2, "\(line)")
      }
      #expect(recorder.countedRecords == 1 + recorder.failures.count)
      #expect(summary(try unit.parsedAgain()) == summary(unit))
    }
  }

  @Test("keeps a last line that was cut, however long it is")
  func keepsLongCutLines() throws {
    let cut =
      #"{"type":"user","uuid":"u-2","message":{"role":"user","content":""#
      + String(
        repeating: "word ", count: 400_000)
    let recorder = try readTranscript([userLine("u-1", #""first""#, parent: nil), cut])
    #expect(recorder.failures.map(\.code) == [.decodeError])
    #expect(String(decoding: try recorder.unit.native, as: UTF8.self).contains(cut.dropLast()))
  }
}
