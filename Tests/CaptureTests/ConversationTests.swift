// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

@testable import Capture

@Suite struct ConversationTests {
  @Test func everyFieldOfAConversationIsRead() throws {
    let json = conversationJSON(
      messageJSON(
        "m1", sender: "human",
        fields: #""updated_at":"2026-02-03T04:05:07+00:00","text":"Q","content":[],"model":null"#),
      messageJSON("m2", fields: #""content":[{"type":"text","text":"A"}]"#),
      fields: #"""
        "summary":"s","model":"claude-x","current_leaf_message_uuid":"m2","is_starred":true,
        "project":{"uuid":"p1","name":"Plan"},"settings":{"a":[1]},
        """#)
    let unit = try parse(json)
    #expect(unit.kind == .conversation)
    #expect(unit.route == "claude.ai-export")
    #expect(unit.nativeID == "c1")
    #expect(unit.title == "Title")
    #expect(unit.createdAt?.text == "2026-02-03T04:05:06.123456Z")
    #expect(unit.createdAt?.instant == Instant(rfc3339: "2026-02-03T04:05:06.123456Z"))
    #expect(unit.updatedAt?.text == "2026-02-03T04:06:00Z")
    #expect(unit.accountID == "a1")
    #expect(unit.projectID == "p1")
    #expect(unit.projectName == "Plan")
    #expect(unit.currentLeafID == "m2")
    #expect(unit.flags.isEmpty)
    #expect(unit.gaps.isEmpty)
    #expect(unit.native == Array(json.utf8))
    #expect(unit.items.map(\.nativeID) == ["m1", "m2"])
    #expect(unit.items.map(\.kind) == [.prompt, .response])
    #expect(unit.items.map(\.role) == [.user, .assistant])
    #expect(unit.items.map(\.nativeRole) == ["human", "assistant"])
    #expect(unit.items.map(\.readingText) == ["Q", "A"])
    #expect(unit.items.map(\.model) == [nil, "claude-x"])
    #expect(unit.items[0].updatedAt?.instant == Instant(rfc3339: "2026-02-03T04:05:07Z"))
    for item in unit.items {
      let native = String(decoding: unit.native[item.nativeRange], as: UTF8.self)
      #expect(native.hasPrefix(#"{"uuid":"\#(item.nativeID ?? "")""#) && native.hasSuffix("}"))
    }
  }

  @Test func theModelOfAMessageGoesBeforeThatOfTheConversation() throws {
    let unit = try parse(
      conversationJSON(messageJSON("m1", fields: #""model":"own""#), fields: #""model":"all","#))
    #expect(unit.items[0].model == "own")
  }

  @Test func attachmentsAndFilesAreRead() throws {
    let unit = try parse(
      conversationJSON(
        messageJSON(
          "m1", sender: "human",
          fields: #"""
            "attachments":[{"id":"t1","file_name":"a.csv","file_size":12,"file_type":"text/csv",
            "extracted_content":"a,b"},{"file_name":"","extracted_content":""},{},
            {"file_name":"twice.pdf"}],
            "files":[{"file_name":"c.png","file_uuid":"f1"},{"file_name":"twice.pdf","file_uuid":"f2"}],
            "files_v2":[{"file_name":"c.png","file_uuid":"f1","file_kind":"image"},
            {"file_name":"d.png","file_uuid":"f3"}]
            """#),
        messageJSON("m2", fields: #""files":[{"file_name":"out.xlsx"}]"#)))
    let files = unit.items[0].files
    #expect(files.map(\.name) == ["a.csv", "", "", "twice.pdf", "c.png", "d.png"])
    #expect(files.map(\.text) == ["a,b", "", nil, nil, nil, nil])
    #expect(files.map(\.nativeID) == ["t1", nil, nil, nil, "f1", "f3"])
    #expect(files[0].byteCount == 12)
    #expect(files[0].type == "text/csv")
    #expect(files.allSatisfy { $0.kind == .attachment })
    #expect(unit.items[1].files.map(\.kind) == [.generatedFile])
    // Each file without its text is a gap, named by its message.
    #expect(unit.gaps.map(\.object) == ["m1", "m1", "m1", "m1", "m2"])
    #expect(unit.gaps.allSatisfy { $0.code == .fileNotCaptured })
  }

  @Test(
    arguments: [
      (#""content":[]"#, [.empty]), (#""text":" \n\u00a0\t""#, [.empty]),
      (#""content":[{"type":"text","text":""},{"type":"text","text":"  "}]"#, [.empty]),
      (#""content":[{"type":"text","text":"."}]"#, []),
      (#""content":"plain","text":"x""#, [.wrongType]),
      (#""content":7,"text":"x""#, [.wrongType]),
      (#""text":{},"content":[]"#, [.wrongType, .empty]),
      (#""text":"x","attachments":{},"files":"y""#, [.wrongType]),
      (#""text":"x","attachments":[1],"files":[null]"#, [.wrongType]),
      (#""text":"x","attachments":[{"file_size":"12","extracted_content":"t"}]"#, [.wrongType]),
      (#""text":"x","attachments":[{"file_size":-1,"extracted_content":"t"}]"#, [.wrongType]),
      (#""text":"x","updated_at":"yesterday""#, [.timeUnreadable]),
      (#""text":"x","updated_at":5"#, [.wrongType]),
      (#""text":"x","model":["m"]"#, [.wrongType]),
      (#""text":"x","parent_message_uuid":{}"#, [.wrongType]),
    ] as [(String, [RecordFlag])])
  func whatIsNotableAboutAMessageIsFlagged(fields: String, flags: [RecordFlag]) throws {
    let unit = try parse(
      conversationJSON(
        messageJSON("m1", fields: fields), messageJSON("m2", fields: #""text":"after""#)))
    #expect(unit.items[0].flags == flags)
    #expect(unit.items[1].flags == [])
    #expect(unit.items[1].readingText == "after")
  }

  @Test func sendersAreToldApart() throws {
    let senders = ["human", "user", "assistant", "tool", "system", "robot", ""]
    let unit = try parse(
      #"{"uuid":"c","chat_messages":[\#(senders.map { messageJSON($0, sender: $0, fields: #""text":"x""#) }.joined(separator: ","))]}"#
    )
    #expect(
      unit.items.map(\.role) == [.user, .user, .assistant, .tool, .system, .system, .system])
    #expect(
      unit.items.map { $0.flags.contains(.senderUnknown) } == [
        false, false, false, false, false, true, true,
      ])
    #expect(unit.items.last?.nativeID == nil)
  }

  @Test(
    arguments: [
      (#"{"uuid":"c1","chat_messages":[]}"#, [.empty]),
      (#"{"uuid":"c1"}"#, [.messagesAbsent, .empty]),
      (#"{"uuid":"c1","chat_messages":null}"#, [.messagesAbsent, .empty]),
      (#"{"uuid":"c1","chat_messages":{}}"#, [.wrongType, .messagesAbsent, .empty]),
      (#"{"uuid":"c1","name":null,"account":null,"chat_messages":[]}"#, [.empty]),
      (#"{"uuid":"c1","name":3,"account":"a","chat_messages":[]}"#, [.wrongType, .empty]),
      (#"{"uuid":"c1","created_at":"","chat_messages":[]}"#, [.timeUnreadable, .empty]),
      (#"{"uuid":"c1","name":"\udc00","chat_messages":[]}"#, [.loneSurrogate, .empty]),
    ] as [(String, [RecordFlag])])
  func aConversationWithoutMessagesIsKeptAndFlagged(json: String, flags: [RecordFlag]) throws {
    let unit = try parse(json)
    #expect(Set(unit.flags) == Set(flags))
    #expect(unit.flags.count == flags.count)
    #expect(unit.nativeID == "c1")
    #expect(unit.items.isEmpty)
  }

  @Test(arguments: [
    #"{"chat_messages":[]}"#, #"{"uuid":"","chat_messages":[]}"#, #"{"uuid":7,"chat_messages":[]}"#,
  ])
  func aConversationWithoutIDGetsOneFromItsBytes(json: String) throws {
    let unit = try parse(json)
    #expect(unit.flags.contains(.idDerived))
    #expect(unit.nativeID.hasPrefix("sha256-"))
    #expect(unit.nativeID.utf8.count == 7 + 32)
    #expect(try parse(json).nativeID == unit.nativeID)
    #expect(try parse(json.replacingOccurrences("]", " ]")).nativeID != unit.nativeID)
  }

  @Test func messagesThatAreNoObjectsAreKept() throws {
    let unit = try parse(conversationJSON("null", "[1]", messageJSON("m", fields: #""text":"x""#)))
    #expect(unit.items.map(\.flags) == [[.wrongType, .empty], [.wrongType, .empty], []])
    #expect(String(decoding: unit.native[unit.items[1].nativeRange], as: UTF8.self) == "[1]")
  }

  @Test(arguments: [
    "{}", "[]", "7", #"{"a":1}"#, #"{"uuid":"m","sender":"human","text":"torn out"}"#,
    #"{"uuid":"c","chat_messages":[}"#, #"{"uuid":"c","chat_messages":[]} x"#, "",
    #"{"uuid":"c","chat_messages":[{"uuid":"m","text":"\x"}]}"#,
  ])
  func whatIsNoConversationIsRefused(json: String) {
    #expect { try parse(json) } throws: { error in
      (error as? CaptureError)?.code == .decodeError
    }
  }

  // MARK: Threads

  private func thread(_ messages: String...) throws -> (CapturedUnit, ConversationThread) {
    let unit = try parse(
      #"{"uuid":"c","chat_messages":[\#(messages.joined(separator: ","))]}"#)
    return (unit, ConversationThread(of: unit))
  }

  private func message(_ id: String, _ parent: String?, _ second: Int = 0) -> String {
    messageJSON(
      id, parent: parent, time: "2026-01-01T00:00:0\(second)Z", fields: #""text":"x""#)
  }

  private let root = "00000000-0000-4000-8000-000000000000"

  @Test func withoutLinksTheOrderIsTheThread() throws {
    let (_, thread) = try thread(message("a", nil, 2), message("b", nil, 1))
    #expect(thread.parents == [nil, 0])
    #expect(thread.visibleBranch == [0, 1])
  }

  @Test func siblingsBranchAndTheNewestLeafIsVisible() throws {
    let (unit, thread) = try thread(
      message("a", root), message("b", "a", 1), message("c", "a", 2), message("d", "b", 1))
    #expect(unit.items.map(\.parentNativeID) == [nil, "a", "a", "b"])
    #expect(thread.parents == [nil, 0, 0, 1])
    #expect(thread.visibleBranch == [0, 2])
  }

  @Test func rootsOnlyAreNoChain() throws {
    // The first prompt was edited before any answer came.
    let (_, thread) = try thread(message("a", root, 1), message("b", root, 2))
    #expect(thread.parents == [nil, nil])
    #expect(thread.roots == [0, 1])
    #expect(thread.visibleBranch == [1])
  }

  @Test func aMissingParentMakesARootAndIsFlagged() throws {
    let (unit, thread) = try thread(message("a", root), message("b", "gone"), message("c", "b"))
    #expect(unit.items.map(\.flags) == [[], [.parentMissing], []])
    #expect(thread.roots == [0, 1])
  }

  @Test func aCycleIsCutAndFlagged() throws {
    let (unit, thread) = try thread(
      message("a", "c"), message("b", "a"), message("c", "b"), message("s", "s"))
    #expect(unit.items.map(\.flags) == [[.cycleCut], [], [], [.cycleCut]])
    #expect(thread.parents == [nil, 0, 1, nil])
    #expect(thread.depthFirstOrder.sorted() == [0, 1, 2, 3])
  }

  @Test func aRepeatedIDIsFlaggedAndBothAreKept() throws {
    let (unit, _) = try thread(message("a", nil), message("a", nil))
    #expect(unit.items.map(\.flags) == [[], [.idRepeated]])
  }
}

extension String {
  fileprivate func replacingOccurrences(_ old: Character, _ new: String) -> String {
    reduce(into: "") { $0 += $1 == old ? new : String($1) }
  }
}
