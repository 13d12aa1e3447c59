// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

@testable import Capture

@Suite struct OtherRecordsTests {
  @Test func aProjectGivesItsInstructionsAndDocuments() throws {
    let json = #"""
      {"uuid":"p1","name":"Plan","description":"What for","is_private":true,
      "is_starter_project":false,"prompt_template":"Be brief",
      "created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-03T03:04:05Z",
      "creator":{"uuid":"a1","full_name":"Ada"},
      "docs":[{"uuid":"d1","filename":"é.md","content":"é","created_at":"2026-01-04T00:00:00Z"},
      {"uuid":"d2","filename":"b.md","content":""},{"filename":"c.md"}]}
      """#
    let unit = try ClaudeExport.parseProject(native: Array(json.utf8), path: "projects.json")
    #expect(unit.kind == .project)
    #expect(unit.nativeID == "p1")
    #expect(unit.projectID == "p1")
    #expect(unit.projectName == "Plan")
    #expect(unit.accountID == "a1")
    #expect(unit.flags.isEmpty)
    #expect(
      unit.items.map(\.kind) == [
        .projectInstruction, .projectInstruction, .projectDocument, .projectDocument,
        .projectDocument,
      ])
    #expect(unit.items.map(\.nativeID) == ["description", "prompt_template", "d1", "d2", nil])
    #expect(unit.items.map(\.readingText) == ["What for", "Be brief", "é", "", ""])
    #expect(unit.items.map(\.title) == ["", "", "é.md", "b.md", "c.md"])
    #expect(unit.items.map(\.flags) == [[], [], [], [.empty], [.empty]])
    #expect(unit.items[2].files.map(\.byteCount) == [2])
    #expect(unit.items[2].time?.text == "2026-01-04T00:00:00Z")
    #expect(unit.items[0].time == unit.createdAt)
    #expect(unit.gaps.map(\.code) == [.fileNotCaptured])
    #expect(unit.gaps.map(\.path) == ["projects.json"])
    #expect(
      String(decoding: unit.native[unit.items[1].nativeRange], as: UTF8.self) == #""Be brief""#)
  }

  @Test(arguments: [
    #"{"uuid":"p","name":7,"docs":[]}"#, #"{"uuid":"p","docs":{}}"#, #"{"uuid":"p","docs":["x"]}"#,
    #"{"uuid":"p","creator":"a"}"#, #"{"uuid":"p","prompt_template":[]}"#,
  ])
  func aProjectFieldOfAnotherTypeIsFlagged(json: String) throws {
    let unit = try ClaudeExport.parseProject(native: Array(json.utf8))
    #expect(unit.flags == [.wrongType])
    #expect(unit.items.isEmpty)
  }

  @Test func memoriesOfBothLayoutsAreRead() throws {
    let flat = try ClaudeExport.parseMemory(
      native: Array(
        ##"{"conversations_memory":"# Likes","project_memories":{"p1":"one","p2":""},"account_uuid":"a1"}"##
          .utf8))
    #expect(flat.kind == .memory)
    #expect(flat.nativeID == "memory/a1")
    #expect(flat.accountID == "a1")
    #expect(flat.items.map(\.nativeID) == ["conversations", "project/p1", "project/p2"])
    #expect(flat.items.map(\.readingText) == ["# Likes", "one", ""])
    #expect(flat.items.map(\.flags) == [[], [], [.empty]])
    let files = try ClaudeExport.parseMemory(
      native: Array(
        #"{"account_uuid":"a1","memory_files":[{"path":"/m.md","content":"text","updated_at":"2026-01-01T00:00:00Z"}]}"#
          .utf8))
    #expect(files.nativeID == "memory/a1")
    #expect(files.items.map(\.nativeID) == ["file//m.md"])
    #expect(files.items.map(\.title) == ["/m.md"])
    #expect(files.items.map(\.readingText) == ["text"])
    #expect(files.items[0].time?.text == "2026-01-01T00:00:00Z")
    #expect(files.items.allSatisfy { $0.kind == .memory })
  }

  @Test func aMemoryWithoutAccountGetsAnIDFromItsBytes() throws {
    let unit = try ClaudeExport.parseMemory(
      native: Array(#"{"memory_files":[5],"project_memories":[],"conversations_memory":{}}"#.utf8))
    #expect(unit.nativeID.hasPrefix("sha256-"))
    #expect(Set(unit.flags) == [.wrongType, .idDerived, .empty])
  }

  @Test func aPersonIsReadAndKeptRaw() throws {
    let native = Array(
      #"{"uuid":"a1","full_name":"Ada \u00c9","email_address":"ada@corp.example","verified_phone_number":null}"#
        .utf8)
    let person = try ClaudeExport.parsePerson(native: native)
    #expect(
      person
        == CapturedPerson(
          route: ClaudeExport.route,
          accountID: "a1", fullName: "Ada É", emailAddress: "ada@corp.example", native: native))
    let bare = try ClaudeExport.parsePerson(native: Array(#"{"uuid":"a2","full_name":null}"#.utf8))
    #expect(bare.fullName == "")
  }

  @Test(arguments: [
    #"{"full_name":"Ada"}"#, #"{"uuid":"","full_name":"A"}"#, "[]", #"{"uuid":"a1"} 1"#,
  ])
  func aPersonWithoutIDIsRefused(json: String) {
    #expect(throws: CaptureError.self) {
      try ClaudeExport.parsePerson(native: Array(json.utf8))
    }
  }

  @Test(arguments: [
    (UnitKind.conversation, #"{"uuid":"u","chat_messages":[]}"#), (.project, #"{"uuid":"u"}"#),
    (.memory, #"{"account_uuid":"u"}"#),
  ])
  func aStoredRecordIsParsedByItsKind(kind: UnitKind, json: String) throws {
    let unit = try ClaudeExport.parse(native: Array(json.utf8), kind: kind)
    #expect(unit.kind == kind)
    #expect(unit.nativeID.hasSuffix("u"))
  }
}
