// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Testing

@testable import Capture

private let hello = #"{"role":"user","content":"Hello"}"#
private let helloThere = #"{"role":"assistant","content":[{"type":"text","text":"Hi there"}]}"#
private let question = #"{"role":"user","content":"How much?"}"#

private func response(_ id: String, _ text: String) -> String {
  #"{"id":"\#(id)","type":"message","role":"assistant","model":"claude-example-1","#
    + #""content":[{"type":"text","text":"\#(text)"}],"stop_reason":"end_turn","#
    + #""usage":{"input_tokens":3,"output_tokens":2}}"#
}

private func pair(
  _ messages: [String], _ response: String, user: String = "ada", started: Int = 0,
  fields: String = ""
) -> String {
  #"{"request":{"method":"POST","url":"https://api.example/v1/messages","headers":{"X-Key":"k"},"#
    + #""body":{"model":"claude-example-1","max_tokens":9,\#(fields)"#
    + #""metadata":{"user_id":"\#(user)"},"messages":[\#(messages.joined(separator: ","))]}},"#
    + #""response":{"status":200,"headers":[["request-id","req_\#(started)"]],"#
    + #""body":\#(response)},"started_at":"2026-05-05T08:00:0\#(started).000Z"}"#
}

private func read(_ lines: [String], name: String = "calls.jsonl") throws -> Recorder {
  try capture(files: [(name, lines.joined(separator: "\n") + "\n")])
}

@Suite("Raw Messages API traffic")
struct RawAPITests {
  @Test("threads calls by what they repeat, and takes replayed history once")
  func threadsCalls() throws {
    let lines = [
      pair([hello], response("msg_1", "Hi there"), started: 1),
      pair([hello, helloThere, question], response("msg_2", "Five"), started: 2),
    ]
    let recorder = try read(lines)
    let unit = try recorder.unit
    #expect(unit.beginning == "msg_1")
    #expect(unit.route == "raw-api")
    #expect(unit.accountID == "ada")
    #expect(unit.items.map(\.nativeID) == ["msg_1#0", "msg_1", "msg_2#2", "msg_2"])
    #expect(unit.items.map(\.parentNativeID) == [nil, "msg_1#0", "msg_1", "msg_2#2"])
    #expect(unit.items.map(\.readingText) == ["Hello", "Hi there", "How much?", "Five"])
    #expect(unit.items.allSatisfy { $0.provenance == .verified })
    #expect(unit.native(of: unit.items[2]) == question)
    #expect(unit.items[3].aliases == ["req_2"])
    #expect(recorder.countedRecords == 2)
    #expect(summary(try unit.parsedAgain()) == summary(unit))
    #expect(unit.native == Array((lines.joined(separator: "\n") + "\n").utf8))
  }

  @Test("never joins the calls of two persons, and forks where two calls go on from one")
  func separatesPersonsAndForks() throws {
    let recorder = try read([
      pair([hello], response("msg_1", "Hi there")),
      pair([hello], response("msg_b", "Hi there"), user: "bob"),
      pair([hello, helloThere, question], response("msg_2", "Five")),
      pair([hello, helloThere, question], response("msg_3", "Six"), user: "bob"),
      pair([hello, helloThere, question], response("msg_4", "Seven")),
    ])
    let units = recorder.units.sorted { $0.nativeID < $1.nativeID }
    #expect(units.map(\.beginning) == ["msg_1", "msg_b"])
    #expect(units[0].items.map(\.readingText).filter { $0 == "Hello" }.count == 1)
    #expect(units[0].items.filter { $0.parentNativeID == "msg_1" }.count == 2)
    #expect(units[1].items.count == 4)
  }

  @Test("keeps calls apart whose ids differ in normalization alone")
  func separatesNormalizations() throws {
    let recorder = try read([
      pair([hello], response("msg_\u{E9}", "Hi there")),
      pair([question], response("msg_e\u{301}", "Five")),
    ])
    #expect(recorder.units.map { Array($0.beginning.utf8).count } == [6, 7])
    #expect(recorder.units.map { $0.items.count } == [2, 2])
  }

  @Test("puts a long answer together from many pieces")
  func assemblesManyPieces() throws {
    var stream = StreamAssembler()
    let text = String(repeating: "word ", count: 6 << 20)
    let start =
      #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"\#(text)"}}"#
    try stream.take(Array(start.utf8), at: 0)
    let piece = Array(
      #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}"#.utf8)
    let count = 50_000
    for _ in 0..<count { try stream.take(piece, at: 0) }
    let message = stream.message(range: 0..<0)
    #expect(message.content.blocks.map { $0.text.utf8.count } == [text.utf8.count + count])
  }

  @Test("knows what is repeated without its blanks, cuts and thinking, and nothing else as such")
  func comparesHistory() throws {
    func repeated(_ content: String) throws -> Bool {
      let answer = #"{"role":"assistant","content":\#(content)}"#
      let recorder = try read([
        pair([hello], response("msg_1", "Hi there \\n"), started: 1),
        pair([hello, answer, question], response("msg_2", "Five"), started: 2),
      ])
      return recorder.units.count == 1
    }
    #expect(try repeated(#""Hi there""#))
    #expect(try repeated(#"[{"type":"text","text":"Hi"},{"type":"text","text":" there "}]"#))
    #expect(
      try repeated(
        #"[{"type":"thinking","thinking":"greet"},{"type":"text","text":"Hi there"}]"#))
    #expect(try !repeated(#""Hi  there""#))
    #expect(try !repeated(#"" Hi there""#))
    #expect(try !repeated(#"[{"type":"text","text":"Hi there"},{"type":"image","source":{}}]"#))
    #expect(
      try !repeated(
        #"[{"type":"text","text":"Hi there"},{"type":"tool_use","id":"toolu_1","name":"a","input":{}}]"#
      ))
    // What one part lacks another does not make up for.
    #expect(try !repeated(#"[{"type":"tool_result","content":"Hi there"}]"#))
  }

  @Test("is found by the call whose result it brings")
  func joinsByResults() throws {
    let result =
      #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_9","content":"ok"}]}"#
    let unit = try read([pair([result], response("msg_1", "Fine"), started: 1)]).unit
    #expect(
      unit.joinKeys == [
        JoinKey(.call, "toolu_9"), JoinKey(.response, "msg_1"), JoinKey(.response, "req_1"),
      ])
    #expect(unit.items.map(\.answeredCallIDs) == [["toolu_9"], []])
  }

  @Test("takes history that no call brought as the client's word")
  func marksReplayedHistory() throws {
    let unit = try read([pair([hello, helloThere, question], response("msg_2", "Five"))]).unit
    #expect(
      unit.items.map { $0.provenance.text } == [
        "client-asserted", "client-asserted", "verified", "verified",
      ])
    #expect(unit.items.map(\.kind) == [.prompt, .response, .prompt, .response])
    #expect(unit.items[1].time == nil)
  }

  @Test(
    "threads by session where the caller names one",
    arguments: [
      "user_1_account_acc-1_session_s-1",
      #"{\"device_id\":\"d\",\"account_uuid\":\"acc-1\",\"session_id\":\"s-1\"}"#,
    ])
  func threadsBySession(user: String) throws {
    let unit = try read(
      [
        pair([hello], response("msg_1", "Hi")), pair([question], response("msg_2", "Five")),
      ].map { $0.replacingOccurrences(of: #""user_id":"ada""#, with: #""user_id":"\#(user)""#) }
    )
    .unit
    #expect(unit.beginning == "session:s-1")
    #expect(unit.accountID == "acc-1")
    #expect(unit.items.count == 4)
  }

  @Test("keeps instructions, tool calls and answers, files and every kind of block")
  func readsAllBlocks() throws {
    let content =
      #"[{"type":"text","text":"See"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},"#
      + #"{"type":"document","title":"notes.txt","source":{"type":"text","media_type":"text/plain","data":"The notes"}},"#
      + #"{"type":"hologram","x":1}]"#
    let answer =
      #"{"id":"msg_9","type":"message","role":"assistant","model":"claude-example-1","content":["#
      + #"{"type":"thinking","thinking":"Hm","signature":"sig"},{"type":"redacted_thinking","data":"AAA"},"#
      + #"{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"rates"}},"#
      + #"{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","title":"T","url":"https://x.example","encrypted_content":"SECRETBYTES"}]},"#
      + #"{"type":"text","text":"Done"}]}"#
    let unit = try read([
      pair(
        [#"{"role":"user","content":\#(content)}"#], answer,
        fields: #""system":[{"type":"text","text":"Be kind","cache_control":{}}],"#)
    ]).unit
    #expect(unit.items.map(\.kind) == [.system, .prompt, .response])
    #expect(unit.items[0].readingText == "Be kind")
    #expect(unit.items[1].flags == [.unknownBlock])
    #expect(unit.items[1].files.map(\.name) == ["", "notes.txt"])
    #expect(unit.items[1].files.map(\.text) == [nil, "The notes"])
    #expect(unit.items[1].files[0].byteCount == 3)
    #expect(
      unit.items[2].blocks.map(\.kind) == [
        .thinking, .thinking, .toolUse, .toolResult, .text,
      ])
    #expect(unit.items[2].blocks[3].text.contains("https://x.example"))
    #expect(!unit.items[2].blocks.contains { $0.text.contains("SECRETBYTES") })
  }

  private static let events = [
    #"event: message_start"#,
    #"data: {"type":"message_start","message":{"id":"msg_s","role":"assistant","model":"claude-example-1","usage":{}}}"#,
    "", ": a comment", #"data: {"type":"ping"}"#,
    #"data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
    #"data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me "}}"#,
    #"data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"see"}}"#,
    #"data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"x"}}"#,
    #"data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
    #"data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Grü"}}"#,
    #"data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"ße"}}"#,
    #"data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"Bash","input":{}}}"#,
    #"data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"comm"}}"#,
    #"data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"and\":\"ls\"}"}}"#,
    #"data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}"#,
    #"data: {"type":"message_stop"}"#,
  ]

  private func streamed(_ events: [String], base64: Bool = false) throws -> CapturedItem {
    var text = events.joined(separator: "\n") + "\n"
    if base64 { text = Data(text.utf8).base64EncodedString() }
    let quoted = String(
      decoding: try JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed),
      as: UTF8.self)
    let unit = try read([pair([hello], quoted)]).unit
    #expect(summary(try unit.parsedAgain()) == summary(unit))
    return try #require(unit.items.last)
  }

  @Test("puts a stream together", arguments: [false, true])
  func assemblesStreams(base64: Bool) throws {
    let item = try streamed(Self.events, base64: base64)
    #expect(item.nativeID == "msg_s")
    #expect(item.model == "claude-example-1")
    #expect(
      item.blocks == [
        ContentBlock(kind: .thinking, text: "Let me see"), ContentBlock(kind: .text, text: "Grüße"),
        ContentBlock(kind: .toolUse, text: "command\nls", name: "Bash"),
      ])
    #expect(item.flags == [])
  }

  @Test("keeps what came of a stream that was cut anywhere, and says so")
  func keepsCutStreams() throws {
    for count in 7..<Self.events.count {
      let item = try streamed(Array(Self.events.prefix(count)))
      #expect(item.flags.contains(.streamIncomplete), "after \(count) lines")
      #expect(item.nativeID == "msg_s")
    }
    let item = try streamed(Self.events.dropLast(1) + [#"data: {"type":"message_sto"#])
    #expect(item.flags.contains(.streamIncomplete))
  }

  @Test("keeps failed calls and calls without an answer, with the reason")
  func keepsFailures() throws {
    let error =
      #"{"type":"error","error":{"type":"overloaded_error","message":"Busy"},"request_id":"req_e"}"#
    let failed = try read([pair([hello], error)]).unit
    #expect(failed.items.last?.provenance == .unavailable(reason: "error"))
    #expect(failed.items.last?.blocks.first?.text.contains("Busy") == true)
    let bare = #"{"request":{"body":{"messages":[\#(hello)]}},"response":null}"#
    let recorder = try read([bare])
    #expect(
      try recorder.unit.items.last?.provenance == .unavailable(reason: "not-captured"))
    #expect(recorder.countedRecords == 1)
  }

  @Test("reads results of batches and the old completions")
  func readsOtherShapes() throws {
    let recorder = try read([
      #"{"custom_id":"row-7","result":{"type":"succeeded","message":\#(response("msg_r", "Yes"))}}"#,
      #"{"custom_id":"row-8","result":{"type":"expired"}}"#,
      #"{"request":{"url":"/v1/complete","body":{"prompt":"\n\nHuman: Hi","model":"claude-old"}},"response":{"body":{"completion":" Hello","id":"compl_1"}}}"#,
      #"{"request":{"url":"https://api.example/v1/messages/count_tokens","body":{"messages":[]}},"response":{}}"#,
    ])
    let units = Dictionary(uniqueKeysWithValues: recorder.readUnits.map { ($0.beginning, $0) })
    #expect(Set(units.keys) == ["msg_r", "row-8", "compl_1"])
    #expect(units["msg_r"]?.items.last?.aliases == ["row-7"])
    #expect(units["row-8"]?.items.last?.provenance == .unavailable(reason: "expired"))
    #expect(units["compl_1"]?.items.map(\.readingText) == ["\n\nHuman: Hi", " Hello"])
    #expect(recorder.allSkipped == [.otherCall: 1])
    #expect(recorder.countedRecords == 4)
  }

  @Test("takes a record that comes twice once, and keeps deviant ones")
  func toleratesDeviations() throws {
    let line = pair([hello], response("msg_1", "Hi"))
    let recorder = try read([
      line, line, #"{"request":7,"response":{"body":[1,2]},"future":{"a":1e5}}"#,
      #"{"request":{"body":{"messages":"plain"}},"response":{"body":"plain words"}}"#,
      #"{"request":{"body":{"messages":[{"content":5}]}},"response":{"body":{"content":{"x":1}}}}"#,
      #"{"request":{"body":"#, pair([question], response("msg_2", "Five")),
    ])
    #expect(recorder.duplicateCount == 1)
    #expect(recorder.failures.map(\.code) == [.decodeError])
    #expect(recorder.countedRecords == 7)
    for unit in recorder.units { #expect(summary(try unit.parsedAgain()) == summary(unit)) }
  }

  @Test("hands a long conversation over in parts that make the whole")
  func splitsLongConversations() throws {
    let words = String(repeating: "word ", count: 700_000)
    var messages: [String] = []
    let lines = (0..<4).map { number -> String in
      messages.append(#"{"role":"user","content":"\#(number) \#(words)"}"#)
      let line = pair(messages, response("msg_\(number)", "Answer \(number)"))
      messages.append(#"{"role":"assistant","content":"Answer \#(number)"}"#)
      return line
    }
    let recorder = try read(lines)
    #expect(recorder.units.count > 1)
    #expect(Set(recorder.units.map(\.beginning)) == ["msg_0"])
    #expect(recorder.units.flatMap(\.items).count == 8)
    let all = try CaptureRoutes.parse(
      recorder.units.map(\.native), kind: .conversation, route: "raw-api", nativeID: "msg_0")
    #expect(
      all.items.compactMap(\.nativeID) == recorder.units.flatMap(\.items).compactMap(\.nativeID))
  }
}

@Suite("Logs of LiteLLM")
struct LiteLLMTests {
  private static let chat =
    #"{"id":"chatcmpl-1","call_type":"acompletion","custom_llm_provider":"anthropic","#
    + #""model":"claude-example-1","startTime":1777968000.25,"endTime":1777968001.5,"#
    + #""status":"success","end_user":"","metadata":{"user_api_key_alias":"team-a"},"#
    + #""messages":[{"role":"system","content":"Be kind"},{"role":"user","content":[{"type":"text","text":"Hello"}]}],"#
    + #""response":{"id":"chatcmpl-1","model":"claude-example-1","choices":[{"finish_reason":"tool_calls","message":"#
    + #"{"role":"assistant","content":"Looking","reasoning_content":"Hm","tool_calls":[{"id":"call_1","function":{"name":"find","arguments":"{\"q\":\"x\"}"}}]}}]}}"#

  @Test("reads the chat form")
  func readsChatForm() throws {
    let recorder = try read([Self.chat])
    let unit = try recorder.unit
    #expect(unit.route == "litellm")
    #expect(unit.accountID == "team-a")
    #expect(unit.items.map(\.kind) == [.system, .prompt, .response])
    #expect(
      unit.items[2].blocks == [
        ContentBlock(kind: .thinking, text: "Hm"), ContentBlock(kind: .text, text: "Looking"),
        ContentBlock(kind: .toolUse, text: "q\nx", name: "find"),
      ])
    #expect(unit.items[1].time?.instant?.rfc3339 == "2026-05-05T08:00:00.25Z")
    #expect(summary(try unit.parsedAgain()) == summary(unit))
  }

  @Test("reads rows of the spend log, whose values are texts of JSON")
  func readsSpendRows() throws {
    func quoted(_ json: String) throws -> String {
      String(
        decoding: try JSONSerialization.data(withJSONObject: json, options: .fragmentsAllowed),
        as: UTF8.self)
    }
    let row =
      #"{"request_id":"req-1","call_type":"acompletion","model":"anthropic/claude-example-1","api_key":"h","#
      + #""spend":0.1,"cache_hit":"None","startTime":"2026-05-05 08:00:00.250000","user":"u7","session_id":"s9","#
      + #""metadata":\#(try quoted(#"{"user_api_key_alias":null}"#)),"#
      + #""messages":\#(try quoted("[" + hello + "]")),"response":\#(try quoted(response("msg_1", "Hi")))}"#
    let empty =
      #"{"request_id":"req-2","call_type":"acompletion","model":"claude-example-1","messages":"{}","#
      + #""response":"{}","proxy_server_request":\#(try quoted(#"{"messages":[\#(question)]}"#))}"#
    let recorder = try read([row, empty])
    let units = recorder.units.sorted { $0.nativeID < $1.nativeID }
    #expect(units.map(\.beginning) == ["req-2", "session:s9"])
    #expect(units[1].items.map(\.readingText) == ["Hello", "Hi"])
    #expect(units[1].accountID == "u7")
    #expect(units[1].items[0].time?.instant?.rfc3339 == "2026-05-05T08:00:00.25Z")
    #expect(units[1].items[1].aliases == ["req-1"])
    #expect(units[0].items.map(\.readingText) == ["How much?", ""])
    #expect(units[0].items[1].provenance == .unavailable(reason: "not-captured"))
    for unit in units { #expect(summary(try unit.parsedAgain()) == summary(unit)) }
  }

  @Test("counts other vendors' models and calls that are no conversations")
  func skipsOthers() throws {
    let recorder = try read([
      Self.chat,
      #"{"call_type":"acompletion","custom_llm_provider":"openai","model":"gpt-x","messages":[]}"#,
      #"{"call_type":"aembedding","custom_llm_provider":"anthropic","model":"claude-embed","messages":null}"#,
      #"{"call_type":"acompletion","custom_llm_provider":"litellm_proxy","model":"prod-chat","status":"failure","error_str":"boom","messages":[\#(hello)]}"#,
    ])
    #expect(recorder.allSkipped == [.foreignModel: 1, .otherCall: 1])
    #expect(recorder.readUnits.count == 2)
    #expect(recorder.readUnits.last?.items.last?.provenance == .unavailable(reason: "error"))
    #expect(recorder.countedRecords == 4)
  }
}

@Suite("Invocation logs of Amazon Bedrock")
struct BedrockTests {
  private func record(
    model: String = "us.anthropic.claude-example-1-v1:0", input: String, output: String,
    fields: String = ""
  ) -> String {
    #"{"schemaType":"ModelInvocationLog","schemaVersion":"1.0","timestamp":"2026-05-05T08:00:00Z","#
      + #""accountId":"1","identity":{"arn":"arn:aws:sts::1:assumed-role/Role/ada"},"region":"us-east-1","#
      + #""requestId":"r-1","operation":"InvokeModel","modelId":"\#(model)",\#(fields)"#
      + #""input":{"inputContentType":"application/json",\#(input)},"output":{\#(output)}}"#
  }

  private var invocation: String {
    record(
      input:
        #""inputBodyJson":{"anthropic_version":"bedrock-2023-05-31","system":"Be kind","messages":[\#(hello)]}"#,
      output: #""outputBodyJson":\#(response("msg_bdrk_1", "Hi"))"#)
  }

  @Test("reads invocations, alone and as the text of a log line")
  func readsInvocations() throws {
    let quoted = String(
      decoding: try JSONSerialization.data(
        withJSONObject: invocation, options: .fragmentsAllowed), as: UTF8.self)
    for line in [invocation, #"{"@timestamp":"t","@message":\#(quoted)}"#] {
      let unit = try read([line], name: "log.json").unit
      #expect(unit.route == "bedrock")
      #expect(unit.accountID == "ada")
      #expect(unit.items.map(\.readingText) == ["Be kind", "Hello", "Hi"])
      #expect(unit.items[2].nativeID == "msg_bdrk_1")
      #expect(unit.items[2].aliases == ["r-1"])
      #expect(unit.items[2].model == "us.anthropic.claude-example-1-v1:0")
      #expect(summary(try unit.parsedAgain()) == summary(unit))
    }
  }

  @Test("reads the Converse form and the events of a stream")
  func readsConverse() throws {
    let converse = record(
      input:
        #""inputBodyJson":{"messages":[{"role":"user","content":[{"text":"Hello"},{"image":{"format":"png","source":{"bytes":"AAAA"}}}]}],"system":[{"text":"Be kind"}],"inferenceConfig":{}}"#,
      output:
        #""outputBodyJson":{"output":{"message":{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"Hm"}}},{"text":"Hi"},{"toolUse":{"toolUseId":"t1","name":"find","input":{"q":"x"}}}]}},"stopReason":"tool_use"}"#,
      fields: #""requestMetadata":{"user":"eve"},"#)
    let unit = try read([converse]).unit
    #expect(unit.accountID == "eve")
    #expect(unit.items.map(\.kind) == [.system, .prompt, .response])
    #expect(unit.items[1].files.count == 1)
    #expect(
      unit.items[2].blocks == [
        ContentBlock(kind: .thinking, text: "Hm"), ContentBlock(kind: .text, text: "Hi"),
        ContentBlock(kind: .toolUse, text: "q\nx", name: "find"),
      ])
    let streamed = record(
      input: #""inputBodyJson":{"messages":[\#(hello)]}"#,
      output:
        #""outputBodyJson":[{"type":"message_start","message":{"id":"msg_s","role":"assistant"}},{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}},{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}},{"type":"message_stop"}]"#
    )
    let item = try #require(try read([streamed]).unit.items.last)
    #expect(item.readingText == "Hi")
    #expect(item.flags == [])
  }

  @Test("says what is stored apart or of another vendor")
  func namesGaps() throws {
    let recorder = try read([
      record(
        input: #""inputBodyS3Path":"s3://b/data/r-1_input.json.gz""#,
        output: #""outputBodyS3Path":"s3://b/data/r-1_output.json.gz""#),
      record(model: "amazon.other-v1", input: #""inputBodyJson":{}"#, output: "")
        .replacingOccurrences(of: "r-1", with: "r-2"),
    ])
    let unit = try recorder.unit
    #expect(
      unit.items.map(\.provenance) == [
        .unavailable(reason: "body-stored-apart"), .unavailable(reason: "body-stored-apart"),
      ])
    #expect(recorder.lacks.map(\.object) == ["foreign-model", "r-1", "r-1"])
    #expect(recorder.allSkipped == [.foreignModel: 1])
    #expect(recorder.countedRecords == 2)
    let check = try capture(files: [("amazon-bedrock-logs-permission-check", "")])
    #expect(check.failures.isEmpty)
  }
}
