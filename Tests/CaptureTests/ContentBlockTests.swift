// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

@testable import Capture

@Suite struct ContentBlockTests {
  @Test(arguments: [
    (
      #"{"type":"text","text":"Hi","citations":[{"uuid":"u"}]}"#,
      ContentBlock(kind: .text, text: "Hi")
    ),
    (
      #"{"type":"thinking","thinking":"Hm","summaries":[{"summary":"S1"},{"summary":"S2"}],"cut_off":false}"#,
      ContentBlock(kind: .thinking, text: "Hm\nS1\nS2")
    ),
    (
      #"{"type":"tool_use","id":null,"name":"bash_tool","input":{"command":"ls","n":5,"deep":{"k":["x",true,"y"]}}}"#,
      ContentBlock(kind: .toolUse, text: "command\nls\nn\ndeep\nk\nx\ny", name: "bash_tool")
    ),
    (
      #"{"type":"tool_use","name":"view","input":"{\"part"}"#,
      ContentBlock(kind: .toolUse, text: #"{"part"#, name: "view")
    ),
    (
      #"{"input":{"q":"v"},"name":"search","type":"tool_use"}"#,
      ContentBlock(kind: .toolUse, text: "q\nv", name: "search")
    ),
    (
      #"{"type":"tool_result","name":"t","content":[{"type":"text","text":"A"},{"type":"knowledge","title":"T","url":"https://k.example","text":"B"}],"is_error":true}"#,
      ContentBlock(
        kind: .toolResult, text: "A\nT\nhttps://k.example\nB", name: "t", isError: true)
    ),
    (
      #"{"type":"tool_result","name":"t","content":"old form","is_error":false}"#,
      ContentBlock(kind: .toolResult, text: "old form", name: "t")
    ),
    (
      #"{"type":"tool_result","name":"t","content":null,"structured_content":{"k":"v","l":["w"]}}"#,
      ContentBlock(kind: .toolResult, text: "v\nw", name: "t")
    ),
    (
      #"{"type":"tool_result","name":"t"}"#,
      ContentBlock(kind: .toolResult, text: "", name: "t")
    ),
    (
      #"{"type":"voice_note","title":"Memo","text":"spoken"}"#,
      ContentBlock(kind: .voiceNote, text: "Memo\nspoken")
    ),
  ])
  func aKnownBlockGivesItsWordsWithoutAFlag(json: String, block: ContentBlock) throws {
    let item = try item(content: "[\(json)]")
    #expect(item.blocks == [block])
    #expect(item.flags == (block.text.isEmpty ? [.empty] : []))
  }

  @Test func blocksStayApartAndInOrder() throws {
    let item = try item(
      content: #"""
        [{"type":"thinking","thinking":"a"},{"type":"text","text":"b"},
        {"type":"text","text":"c"}]
        """#)
    #expect(item.blocks.map(\.text) == ["a", "b", "c"])
    #expect(item.readingText == "b\n\nc")
  }

  @Test func aTokenBudgetIsPassedOverAndTold() throws {
    let item = try item(content: #"[{"type":"text","text":"a"},{"type":"token_budget"}]"#)
    #expect(item.blocks.map(\.kind) == [.text])
    #expect(item.flags == [.skippedBlock])
  }

  @Test(
    arguments: [
      (#"{"type":"hologram","text":"x"}"#, "hologram", [.unknownBlock, .empty]),
      (#"{"text":"x"}"#, "", [.unknownBlock, .empty]),
      (#"{"type":7}"#, "", [.wrongType, .unknownBlock, .empty]),
      (#""bare""#, "", [.wrongType, .unknownBlock, .empty]),
      ("null", "", [.wrongType, .unknownBlock, .empty]),
    ] as [(String, String, [RecordFlag])])
  func anUnknownBlockIsKeptByItsTypeAndFlagged(
    json: String, name: String, flags: [RecordFlag]
  ) throws {
    let item = try item(content: "[\(json)]")
    #expect(item.blocks == [ContentBlock(kind: .unknown, text: "", name: name)])
    #expect(item.flags == flags)
  }

  @Test(arguments: [
    #"{"type":"text","text":5}"#, #"{"type":"thinking","thinking":"x","summaries":{}}"#,
    #"{"type":"thinking","thinking":"x","summaries":["s"]}"#,
    #"{"type":"tool_use","name":[],"input":{"a":"x"}}"#,
    #"{"type":"tool_result","content":{"a":1}}"#, #"{"type":"tool_result","content":[3]}"#,
    #"{"type":"tool_result","content":[{"type":"text","text":{}}]}"#,
    #"{"type":"tool_result","content":"x","is_error":"yes"}"#,
    #"{"type":"voice_note","title":1,"text":"x"}"#,
  ])
  func aFieldOfAnotherTypeIsFlaggedAndTheRestRead(json: String) throws {
    let item = try item(content: #"[\#(json),{"type":"text","text":"after"}]"#)
    #expect(item.flags == [.wrongType])
    #expect(item.blocks.count == 2)
    #expect(item.blocks.last?.text == "after")
  }

  @Test func filesOfToolResultsAreNamedAndTheirBytesAreAGap() throws {
    let unit = try parse(
      conversationJSON(
        messageJSON(
          "m1",
          fields: #"""
            "content":[{"type":"tool_result","name":"present_files","content":[
            {"type":"local_resource","file_path":"/out/a.xlsx","name":"a","mime_type":"app/x","uuid":"f1"},
            {"type":"local_resource","file_path":"/out/b.txt"},
            {"type":"image","file_uuid":"f2"},{"type":"future","text":"?"}]}]
            """#)))
    let item = unit.items[0]
    #expect(item.files.map(\.kind) == [.generatedFile, .generatedFile, .generatedFile])
    #expect(item.files.map(\.name) == ["a", "/out/b.txt", ""])
    #expect(item.files.map(\.nativeID) == ["f1", nil, "f2"])
    #expect(item.files.map(\.type) == ["app/x", "", "image"])
    #expect(item.blocks[0].text == "a\n/out/a.xlsx\n/out/b.txt")
    #expect(item.flags == [.unknownBlock])
    #expect(unit.gaps.map(\.code) == Array(repeating: .fileNotCaptured, count: 3))
    #expect(unit.gaps.allSatisfy { $0.object == "m1" && $0.path == "export.json" })
  }

  @Test func textIsUsedOnlyWithoutContent() throws {
    func blocks(_ fields: String) throws -> [String] {
      try parse(conversationJSON(messageJSON("m", fields: fields))).items[0].blocks.map(\.text)
    }
    #expect(try blocks(#""text":"old export""#) == ["old export"])
    #expect(try blocks(#""text":"old export","content":null"#) == ["old export"])
    #expect(
      try blocks(#""text":"noise","content":[{"type":"text","text":"real"}]"#) == ["real"])
    #expect(
      try blocks(#""content":[{"type":"text","text":"real"}],"text":"noise""#) == ["real"])
    #expect(try blocks(#""text":"""#) == [])
  }

  @Test func repairsAreFlaggedOnTheMessage() throws {
    let lone = try parse(
      conversationJSON(
        messageJSON("m1", fields: #""content":[{"type":"text","text":"\ud83d"}]"#),
        messageJSON("m2", fields: #""content":[{"type":"text","text":"fine"}]"#)))
    #expect(lone.items.map(\.flags) == [[.loneSurrogate], []])
    #expect(lone.items[0].blocks[0].text == "\u{FFFD}")

    var native = Array(
      conversationJSON(messageJSON("m1", fields: #""content":[{"type":"text","text":"?"}]"#)).utf8)
    let place = try #require(native.lastIndex(of: UInt8(ascii: "?")))
    native[place] = 0xFF
    let invalid = try ClaudeExport.parseConversation(native: native)
    #expect(invalid.items[0].flags == [.invalidUTF8])
    #expect(invalid.native == native)
  }
}
