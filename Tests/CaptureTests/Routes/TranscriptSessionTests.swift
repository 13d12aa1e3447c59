// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Testing

@testable import Capture

private let session = writtenSession

@Suite("Sessions of Claude Code")
struct ClaudeCodeSessionTests {
  private static let task = [
    userLine("u-1", #""Ask an agent""#, parent: nil),
    assistantLine(
      "a-1",
      #"{"type":"tool_use","id":"toolu_9","name":"Task","input":{"prompt":"Count files"}}"#,
      parent: "u-1", second: 1),
    userLine(
      "u-2", #"[{"type":"tool_result","tool_use_id":"toolu_9","content":"Three"}]"#,
      parent: "a-1", second: 9, fields: #""toolUseResult":{"agentId":"77"}"#),
  ]
  private static let agent = [
    userLine(
      "g-1", #""Count files""#, parent: nil, second: 2,
      fields: #""isSidechain":true,"agentId":"77""#),
    assistantLine(
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
      userLine("u-1", #""Begin""#, parent: nil, session: "zz"),
      assistantLine(
        "a-1", #"{"type":"text","text":"Yes"}"#, parent: "u-1", second: 1, session: "zz"),
    ]
    let new =
      old.map { $0.replacingOccurrences(of: #""sessionId":"zz""#, with: #""sessionId":"aa""#) }
      + [userLine("u-9", #""Go on""#, parent: "a-1", second: 30, session: "aa")]
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
    let early = try readTranscript(Array(Self.task[0...1])).unit
    let late = try readTranscript(Self.task).unit
    for natives in [[early.native, late.native], [late.native, early.native]] {
      let all = try CaptureRoutes.parse(
        natives, kind: .conversation, route: "claude-code", nativeID: session)
      #expect(all.items.map(\.nativeID) == ["u-1", "a-1"])
      #expect(all.items[1].blocks.count == 2)
    }
  }

  @Test("separates the sessions of one file, and gives records without one to its neighbours")
  func separatesSessions() throws {
    let recorder = try readTranscript([
      #"{"type":"file-history-snapshot","messageId":"m","snapshot":{}}"#,
      userLine("u-1", #""one""#, parent: nil, session: "s1"),
      userLine("u-2", #""two""#, parent: nil, session: "s2"),
    ])
    let units = recorder.units.sorted { $0.nativeID < $1.nativeID }
    #expect(units.map(\.nativeID) == ["s1", "s2"])
    #expect(units[0].skipped == [.fileSnapshot: 1])
  }

  @Test("gives a file that tells no session a conversation of its own, flagged")
  func flagsUnknownSessions() throws {
    let recorder = try readTranscript(
      [#"{"type":"summary","summary":"Lost","leafUuid":"nowhere"}"#], name: "abc.jsonl")
    let unit = try recorder.unit
    #expect(unit.nativeID == "abc")
    #expect(unit.flags == [.idDerived, .empty])
    #expect(unit.title == "Lost")
    #expect(recorder.countedRecords == 1)
  }

  @Test(
    "takes the session of records that tell none from the file's name",
    arguments: [
      "p/\(session).jsonl", "p/\(session).jsonl.2026-05-05", "p/\(session)/subagents/agent-7.jsonl",
      "p/agent-7.jsonl",
    ])
  func takesSessionsOfNames(name: String) throws {
    let recorder = try capture(files: [
      (
        name,
        [
          userLine("u-1", #""Hello""#, parent: nil, session: nil),
          assistantLine(
            "a-1", #"{"type":"text","text":"Yes"}"#, parent: "u-1", second: 1, session: nil),
        ].joined(separator: "\n")
      )
    ])
    let unit = try recorder.unit
    let isTold = name.contains(session)
    #expect(unit.nativeID == (isTold ? session : "agent-7"))
    #expect(unit.items.map(\.nativeID) == ["u-1", "a-1"])
    #expect(unit.flags.contains(.idDerived) != isTold)
    #expect(unit.joinKeys.contains(JoinKey(.session, session)) == isTold)
    #expect(recorder.failures.isEmpty)
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
    let bare = userLine("u-1", #""Hello""#, parent: nil, session: nil)
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
      ("p/\(one).jsonl", userLine("u-1", #""one""#, parent: nil, session: "first")),
      (
        "p/\(other).jsonl",
        #"{"type":"file-history-snapshot","messageId":"m","snapshot":{},"timestamp":"2026-05-06"}"#
      ),
      (
        "q/both.jsonl",
        userLine("u-2", #""two""#, parent: nil, session: one) + "\n"
          + userLine("u-3", #""three""#, parent: nil, session: other)
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
        #"{"version":1,"entries":[]}"# + "\n" + userLine("u-1", #""Hello""#, parent: nil)
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
    let recorder = try readTranscript(titles + prompts)
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
    let prompts = [0, 7].map { userLine("u-\($0)", #""Hello""#, parent: nil, session: "s-\($0)") }
    let recorder = try readTranscript(titles + prompts, name: "old.jsonl")
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
    let recorder = try readTranscript(
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
      userLine(
        "u-\(number)", "\"\(number) \(words)\"", parent: number == 0 ? nil : "u-\(number - 1)")
    }
    let recorder = try readTranscript(lines)
    #expect(recorder.units.count > 1)
    #expect(recorder.units.allSatisfy { $0.isPart && $0.nativeID == session })
    #expect(recorder.units.flatMap(\.items).map(\.nativeID) == (0..<30).map { "u-\($0)" })
    let all = try CaptureRoutes.parse(
      recorder.units.map(\.native), kind: .conversation, route: "claude-code",
      nativeID: session)
    #expect(all.items.count == 30)
    #expect(all.items.allSatisfy { !$0.flags.contains(.parentMissing) })
  }
}
