// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import TestSupport
import Testing

@testable import Capture

@Suite struct FormatDetectorTests {
  @Test(
    arguments: [
      (#"[{"uuid":"c","name":"","chat_messages":[]}]"#, .claudeConversations),
      (#"{"uuid":"c","chat_messages":[]}"#, .claudeConversations),
      ("{\"uuid\":\"c\",\"chat_messages\":[]}\n{\"uuid\":\"d\"}", .claudeConversations),
      ("\u{FEFF} \n[{\"uuid\":\"c\",\"chat_messages\":[", .claudeConversations),
      (#"[{"uuid":"c","name":"","created_at":"t","account":{"uuid":"a"}}]"#, .claudeConversations),
      (#"[{"uuid":"a","full_name":"Ada","email_address":"a@corp.example"}]"#, .claudeUsers),
      (#"[{"uuid":"p","name":"n","docs":[]}]"#, .claudeProjects),
      (#"{"uuid":"p","is_starter_project":true}"#, .claudeProjects),
      (#"{"uuid":"p","prompt_template":""}"#, .claudeProjects),
      (#"[{"conversations_memory":"","account_uuid":"a"}]"#, .claudeMemories),
      (#"{"account_uuid":"a","memory_files":[]}"#, .claudeMemories),
      (#"{"project_memories":{},"account_uuid":"a"}"#, .claudeMemories),
      (#"{"version":"1.0","total_files":1,"data_files":[]}"#, .claudeManifest),
      ("[ ]", .emptyList),
      (#"{"uuid":"d","title":"t","project":{},"messages":[]}"#, .claudeDesignChat),
      (#"{"kind":"html","versions":[],"owner_account":"a"}"#, .claudeFrame),
      (#"{"id":"claude_chat_01","chat_messages":[]}"#, .complianceChat),
      (#"{"data":[{"type":"x","id":"activity_01"}],"has_more":false}"#, .activityFeed),
      (#"{"id":"activity_01","type":"claude_chat_created"}"#, .activityFeed),
      (#"{"data":[{"id":"clsm_01"}]}"#, .complianceSession),
      (#"{"id":"csev_01"}"#, .complianceSession),
      (#"{"type":"compliance_local_session_message","id":"x"}"#, .complianceSession),
      (#"{"type":"user","sessionId":"s","uuid":"u"}"#, .claudeCode),
      (#"{"sessionId":"s","operation":"enqueue"}"#, .claudeCode),
      (#"{"sessionId":"s","messageId":"m"}"#, .claudeCode),
      (#"{"type":"summary","summary":"x","leafUuid":"l"}"#, .claudeCode),
      (#"{"type":"system","subtype":"init","session_id":"s"}"#, .streamJSON),
      (#"{"type":"result","session_id":"s"}"#, .streamJSON),
      (#"{"session_id":"s","hook_event_name":"Stop"}"#, .hookPayload),
      (#"{"resourceLogs":[]}"#, .openTelemetry), (#"{"resourceSpans":[]}"#, .openTelemetry),
      (#"{"schemaType":"ModelInvocationLog","requestId":"r"}"#, .bedrock),
      (#"{"@message":"{\"schemaType\":\"ModelInvocationLog\"}"}"#, .bedrock),
      (#"{"timestamp":1,"message":"{\"schemaType\":\"ModelInvocationLog\"}"}"#, .bedrock),
      (#"{"call_type":"completion","custom_llm_provider":"anthropic"}"#, .liteLLM),
      (#"{"trace":{},"observations":[]}"#, .langfuse),
      (#"{"trace_id":"t","type":"GENERATION"}"#, .langfuse),
      (#"{"request":{"body":{}},"ai_model":"m"}"#, .portkey),
      (#"{"request_created_at":"t","request_model":"m"}"#, .helicone),
      ("created_at,actor_info,event,event_info\n", .auditLog),
      ("\u{FEFF}\"event\",\"created_at\",\"actor_info\"\r\n", .auditLog),
      (#"{"type":"prompt","actor":{},"messages":[],"request_id":"r"}"#, .inferenceHook),
      (#"{"request":{},"response":{}}"#, .rawAPI),
      (#"[{"title":"t","create_time":1.5,"mapping":{}}]"#, .chatGPT),
      (#"{"sessionId":"s","projectHash":"h","messages":[]}"#, .gemini),
      (#"{}"#, nil), ("[1,2]", nil), ("7", nil), ("text", nil), ("{", nil), ("   ", nil), ("", nil),
      (#"{"message":"hello"}"#, nil), ("created_at,actor,event\n", nil),
    ] as [(String, CaptureFormat?)])
  func theContentTellsTheFormat(head: String, format: CaptureFormat?) {
    #expect(FormatDetector.format(of: Array(head.utf8), name: "anything.bin") == format)
  }

  @Test(
    arguments: [
      [0x50, 0x4B, 3, 4], [0x50, 0x4B, 5, 6], [0x1F, 0x8B, 8], [0x28, 0xB5, 0x2F, 0xFD],
      [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], [0x42, 0x5A, 0x68, 0x39],
    ] as [[UInt8]])
  func anArchiveIsToldByItsMagic(head: [UInt8]) {
    #expect(FormatDetector.format(of: head, name: "conversations.json") == .archive)
  }

  @Test(arguments: ["USTAR_FORMAT", "GNU_FORMAT", "PAX_FORMAT"])
  func aTarIsToldByItsMagicAndItsChecksum(format: String) async throws {
    try await withTemporaryDirectory { folder in
      let file = folder.appendingPathComponent("a.tar")
      try python(
        """
        import io, sys, tarfile
        with tarfile.open(sys.argv[1], "w", format=getattr(tarfile, sys.argv[2])) as t:
            info = tarfile.TarInfo("é.json")
            info.size = 2
            t.addfile(info, io.BytesIO(b"[]"))
        """, file.path, format)
      var head = [UInt8](try Data(contentsOf: file))
      #expect(FormatDetector.format(of: head, name: "x") == .archive)
      head[300] ^= 1
      #expect(FormatDetector.format(of: head, name: "x") == nil)
    }
  }

  @Test func aTextWithTheWordOfATarInItsPlaceIsNone() throws {
    let start = #"[{"uuid":"c","name":""#
    let json =
      start + String(repeating: "n", count: 257 - start.utf8.count)
      + #"ustar","chat_messages":[]}]"#
    let padded = Array((json + String(repeating: " ", count: 512)).utf8)
    #expect(padded[257..<262].elementsEqual("ustar".utf8))
    #expect(FormatDetector.format(of: padded, name: "") == .claudeConversations)
  }

  @Test func aHeadThatEndsInsideTheFirstObjectIsEnough() {
    let json = #"[{"uuid":"c","chat_messages":[{"text":""# + String(repeating: "x", count: 4096)
    #expect(FormatDetector.format(of: Array(json.utf8), name: "") == .claudeConversations)
  }

  @Test(
    arguments: [
      (#"[null,{"uuid":"c","chat_messages":[]}]"#, .claudeConversations),
      (
        #"[1,"x",[],{},{"odd":{"uuid":"x"}},{"uuid":"c","chat_messages":[]}]"#, .claudeConversations
      ),
      (#"[{"odd":1},{"uuid":"a","full_name":"Ada"},{"cut":"#, .claudeUsers),
      (#"{"data":[null,{},{"id":"activity_1"}],"has_more":false}"#, .activityFeed),
      ("[null,1,{},{\"odd\":1}]", nil), ("[[{\"uuid\":\"c\",\"chat_messages\":[]}]]", nil),
    ] as [(String, CaptureFormat?)])
  func foreignElementsBeforeTheFirstThatTellsAreNoHindrance(json: String, format: CaptureFormat?) {
    #expect(FormatDetector.format(of: Array(json.utf8), name: "") == format)
  }

  @Test func anOddElementIsAnExceptionAndTheOthersAreRead() async throws {
    try await withTemporaryDirectory { folder in
      let file = folder.appendingPathComponent("conversations.json")
      let json = "[null,\(conversationJSON(messageJSON("m1"))),{\"odd\":1}]"
      try Data(json.utf8).write(to: file)
      let got = try capture(file)
      #expect(got.parsed.map(\.nativeID) == ["c1"])
      #expect(got.kept == ["null", #"{"odd":1}"#])
      #expect(got.failures.map(\.code) == [.decodeError, .decodeError])
      #expect(got.failures.map(\.object) == ["record 1", "record 3"])
    }
  }

  @Test func aNameDecidesOnlyWhereTheContentCannot() {
    func format(_ json: String) -> CaptureFormat? {
      FormatDetector.format(of: Array(json.utf8), name: "login_history.json")
    }
    #expect(format(#"[{"uuid":"l","account":"a","created_at":"t"}]"#) == .claudeLoginHistory)
    #expect(format(#"[{"uuid":"c","chat_messages":[]}]"#) == .claudeConversations)
  }
}
