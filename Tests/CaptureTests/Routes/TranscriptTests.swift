// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Testing

@testable import Capture

private let session = "5e550000-0000-4000-8000-000000000001"

/// A line of a transcript; `fields` are further members.
private func line(
  _ type: String, _ uuid: String?, parent: String?, second: Int = 0, session id: String? = session,
  fields: String
) -> String {
  var members = [#""type":"\#(type)""#]
  members.append(#""parentUuid":\#(parent.map { "\"\($0)\"" } ?? "null")"#)
  if let uuid { members.append(#""uuid":"\#(uuid)""#) }
  if let id { members.append(#""sessionId":"\#(id)""#) }
  let digits = second < 10 ? "0\(second)" : "\(second)"
  members.append(#""timestamp":"2026-05-05T08:00:\#(digits).000Z""#)
  members.append(#""cwd":"/home/ada/app""#)
  return "{" + (members + [fields]).joined(separator: ",") + "}"
}

private func user(
  _ uuid: String, _ content: String, parent: String?, second: Int = 0,
  session id: String? = session, fields: String = #""isSidechain":false"#
) -> String {
  line(
    "user", uuid, parent: parent, second: second, session: id,
    fields: #""message":{"role":"user","content":\#(content)},\#(fields)"#)
}

private func assistant(
  _ uuid: String, _ block: String, message: String = "msg_1", parent: String?, second: Int = 0,
  model: String = "claude-example-1", session id: String? = session,
  fields: String = #""isSidechain":false"#
) -> String {
  line(
    "assistant", uuid, parent: parent, second: second, session: id,
    fields: #""message":{"id":"\#(message)","type":"message","role":"assistant","#
      + #""model":"\#(model)","content":[\#(block)],"stop_reason":null},\#(fields)"#)
}

private func read(_ lines: [String], name: String = session + ".jsonl") throws -> Recorder {
  try capture(files: [(name, lines.joined(separator: "\n") + "\n")])
}

@Suite("Transcripts of Claude Code")
struct ClaudeCodeTests {
  private static let turn = [
    user("u-1", #""List the tests""#, parent: nil),
    assistant("a-1", #"{"type":"text","text":"Looking."}"#, parent: "u-1", second: 2),
    assistant(
      "a-2",
      #"{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"command":"ls tests"}}"#,
      parent: "a-1", second: 3),
    user(
      "u-2",
      #"[{"type":"tool_result","tool_use_id":"toolu_1","content":"a.swift","is_error":false}]"#,
      parent: "a-2", second: 4, fields: #""toolUseResult":{"stdout":"a.swift"}"#),
    assistant(
      "a-3", #"{"type":"text","text":"One file."}"#, message: "msg_2", parent: "u-2", second: 5),
  ]

  @Test("joins a response that was split over records, with the tool's answer")
  func joinsSplitResponses() throws {
    let recorder = try read(Self.turn)
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
    let unit = try read(
      Self.turn + [
        line("progress", "p-1", parent: "a-3", fields: #""data":{"type":"hook_progress"}"#),
        user("u-3", #""Thanks""#, parent: "p-1", second: 9),
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
        line("progress", "p-1", parent: "a-3", fields: #""data":{"type":"hook_progress"}"#),
        user("u-3", #""Thanks""#, parent: "p-1", second: 9), #"{"type":"x","n":[1,"a"]}"#,
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
        line("progress", "p-1", parent: "a-3", fields: #""data":{"x":[1,{"y":null}]}"#),
        line("novel-type", "n-1", parent: "a-3", fields: #""future":{"a":1.50}"#),
        #"{"type":"mode","mode":"plan","sessionId":"\#(session)","unknown":[[]]}"#, "42",
      ]
    let recorder = try read(lines)
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
    let item = try read([user("u-1", content, parent: nil)]).unit.items[0]
    #expect(item.kind.rawValue == kind)
    #expect(item.blocks.map { "\($0.kind.rawValue) \($0.text)" } == blocks)
    #expect(item.provenance == (kind == "prompt" ? .clientAsserted : .synthetic))
  }

  @Test("never attributes machine-made entries to a person or the model")
  func marksMachineMadeEntries() throws {
    let unit = try read([
      user("u-1", #""Hello""#, parent: nil),
      user("m-1", #""hook output""#, parent: "u-1", fields: #""isMeta":true"#),
      assistant(
        "x-1", #"{"type":"text","text":"API Error"}"#, message: "m", parent: "m-1",
        model: "<synthetic>"),
      assistant(
        "x-2", #"{"type":"text","text":"Overloaded"}"#, message: "n", parent: "x-1",
        fields: #""isApiErrorMessage":true"#),
      line(
        "system", "s-1", parent: nil,
        fields: #""subtype":"compact_boundary","content":"Compacted","logicalParentUuid":"x-2""#),
      user(
        "c-1", #""This session is being continued""#, parent: "s-1",
        fields: #""isCompactSummary":true"#),
      line("system", "s-2", parent: "c-1", fields: #""subtype":"turn_duration","durationMs":5"#),
      line(
        "attachment", "t-1", parent: "s-2",
        fields: #""attachment":{"type":"file","filename":"a.txt","content":"words"}"#),
      line(
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
    let rewritten = user("u-1", #""List the tests""#, parent: "s-9", second: 40)
    let changed = user("u-1", #""Other words""#, parent: nil)
    let recorder = try read(Self.turn + [Self.turn[0], rewritten, changed])
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
    let unit = try read(
      Self.turn + [
        queued("used later"), queued("taken back"), user("u-5", #""used later""#, parent: "a-3"),
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
      user("u-1", #""first""#, parent: nil),
      #"{"type":"user","uuid":7,"sessionId":"\#(session)","message":{"role":"user","content":"no id"}}"#,
      #"{"type":"user","uuid":"u-3","sessionId":"\#(session)","message":"words"}"#,
      #"{"type":"user","uuid":"u-4","sessionId":"\#(session)","timestamp":"yesterday","message":{"role":"user","content":[{"type":"hologram","x":1},5]}}"#,
      #"{"type":"assistant","uuid":"a-5","sessionId":"\#(session)","message":{"role":"assistant"}}"#,
      #"{"type":"user","uuid":"u-6","broken"#,
      user("u-7", #""after the damage""#, parent: nil),
      #"{"type":"user","uuid":"cut","#,
    ]
    let recorder = try read(lines)
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
    #expect(summary(try unit.parsedAgain()) == summary(unit))
  }
}

@Suite("Sessions of Claude Code")
struct ClaudeCodeSessionTests {
  private static let task = [
    user("u-1", #""Ask an agent""#, parent: nil),
    assistant(
      "a-1",
      #"{"type":"tool_use","id":"toolu_9","name":"Task","input":{"prompt":"Count files"}}"#,
      parent: "u-1", second: 1),
    user(
      "u-2", #"[{"type":"tool_result","tool_use_id":"toolu_9","content":"Three"}]"#,
      parent: "a-1", second: 9, fields: #""toolUseResult":{"agentId":"77"}"#),
  ]
  private static let agent = [
    user(
      "g-1", #""Count files""#, parent: nil, second: 2,
      fields: #""isSidechain":true,"agentId":"77""#),
    assistant(
      "g-2", #"{"type":"text","text":"Three"}"#, message: "msg_7", parent: "g-1", second: 3,
      fields: #""isSidechain":true,"agentId":"77""#),
  ]

  @Test(
    "hangs a sub-agent on the response that started it, wherever its file lies",
    arguments: [
      "p/\(session)/subagents/agent-77.jsonl", "p/agent-77.jsonl",
      "p/\(session)/subagents/workflows/w1/agent-77.jsonl",
    ])
  func linksSubAgents(name: String) throws {
    let recorder = try capture(files: [
      ("p/\(session).jsonl", Self.task.joined(separator: "\n")),
      (name, Self.agent.joined(separator: "\n")),
    ])
    let unit = try recorder.unit
    #expect(Set(unit.items.compactMap(\.nativeID)) == ["u-1", "a-1", "g-1", "g-2"])
    #expect(try unit.item("g-1").parentNativeID == "a-1")
    #expect(try unit.item("g-1").kind == .system)
    #expect(try unit.item("g-2").kind == .response)
    #expect(unit.currentLeafID == "a-1")
    #expect(summary(try unit.parsedAgain()) == summary(unit))
  }

  @Test("finds the start of a sub-agent by the words that it was told")
  func linksByPrompt() throws {
    let bare = Self.task[2].replacingOccurrences(of: #""agentId":"77""#, with: #""x":1"#)
    let recorder = try capture(files: [
      ("p/\(session).jsonl", (Self.task[0...1] + [bare]).joined(separator: "\n")),
      ("p/agent-77.jsonl", Self.agent.joined(separator: "\n")),
    ])
    #expect(try recorder.unit.item("g-1").parentNativeID == "a-1")
  }

  @Test("takes what a resumed session repeats once, whichever file comes first by name")
  func dropsRepetitionsOfResumedSessions() throws {
    let old = [
      user("u-1", #""Begin""#, parent: nil, session: "zz"),
      assistant(
        "a-1", #"{"type":"text","text":"Yes"}"#, parent: "u-1", second: 1, session: "zz"),
    ]
    let new =
      old.map { $0.replacingOccurrences(of: #""sessionId":"zz""#, with: #""sessionId":"aa""#) }
      + [user("u-9", #""Go on""#, parent: "a-1", second: 30, session: "aa")]
    let recorder = try capture(files: [
      ("p/zz.jsonl", old.joined(separator: "\n")), ("p/aa.jsonl", new.joined(separator: "\n")),
    ])
    let units = recorder.units.sorted { $0.nativeID < $1.nativeID }
    #expect(units.map(\.nativeID) == ["aa", "zz"])
    #expect(units[0].items.map(\.nativeID) == ["u-9"])
    #expect(units[0].items[0].flags == [.continuesOther])
    #expect(units[1].items.map(\.nativeID) == ["u-1", "a-1"])
    #expect(recorder.duplicateCount == 2)
    #expect(String(decoding: units[0].native, as: UTF8.self).contains(new[0]))
    #expect(summary(try units[0].parsedAgain()) == summary(units[0]))
  }

  @Test("takes a later snapshot of a session together with the earlier one")
  func joinsSnapshots() throws {
    let early = try read(Array(Self.task[0...1])).unit
    let late = try read(Self.task).unit
    for natives in [[early.native, late.native], [late.native, early.native]] {
      let all = try CaptureRoutes.parse(
        natives, kind: .conversation, route: "claude-code", nativeID: session)
      #expect(all.items.map(\.nativeID) == ["u-1", "a-1"])
      #expect(all.items[1].blocks.count == 2)
    }
  }

  @Test("separates the sessions of one file, and gives records without one to its neighbours")
  func separatesSessions() throws {
    let recorder = try read([
      #"{"type":"file-history-snapshot","messageId":"m","snapshot":{}}"#,
      user("u-1", #""one""#, parent: nil, session: "s1"),
      user("u-2", #""two""#, parent: nil, session: "s2"),
    ])
    let units = recorder.units.sorted { $0.nativeID < $1.nativeID }
    #expect(units.map(\.nativeID) == ["s1", "s2"])
    #expect(units[0].skipped == [.fileSnapshot: 1])
  }

  @Test("gives a file that tells no session a conversation of its own, flagged")
  func flagsUnknownSessions() throws {
    let recorder = try read(
      [#"{"type":"summary","summary":"Lost","leafUuid":"nowhere"}"#], name: "abc.jsonl")
    let unit = try recorder.unit
    #expect(unit.nativeID == "abc")
    #expect(unit.flags == [.idDerived, .empty])
    #expect(unit.title == "Lost")
    #expect(recorder.countedRecords == 1)
  }

  @Test("reads journals of workflows and lists of sessions without making items")
  func readsSideFiles() throws {
    let recorder = try capture(files: [
      ("p/\(session).jsonl", Self.task.joined(separator: "\n")),
      (
        "p/\(session)/subagents/workflows/w1/journal.jsonl",
        #"{"type":"started","key":"k","agentId":"1"}"#
      ),
      ("p/sessions-index.json", #"{"version":1,"entries":[]}"#),
    ])
    #expect(try recorder.unit.skipped == [.state: 1])
    #expect(recorder.skipped == [.listing: 1])
    #expect(recorder.failures.isEmpty)
  }

  @Test("unwraps sessions that were exported as one object")
  func unwrapsLogLines() throws {
    let wrapper = #"{"v":3,"loglines":["# + Self.task.joined(separator: ",") + #"],"end":true}"#
    let unit = try capture(files: [("web.json", wrapper)]).unit
    #expect(unit.items.map(\.nativeID) == ["u-1", "a-1"])
    #expect(
      String(decoding: unit.native, as: UTF8.self)
        .contains(#"{"v":3,"loglines":[],"end":true}"#))
  }

  @Test("keeps what is around wrapped lines that tell no session")
  func keepsWrappers() throws {
    let bare = user("u-1", #""Hello""#, parent: nil, session: nil)
    let recorder = try capture(files: [
      ("web.json", #"{"v":3,"loglines":["# + bare + #"],"end":true}"#)
    ])
    let unit = try recorder.unit
    #expect(unit.nativeID == "web")
    #expect(unit.flags == [.idDerived])
    #expect(
      String(decoding: unit.native, as: UTF8.self)
        .contains(#"{"v":3,"loglines":[],"end":true}"#))
    #expect(recorder.countedRecords == 1)
  }

  @Test("keeps apart sessions and files whose names differ in normalization alone")
  func separatesNormalizations() throws {
    let (one, other) = ("s\u{E9}", "se\u{301}")
    let recorder = try capture(files: [
      ("p/\(one).jsonl", user("u-1", #""one""#, parent: nil, session: "first")),
      (
        "p/\(other).jsonl",
        #"{"type":"file-history-snapshot","messageId":"m","snapshot":{},"timestamp":"2026-05-06"}"#
      ),
      (
        "q/both.jsonl",
        user("u-2", #""two""#, parent: nil, session: one) + "\n"
          + user("u-3", #""three""#, parent: nil, session: other)
      ),
    ])
    #expect(
      recorder.units.map { Array($0.nativeID.utf8) }
        == ["first", other, one, other].map { Array($0.utf8) })
    #expect(recorder.units.map { $0.items.count } == [1, 0, 1, 1])
  }

  @Test(
    "keeps a title on the route of its file, whatever is read after it",
    arguments: ["p/b.jsonl", "q/b.jsonl"])
  func keepsRoutesOfTitles(other: String) throws {
    let recorder = try capture(files: [
      ("p/a.jsonl", #"{"type":"summary","summary":"Lost","leafUuid":"nowhere"}"#),
      (
        other,
        #"{"type":"user","session_id":"h1","timestamp":"2026-05-05T08:00:00Z","message":{"role":"user","content":"Hi"}}"#
      ),
    ])
    let units = recorder.units.sorted { $0.nativeID < $1.nativeID }
    #expect(units.map(\.nativeID) == ["a", "h1"])
    #expect(units.map(\.route) == ["claude-code", "claude-code-stream"])
  }

  @Test("takes a record that is no list of sessions as an exception")
  func namesForeignRecordsOfLists() throws {
    let recorder = try capture(files: [
      (
        "p/sessions-index.json",
        #"{"version":1,"entries":[]}"# + "\n" + user("u-1", #""Hello""#, parent: nil)
      )
    ])
    #expect(recorder.skipped == [.listing: 1])
    #expect(recorder.failures.map(\.object) == ["record 2"])
  }

  @Test("gives each of many titles to the session that it names")
  func takesManyTitles() throws {
    let count = 16_000
    let titles = (0..<count).map {
      #"{"type":"summary","summary":"T \#($0)","leafUuid":"u-\#($0)"}"#
    }
    let prompts = (0..<count).map {
      #"{"type":"user","uuid":"u-\#($0)","sessionId":"s-\#($0)","message":{"content":"x"}}"#
    }
    let recorder = try read(titles + prompts)
    #expect(recorder.units.count == count)
    #expect(recorder.units.allSatisfy { $0.title == "T " + $0.nativeID.dropFirst(2) })
    #expect(recorder.countedRecords == 2 * count)
  }

  @Test("holds a bounded part of the titles that wait, and loses none")
  func boundsTitles() throws {
    let words = String(repeating: "word ", count: 200_000)
    let titles = (0..<8).map {
      #"{"type":"summary","summary":"\#($0) \#(words)","leafUuid":"u-\#($0)"}"#
    }
    let prompts = [0, 7].map { user("u-\($0)", #""Hello""#, parent: nil, session: "s-\($0)") }
    let recorder = try read(titles + prompts, name: "old.jsonl")
    let units = recorder.units.sorted { $0.nativeID < $1.nativeID }
    #expect(units.map(\.nativeID) == ["old", "s-0", "s-7"])
    // The first waited too long for its session; the last did not.
    #expect(units.map { $0.title.prefix(2) } == ["6 ", "", "7 "])
    #expect(units[0].flags == [.idDerived, .empty])
    #expect(recorder.countedRecords == titles.count + prompts.count)
    let all = String(decoding: units.flatMap(\.native), as: UTF8.self)
    for title in titles { #expect(all.contains(title + "\n")) }
  }

  @Test("holds many records that wait for a session")
  func takesManyOrphans() throws {
    let count = 100_000
    let recorder = try read(
      [#"{"type":"file-history-snapshot","messageId":"m","snapshot":{}}"#]
        + [String](repeating: "1", count: count))
    #expect(try recorder.unit.skipped == [.fileSnapshot: 1, .foreignLine: count])
  }

  @Test("reads headless output, be it lines or one array", arguments: [false, true])
  func readsStreamJSON(isArray: Bool) throws {
    let lines = [
      #"{"type":"system","subtype":"init","session_id":"h1","tools":["Bash"],"cwd":"/home/ada/x"}"#,
      #"{"type":"user","session_id":"h1","message":{"role":"user","content":"Hi"}}"#,
      #"{"type":"assistant","session_id":"h1","message":{"id":"msg_h","role":"assistant","model":"claude-example-1","content":[{"type":"text","text":"Hello"}]}}"#,
      #"{"type":"assistant","session_id":"h1","message":{"id":"msg_h","role":"assistant","model":"claude-example-1","content":[{"type":"tool_use","id":"toolu_h","name":"Bash","input":{}}]}}"#,
      #"{"type":"user","session_id":"h1","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_h","content":"x"}]}}"#,
      #"{"type":"result","subtype":"success","session_id":"h1","result":"Hello","num_turns":1}"#,
    ]
    let text = isArray ? "[" + lines.joined(separator: ",") + "]" : lines.joined(separator: "\n")
    let recorder = try capture(files: [("out.json", text)])
    let unit = try recorder.unit
    #expect(unit.route == "claude-code-stream")
    #expect(unit.nativeID == "h1")
    #expect(unit.items.map(\.kind) == [.prompt, .response])
    #expect(unit.items[1].nativeID == "msg_h")
    #expect(unit.items[1].blocks.count == 3)
    #expect(recorder.countedRecords == lines.count)
    #expect(summary(try unit.parsedAgain()) == summary(unit))
  }

  @Test("holds a bounded part of a long session and hands the rest over as parts of it")
  func splitsLongSessions() throws {
    let words = String(repeating: "word ", count: 200_000)
    let lines = (0..<30).map { number in
      user("u-\(number)", "\"\(number) \(words)\"", parent: number == 0 ? nil : "u-\(number - 1)")
    }
    let recorder = try read(lines)
    #expect(recorder.units.count > 1)
    #expect(recorder.units.allSatisfy { $0.isPart && $0.nativeID == session })
    #expect(recorder.units.flatMap(\.items).map(\.nativeID) == (0..<30).map { "u-\($0)" })
    let all = try CaptureRoutes.parse(
      recorder.units.map(\.native), kind: .conversation, route: "claude-code", nativeID: session)
    #expect(all.items.count == 30)
    #expect(all.items.allSatisfy { !$0.flags.contains(.parentMissing) })
  }
}
