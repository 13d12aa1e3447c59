// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

@testable import Capture

private func edit(_ input: String) -> String {
  #"{"type":"tool_use","name":"artifacts","input":\#(input)}"#
}

private func message(
  _ id: String, _ blocks: String..., parent: String? = nil, time: Int = 0
)
  -> String
{
  messageJSON(
    id, parent: parent, time: "2026-01-01T00:00:0\(time)Z",
    fields: #""content":[\#(blocks.joined(separator: ","))]"#)
}

private let create = edit(
  #"{"id":"a","command":"create","type":"text/markdown","title":"T","content":"one two one"}"#)

@Suite struct ArtifactTests {
  @Test func editsMakeVersions() throws {
    let unit = try parse(
      conversationJSON(
        message("m1", create),
        message(
          "m2", edit(#"{"id":"a","command":"update","old_str":"one","new_str":"1"}"#),
          edit(#"{"id":"a","command":"rewrite","title":"U","content":"new"}"#)),
        message("m3", edit(#"{"id":"b","command":"create","content":""}"#))))
    let files = unit.items.flatMap(\.files)
    #expect(files.map(\.text) == ["one two one", "1 two one", "new", ""])
    #expect(files.map(\.version) == [1, 2, 3, 1])
    #expect(files.map(\.nativeID) == ["a", "a", "a", "b"])
    #expect(files.map(\.name) == ["T", "T", "U", ""])
    #expect(files.map(\.type) == ["text/markdown", "text/markdown", "text/markdown", ""])
    #expect(files.allSatisfy { $0.kind == .artifact })
    #expect(unit.gaps.isEmpty)
    #expect(!unit.items.contains { $0.flags.contains(.artifactUpdateMissed) })
  }

  @Test(arguments: [
    #"{"id":"a","command":"update","old_str":"absent","new_str":"x"}"#,
    #"{"id":"a","command":"update","old_str":"","new_str":"x"}"#,
    #"{"id":"a","command":"update","new_str":"x"}"#, #"{"id":"a","command":"rewrite"}"#,
    #"{"id":"a","command":"transmogrify","content":"x"}"#, #"{"id":"a"}"#,
  ])
  func anEditThatCannotBeMadeKeepsTheTextAndIsFlagged(input: String) throws {
    let unit = try parse(conversationJSON(message("m1", create), message("m2", edit(input))))
    #expect(unit.items[1].files.map(\.text) == ["one two one"])
    #expect(unit.items[1].files.map(\.version) == [2])
    #expect(unit.items.map(\.flags) == [[], [.artifactUpdateMissed]])
    #expect(unit.gaps.isEmpty)
  }

  @Test func anUpdateWithoutItsArtifactIsAGap() throws {
    let unit = try parse(
      conversationJSON(
        message("m1", edit(#"{"id":"a","command":"update","old_str":"x","new_str":"y"}"#))))
    #expect(unit.items[0].files.map(\.text) == [nil])
    #expect(unit.items[0].flags == [.artifactUpdateMissed])
    #expect(unit.gaps.map(\.code) == [.fileNotCaptured])
  }

  @Test func siblingsDoNotSeeEachOthersEdits() throws {
    func update(_ new: String) -> String {
      edit(#"{"id":"a","command":"update","old_str":"two","new_str":"\#(new)"}"#)
    }
    let unit = try parse(
      conversationJSON(
        message("m1", create, parent: ClaudeExport.rootMessageID),
        message("m2", update("left"), parent: "m1", time: 1),
        message("m3", update("right"), parent: "m1", time: 2)))
    #expect(
      unit.items.flatMap(\.files).map(\.text) == ["one two one", "one left one", "one right one"])
    #expect(unit.items.flatMap(\.files).map(\.version) == [1, 2, 3])
  }

  @Test func aBranchSeesWhatItsOwnMessagesMadeAndNothingElse() throws {
    func update(_ id: String, _ old: String, _ new: String) -> String {
      edit(#"{"id":"\#(id)","command":"update","old_str":"\#(old)","new_str":"\#(new)"}"#)
    }
    let other = edit(#"{"id":"b","command":"create","content":"other"}"#)
    let unit = try parse(
      conversationJSON(
        message("m1", create, parent: ClaudeExport.rootMessageID),
        message(
          "m2", other, update("a", "two", "2"), update("a", "2", "zwei"), parent: "m1", time: 1),
        message("m3", update("b", "other", "changed"), parent: "m2", time: 2),
        message(
          "m4", update("b", "other", "x"), update("a", "two", "right"), parent: "m1", time: 3),
        message("m5", update("a", "right", "end"), parent: "m4", time: 4),
        message("m6", update("a", "one", "x"), parent: ClaudeExport.rootMessageID, time: 5)))
    #expect(
      unit.items.map { $0.files.map(\.text) } == [
        ["one two one"], ["other", "one 2 one", "one zwei one"], ["changed"],
        [nil, "one right one"], ["one end one"], [nil],
      ])
  }

  @Test func manyArtifactsOfManyMessagesAreRebuilt() throws {
    let count = 20_000
    let messages = (0..<count).map { number in
      let content = edit(#"{"id":"a\#(number)","command":"create","content":"\#(number)"}"#)
      return messageJSON("m\(number)", fields: #""content":[\#(content)]"#)
    }
    let unit = try parse(
      #"{"uuid":"c","chat_messages":["# + messages.joined(separator: ",") + "]}")
    #expect(unit.items.count == count)
    #expect(unit.items[count - 1].files.map(\.text) == ["\(count - 1)"])
  }

  @Test func replacementTextIsTakenLiterally() throws {
    let unit = try parse(
      conversationJSON(
        message("m1", edit(#"{"id":"a","command":"create","content":"aab aaab $1 e\u0301"}"#)),
        message("m2", edit(#"{"id":"a","command":"update","old_str":"aaab","new_str":"\\0$1"}"#)),
        message("m3", edit(#"{"id":"a","command":"update","old_str":"\u00e9","new_str":"x"}"#))))
    #expect(unit.items[1].files[0].text == "aab \\0$1 $1 e\u{301}")
    // Another spelling of the same character is another text.
    #expect(unit.items[2].flags == [.artifactUpdateMissed])
  }

  @Test func tagsInTextAreArtifactsOfTheAssistant() throws {
    let text =
      #"See <antArtifact identifier=\"a\" type=\"text/html\" title=\"A > B\"><p>é</p></antArtifact>"#
      + #" and <antArtifactual> and <antArtifact identifier='b'\n title='C'>open <end"#
    let fields = #""content":[{"type":"text","text":"\#(text)"}]"#
    let unit = try parse(
      conversationJSON(
        messageJSON("m1", fields: fields), messageJSON("m2", sender: "human", fields: fields)))
    let files = unit.items[0].files
    #expect(files.map(\.nativeID) == ["a", "b"])
    #expect(files.map(\.name) == ["A > B", "C"])
    #expect(files.map(\.type) == ["text/html", ""])
    #expect(files.map(\.text) == ["<p>é</p>", "open <end"])
    #expect(unit.items[1].files.isEmpty)
  }
}
