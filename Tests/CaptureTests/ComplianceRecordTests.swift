// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import TestSupport
import Testing

@testable import Capture

@Suite("Records of the Compliance API from files")
struct ComplianceRecordTests {
  private static let message = """
    {"id":"claude_chat_msg_1","role":"user","created_at":"2026-05-01T09:00:00Z",\
    "content":[{"type":"text","text":"hello"}]}
    """
  private static let chat = """
    {"id":"claude_chat_1","name":"Offer","created_at":"2026-05-01T09:00:00Z",\
    "user":{"id":"user_1","email_address":"ada@example.org"},"model":"m-1","project_id":"claude_proj_1",\
    "chat_messages":[\(message)],"has_more":false,"first_id":"x","last_id":"y"}
    """

  private func read(_ text: String, name: String = "file.json") async throws -> Recorder {
    try await withTemporaryDirectory { folder in
      let file = folder.appendingPathComponent(name)
      try Data(text.utf8).write(to: file)
      return try capture(file)
    }
  }

  @Test(
    "reads chats as an object, as lines and as elements of an array",
    arguments: [
      chat, chat + "\n" + chat.replacing("claude_chat_1\"", with: "claude_chat_2\""),
      "[" + chat + "]",
    ])
  func chats(text: String) async throws {
    let found = try await read(text)
    #expect(found.failures.isEmpty && !found.units.isEmpty)
    for unit in found.units {
      #expect(unit.route == "compliance-api" && unit.kind == .conversation)
      #expect(unit.accountID == "user_1" && unit.projectID == "claude_proj_1")
      #expect(unit.title == "Offer" && unit.items.count == 1)
      #expect(unit.items[0].kind == .prompt && unit.items[0].readingText == "hello")
      #expect(
        String(decoding: unit.native[unit.items[0].nativeRange], as: UTF8.self) == Self.message)
      let again = try CaptureRoutes.parse(
        [unit.native], kind: unit.kind, route: unit.route, nativeID: unit.nativeID)
      #expect(again.items.map(\.nativeRange) == unit.items.map(\.nativeRange))
    }
  }

  @Test("reads pages element by element, and counts an element that cannot be read")
  func pages() async throws {
    let found = try await read(
      """
      {"data":[{"id":"activity_1","type":"claude_chat_viewed","created_at":"2026-05-01T09:00:00Z",
        "actor":{"type":"user_actor","user_id":"user_1","email_address":"ada@example.org"}},
       {"type":"without an id"},
       {"id":"activity_2","type":"x","actor":{"type":"system_actor"},"future":[1.5]}],
       "has_more":true,"first_id":"a","last_id":"b"}
      """)
    #expect(found.parsed.map(\.nativeID) == ["activity_1", "activity_2"])
    #expect(found.parsed.map(\.accountID) == ["user_1", "system_actor"])
    #expect(found.parsed[1].items[0].readingText.contains("system_actor"))
    #expect(found.kept == [#"{"type":"without an id"}"#])
    #expect(found.units.allSatisfy { $0.kind == .activity })
    #expect(found.failures.map(\.object) == ["record 1, element 2"])
    #expect(found.units[0].kind == .activity)
    let empty = try await read(#"{"data":[],"has_more":false,"next_page":null}"#)
    #expect(empty.failures.isEmpty && empty.units.isEmpty)
  }

  @Test("tells when a chat or a project was deleted at the source, and which messages it emptied")
  func deletions() async throws {
    let deleted = "\"deleted_at\":\"2026-05-09T10:00:00Z\","
    let chat = try await read(
      Self.chat.replacing("\"name\":", with: deleted + "\"name\":").replacing(
        Self.message,
        with: Self.message + ",{\"id\":\"claude_chat_msg_2\",\"role\":\"assistant\",\"content\":[]}"
      ))
    #expect(chat.units.map(\.deletedAt?.text) == ["2026-05-09T10:00:00Z"])
    #expect(chat.units[0].items.map { $0.flags.contains(.deletedAtSource) } == [false, true])
    let project = try await read(
      """
      {"id":"claude_proj_1","name":"P","created_at":"2026-05-01T09:00:00Z",\(deleted)\
      "description":"of a pier"}
      """)
    #expect(project.units.map(\.deletedAt?.instant) == [Instant(rfc3339: "2026-05-09T10:00:00Z")])
    #expect(try await read(Self.chat).units.map(\.deletedAt) == [nil])
  }

  @Test("reads users, whatever the address is called")
  func users() async throws {
    let found = try await read(
      """
      {"data":[{"id":"user_1","email":"a@example.org","full_name":"Ada"},
       {"id":"user_2","email_address":"b@example.org","full_name":"Ben"}],"has_more":false}
      """)
    #expect(found.people.map(\.emailAddress) == ["a@example.org", "b@example.org"])
    #expect(found.people.map(\.route) == ["compliance-api", "compliance-api"])
  }

  @Test("reads sessions with their provenance, and single messages as conversations of their own")
  func sessions() async throws {
    let message = """
      {"type":"compliance_local_session_message","id":"clsm_1","role":"assistant",\
      "created_at":"2026-05-01T09:00:00Z","provenance":{"type":"client_asserted"},\
      "content":[{"type":"text","text":"earlier words","truncated":true}]}
      """
    let found = try await read(
      """
      {"session":{"type":"compliance_local_session","id":"clls_1","user":{"id":"user_1"}},
       "data":[\(message)],"next_page":null}
      """)
    let unit = try #require(found.units.first)
    #expect(unit.nativeID == "clls_1" && unit.accountID == "user_1")
    #expect(unit.items[0].provenance == .clientAsserted)
    #expect(found.lacks.map(\.code) == [.truncatedAtSource])
    let alone = try await read(message)
    #expect(alone.units.first?.flags == [.idDerived])
    #expect(alone.units.first?.items.count == 1)
  }

  @Test("takes wrong types, missing fields and unknown blocks, and says so")
  func deviations() async throws {
    let found = try await read(
      """
      {"id":"claude_chat_1","name":7,"created_at":"yesterday","user":"nobody","chat_messages":[
       5,{"id":"m","role":"robot","content":[{"type":"future","x":{}},"bare",
        {"type":"tool_use","name":"t","input":"{\\"q\\":\\"cut"},{"type":"text","text":3}]}]}
      """)
    let unit = try #require(found.units.first)
    #expect(unit.flags.contains(.wrongType) && unit.flags.contains(.timeUnreadable))
    #expect(unit.items.count == 2)
    #expect(unit.items[1].flags.contains(.senderUnknown))
    #expect(unit.items[1].flags.contains(.unknownBlock))
    #expect(unit.items[1].blocks.map(\.kind) == [.unknown, .unknown, .toolUse, .text])
    #expect(unit.items[1].blocks[2].text == #"{"q":"cut"#)
  }

  @Test("reads a project with documents and files")
  func project() async throws {
    let found = try await read(
      """
      {"id":"claude_proj_1","name":"Plan","created_at":"2026-05-01T09:00:00Z","user":{"id":"user_1"},
       "description":"about","instructions":"be exact","attachments":[
        {"type":"project_file","id":"claude_file_1","filename":"a.pdf"},
        {"type":"project_doc","id":"claude_proj_doc_1","filename":"n.txt"}],
       "documents":{"claude_proj_doc_1":{"id":"claude_proj_doc_1","content":"figures"}}}
      """)
    let unit = try #require(found.units.first)
    #expect(unit.kind == .project && unit.items.count == 4)
    let ranges = unit.items.map(\.nativeRange)
    #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
    #expect(unit.items.first { $0.nativeID == "claude_proj_doc_1" }?.readingText == "figures")
    #expect(found.lacks.map(\.object) == ["claude_file_1"])
  }

  @Test("names the directory's records, which no file import reads")
  func directory() async throws {
    for text in [
      #"{"data":[{"uuid":"1","name":"Org"}],"has_more":false}"#,
      #"{"data":[{"id":"rbac_group_1","name":"Legal"}],"has_more":false}"#,
      #"{"settings":[],"api_keys":[]}"#,
    ] {
      let found = try await read(text)
      #expect(found.failures.map(\.code) == [.formatNotSupported])
      #expect(found.failures.first?.detail.contains("compliance-directory") == true)
    }
  }

  @Test("joins answers to a record that does not depend on how they were cut")
  func assembly() throws {
    func page(_ messages: [String], _ cursor: String) throws -> CompliancePage {
      try CompliancePage(
        Array(
          """
          {"id":"claude_chat_1","name":"T","chat_messages":[\(messages.joined(separator: ", "))],\
          "has_more":true,"last_id":"\(cursor)"}
          """.utf8))
    }
    let texts = (0..<5).map { #"{"id":"m\#($0)","role":"user","content":[]}"# }
    let whole = ComplianceRecord.chat(
      header: try page(texts, "z"), messages: texts.map { .init(bytes: Array($0.utf8)) })
    for cut in 1..<5 {
      let first = try page(Array(texts[..<cut]), "a\(cut)")
      let rest = try page(Array(texts[cut...]), "b")
      let messages = first.records.map { first.bytes($0) } + rest.records.map { rest.bytes($0) }
      #expect(
        ComplianceRecord.chat(header: first, messages: messages.map { .init(bytes: $0) }) == whole)
    }
    let withText = ComplianceRecord.chat(
      header: try page(texts, ""),
      messages: [
        .init(bytes: Array(texts[0].utf8), artifacts: [("v1", Array(#"{"content":"x"}"#.utf8))])
      ])
    #expect(ComplianceRecord.artifacts(of: withText) == ["v1": Array(#"{"content":"x"}"#.utf8)])
  }
}

@Suite("The Enterprise audit log")
struct AuditLogTests {
  @Test("keeps a row whose quotes do not end with its bytes, beside being an exception")
  func unterminatedRow() throws {
    let row = #"2026-05-01T09:00:00Z,"eta, then"#
    let found = try capture(files: [
      ("audit.csv", "created_at,actor_info,event\n2026-05-01T00:00:00Z,x,y\n" + row)
    ])
    #expect(found.failures.map(\.code) == [.decodeError])
    #expect(found.parsed.count == 1 && found.kept == [row])
    #expect(found.units.allSatisfy { $0.kind == .activity && $0.route == "audit-log" })
  }

  private static let header =
    "created_at,actor_info,event,event_info,entity_info,ip_address,device_id,user_agent,client_platform"

  @Test(
    "reads rows with all three forms of information",
    arguments: [
      (#"{""name"": ""Nora"", ""uuid"": ""u-1""}"#, "u-1", false),
      (
        "{'name': 'Nora', 'uuid': 'u-1', 'metadata': {'email_address': 'n@example.org'}}", "u-1",
        false
      ),
      ("{'name': \"\"Nora O'Hara\"\", 'uuid': 'u-1', 'metadata': None}", "u-1", false),
      (
        "{'name': 'Nora O'Hara', 'uuid': 'u-1', 'metadata': {'email_address': 'n@example.org'}}",
        "u-1", false
      ),
      (#"{'name': 'N\u00f6ra', 'uuid': 'u-1', 'on': True, 'list': [1, 'a']}"#, "u-1", false),
      ("nothing of the kind", nil, true),
    ] as [(String, String?, Bool)])
  func rows(info: String, account: String?, isRaw: Bool) async throws {
    let row = "2026-05-01T09:00:00Z,\"\(info)\",conversation_created,{},,192.0.2.1,d,\"a\nb\",web"
    let found = try await withTemporaryDirectory { folder in
      let file = folder.appendingPathComponent("audit_logs.csv")
      try Data((Self.header + "\r\n" + row + "\r\n").utf8).write(to: file)
      return try capture(file)
    }
    #expect(found.failures.isEmpty && found.skipped == [.listing: 1])
    let unit = try #require(found.units.first)
    #expect(unit.route == "audit-log" && unit.kind == .activity && unit.accountID == account)
    #expect(unit.items[0].nativeRole == "conversation_created")
    #expect(unit.items[0].time?.instant == Instant(rfc3339: "2026-05-01T09:00:00Z"))
    #expect(unit.items[0].flags.contains(.wrongType) == isRaw)
    #expect(String(decoding: unit.native[unit.items[0].nativeRange], as: UTF8.self) == row)
    let again = try CaptureRoutes.parse(
      [unit.native], kind: .activity, route: unit.route, nativeID: unit.nativeID)
    #expect(again.nativeID == unit.nativeID)
    #expect(again.items[0].readingText == unit.items[0].readingText)
  }

  @Test("takes a quote inside a field as it stands, and each row by itself")
  func strayQuotes() async throws {
    let header = "created_at,actor_info,event"
    let rows = [
      "2026-01-01T00:00:00Z,5\" disk,first", "2026-01-02T00:00:00Z,7\" disk,second",
      "2026-01-03T00:00:00Z,x,third",
    ]
    let found = try await withTemporaryDirectory { folder in
      let file = folder.appendingPathComponent("audit_logs.csv")
      try Data(([header] + rows).joined(separator: "\n").utf8).write(to: file)
      return try capture(file)
    }
    #expect(found.failures.isEmpty)
    #expect(found.units.map(\.title) == ["first", "second", "third"])
    for (unit, row) in zip(found.units, rows) {
      #expect(unit.native(of: unit.items[0]) == row)
      #expect(summary(try unit.parsedAgain()) == summary(unit))
    }
    let two = AuditLog.record(
      header: Array(header.utf8), row: Array(rows[1...].joined(separator: "\n").utf8))
    #expect(throws: CaptureError.self) { try AuditLog.parse(native: two) }
    #expect(
      AuditLog.unit(
        native: two, row: Array(two.dropFirst(header.utf8.count + 1)),
        names: ["created_at", "actor_info", "event"]) == nil)
  }
}

@Suite("Who sent a message")
struct MessageSenderTests {
  @Test("is told by the message, else by its conversation")
  func sender() throws {
    let unit = try ComplianceAPI.parseConversation(
      native: Array(
        """
        {"session":{"id":"cse_1","organization_uuid":"o1","user":{"id":"user_a"}},"data":[
        {"id":"csev_1","role":"user","sent_by_user_id":"user_b","content":[]},
        {"id":"csev_2","role":"user","sent_by_user_id":"user_a","content":[]},
        {"id":"csev_3","role":"user","sent_by_user_id":null,"content":[]}]}
        """.utf8))
    #expect(unit.items.map(\.senderID) == ["user_b", "user_a", nil])
    #expect(unit.senderIDs == ["user_b"])
    #expect(unit.organizationID == "o1")
  }
}

@Suite("A key of the Compliance API")
struct ComplianceKeyTests {
  @Test("shows its mask, however it is printed")
  func masked() throws {
    let secret = "sk-ant-api01-abcdefghijklmnopqrst-WXYZ"
    let key = try ComplianceKey(secret)
    var dumped = ""
    dump(key, to: &dumped)
    for text in ["\(key)", String(reflecting: key), dumped, String(describing: [key])] {
      #expect(!text.contains("abcdefgh"))
    }
    #expect(key.description == "sk-ant-api01-…WXYZ")
  }

  @Test(
    "is masked in what a service says, whole or in part and however it is escaped",
    arguments: [
      ("no key here, sk-ant-api01- is a prefix", "no key here, sk-ant-api01- is a prefix"),
      ("key sk-ant-api01-abcdefghij/lmnopqrst-WXYZ.", "key sk-ant-api01-…WXYZ."),
      ("SK-ANT-API01-ABCDEFGHIJ/LMNOPQRST-WXYZ", "SK-ANT-API01-…WXYZ"),
      ("?k=sk%2Dant%2Dapi01%2Dabcdefghij%2Flmnopqrst%2dWXYZ&x", "?k=sk%2Dant%2Dapi01%2D…WXYZ&x"),
      (#"{"k":"abcdefghij\/lmnopqrst\u002dWXYZ"}"#, #"{"k":"…WXYZ"}"#),
      (#"abcdefghij%252Flmnopqrst%5cu002dWXYZ"#, "…WXYZ"),
      ("it begins with abcdefgh… and ends with qrst-WXYZ", "it begins with …… and ends with …"),
      ("cut: sk-ant-api01-abcdefghij", "cut: sk-ant-api01-…"),
      ("abcdefg is short; %4 \\", "abcdefg is short; %4 \\"),
      ("ab%c3%a4 und späť abcdefghij", "ab%c3%a4 und späť …"),
    ])
  func maskedInText(text: String, shown: String) throws {
    let key = try ComplianceKey("sk-ant-api01-abcdefghij/lmnopqrst-WXYZ")
    #expect(key.masked(in: text) == shown)
  }

  @Test(
    "goes to no address but https, or http on this machine",
    arguments: [
      ("https://api.example.org", true), ("http://127.0.0.1:8080", true),
      ("http://localhost:1", true),
      ("http://api.example.org", false), ("ftp://x", false), ("https://user:pass@x", false),
      ("http://127.0.0.1.example.org", false), ("https://x/?q", false), ("", true),
    ])
  func addresses(text: String, isAllowed: Bool) {
    #expect(((try? ComplianceAddress.checked(text)) != nil) == isAllowed)
  }
}
