// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// A format that captures come in, as a corpus to measure its reader with.
enum FormatCorpus: String, CaseIterable, ExpressibleByArgument {
  case claudeCode = "claude-code"
  case messagesAPI = "messages-api"
  case liteLLM = "litellm"
  case bedrock
  case complianceChats = "compliance-chats"
  case activities
  case auditLog = "audit-log"

  /// Whether a file of it is one JSON text a line; else rows of CSV.
  var isJSONLines: Bool { self != .auditLog }

  /// Writes files of it into a new folder.
  ///
  /// - Parameters:
  ///   - folder: Must not be there.
  ///   - byteCount: About how many bytes in all.
  ///   - seed: The same seed gives the same bytes.
  /// - Returns: The files in order.
  /// - Throws: What the file system throws.
  func write(to folder: URL, byteCount: Int, seed: UInt64) throws -> [URL] {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var writer = FormatWriter(seed: seed)
    var files: [URL] = []
    var rest = byteCount
    while rest > 0 {
      // Transcripts are files of a session each; logs are a file a day.
      let size = self == .claudeCode ? min(rest, 1 << 20) : min(rest, 16 << 20)
      let bytes = writer.file(of: self, byteCount: size, number: files.count)
      let file = folder.appendingPathComponent(name(files.count))
      try Data(bytes).write(to: file)
      files.append(file)
      rest -= bytes.count
    }
    return files
  }

  private func name(_ number: Int) -> String {
    switch self {
    case .claudeCode: FormatWriter.uuid(number) + ".jsonl"
    case .auditLog: "audit_logs-\(number).csv"
    default: "\(rawValue)-\(number).jsonl"
    }
  }
}

/// Writes records of all formats with generated words.
struct FormatWriter {
  private var prose: ProseWriter
  private var random: RandomSource
  private var number = 0

  init(seed: UInt64) {
    prose = ProseWriter(seed: seed)
    random = RandomSource(seed: seed)
  }

  static func uuid(_ number: Int) -> String {
    let digits = String(number)
    return "5e550000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
  }

  /// The bytes of one file.
  mutating func file(of format: FormatCorpus, byteCount: Int, number file: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount + 65_536)
    if format == .auditLog {
      bytes.append(
        contentsOf:
          "created_at,actor_info,event,event_info,entity_info,ip_address,device_id,user_agent,client_platform\r\n"
          .utf8)
    }
    while bytes.count < byteCount {
      switch format {
      case .claudeCode: appendTurn(session: FormatWriter.uuid(file), to: &bytes)
      case .messagesAPI: appendCalls(to: &bytes)
      case .liteLLM: append(liteLLM(), to: &bytes)
      case .bedrock: append(bedrock(), to: &bytes)
      case .complianceChats: append(chat(), to: &bytes)
      case .activities: append(activity(), to: &bytes)
      case .auditLog: append(row(), to: &bytes)
      }
    }
    return bytes
  }

  private func append(_ line: String, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: line.utf8)
    bytes.append(UInt8(ascii: "\n"))
  }

  /// Prose of a message's length, escaped for JSON.
  private mutating func words() -> String {
    var text: [UInt8] = []
    prose.appendLatin(byteCount: 40 + random.exponential(mean: 600), to: &text, &random)
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func next() -> Int {
    number += 1
    return number
  }

  private func time(_ number: Int) -> String {
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "2026-05-\(two(1 + number / 86_400 % 28))T\(two(number / 3600 % 24)):"
      + "\(two(number / 60 % 60)):\(two(number % 60)).000Z"
  }

  // MARK: Formats

  /// A prompt, a tool call with its result, and an answer.
  private mutating func appendTurn(session: String, to bytes: inout [UInt8]) {
    var parent = number > 0 ? "\"u-\(number)\"" : "null"
    let turn = next()
    func line(_ type: String, _ number: Int, _ parent: String, _ message: String) -> String {
      #"{"parentUuid":\#(parent),"isSidechain":false,"userType":"external","cwd":"/home/ada/app","#
        + #""sessionId":"\#(session)","version":"2.0.1","type":"\#(type)","message":\#(message),"#
        + #""uuid":"u-\#(number)","timestamp":"\#(time(number))"}"#
    }
    append(
      line("user", turn, parent, #"{"role":"user","content":"\#(words())"}"#), to: &bytes)
    parent = "\"u-\(turn)\""
    func answer(_ number: Int, _ block: String) -> String {
      line(
        "assistant", number, parent,
        #"{"id":"msg_\#(turn)","type":"message","role":"assistant","model":"claude-example-1","#
          + #""content":[\#(block)],"stop_reason":null,"usage":{"input_tokens":4,"output_tokens":90}}"#
      )
    }
    let call = next()
    append(
      answer(
        call,
        #"{"type":"tool_use","id":"toolu_\#(call)","name":"Read","input":{"file_path":"/a/\#(call)"}}"#
      ),
      to: &bytes)
    parent = "\"u-\(call)\""
    let result = next()
    append(
      line(
        "user", result, parent,
        #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_\#(call)","#
          + #""content":"\#(words())","is_error":false}]}"#), to: &bytes)
    parent = "\"u-\(result)\""
    let text = words()
    append(answer(next(), #"{"type":"text","text":"\#(text)"}"#), to: &bytes)
  }

  private func response(_ number: Int, _ text: String) -> String {
    #"{"id":"msg_\#(number)","type":"message","role":"assistant","model":"claude-example-1","#
      + #""content":[{"type":"text","text":"\#(text)"}],"stop_reason":"end_turn","#
      + #""usage":{"input_tokens":3,"output_tokens":2}}"#
  }

  /// The calls of one conversation: each repeats all before it.
  private mutating func appendCalls(to bytes: inout [UInt8]) {
    var messages: [String] = []
    for _ in 0..<(1 + random.below(5)) {
      let call = next()
      messages.append(#"{"role":"user","content":"\#(words())"}"#)
      let text = words()
      append(
        #"{"request":{"method":"POST","url":"https://api.example/v1/messages","#
          + #""body":{"model":"claude-example-1","max_tokens":900,"#
          + #""metadata":{"user_id":"user_\#(random.below(500))"},"#
          + #""messages":[\#(messages.joined(separator: ","))]}},"#
          + #""response":{"status":200,"headers":[["request-id","req_\#(call)"]],"#
          + #""body":\#(response(call, text))},"started_at":"\#(time(call))"}"#, to: &bytes)
      messages.append(
        #"{"role":"assistant","content":[{"type":"text","text":"\#(text)"}]}"#)
    }
  }

  private mutating func liteLLM() -> String {
    let call = next()
    return
      #"{"id":"chatcmpl-\#(call)","call_type":"acompletion","custom_llm_provider":"anthropic","#
      + #""model":"claude-example-1","startTime":\#(1_777_968_000 + call).25,"#
      + #""endTime":\#(1_777_968_001 + call).5,"status":"success","end_user":"u\#(call % 500)","#
      + #""metadata":{"user_api_key_alias":"team-a"},"#
      + #""messages":[{"role":"system","content":"Be kind"},{"role":"user","content":[{"type":"text","#
      + #""text":"\#(words())"}]}],"response":{"id":"chatcmpl-\#(call)","model":"claude-example-1","#
      + #""choices":[{"finish_reason":"stop","message":{"role":"assistant","content":"\#(words())"}}]}}"#
  }

  private mutating func bedrock() -> String {
    let call = next()
    let text = words()
    return
      #"{"schemaType":"ModelInvocationLog","schemaVersion":"1.0","timestamp":"\#(time(call))","#
      + #""accountId":"1","identity":{"arn":"arn:aws:sts::1:assumed-role/Role/u\#(call % 500)"},"#
      + #""region":"us-east-1","requestId":"r-\#(call)","operation":"InvokeModel","#
      + #""modelId":"us.anthropic.claude-example-1-v1:0","input":{"inputContentType":"application/json","#
      + #""inputBodyJson":{"anthropic_version":"bedrock-2023-05-31","#
      + #""messages":[{"role":"user","content":"\#(words())"}]}},"#
      + #""output":{"outputBodyJson":\#(response(call, text))}}"#
  }

  private mutating func chat() -> String {
    let chat = next()
    let messages = (0..<(2 + random.below(10))).map { index -> String in
      let message = next()
      return
        #"{"id":"claude_chat_msg_\#(message)","role":"\#(index % 2 == 0 ? "user" : "assistant")","#
        + #""created_at":"\#(time(message))","content":[{"type":"text","text":"\#(words())"}]}"#
    }
    return
      #"{"id":"claude_chat_\#(chat)","name":"Chat \#(chat)","created_at":"\#(time(chat))","#
      + #""updated_at":"\#(time(chat))","organization_uuid":"\#(FormatWriter.uuid(1))","#
      + #""user":{"id":"user_\#(chat % 500)","email_address":"p\#(chat % 500)@example.org"},"#
      + #""model":"claude-example-1","project_id":null,"#
      + #""chat_messages":[\#(messages.joined(separator: ","))],"has_more":false,"first_id":"x","last_id":"y"}"#
  }

  private mutating func activity() -> String {
    let activity = next()
    return
      #"{"id":"activity_\#(activity)","type":"claude_chat_viewed","created_at":"\#(time(activity))","#
      + #""organization_id":"org_1","claude_chat_id":"claude_chat_\#(activity % 1000)","#
      + #""actor":{"type":"user_actor","user_id":"user_\#(activity % 500)","#
      + #""email_address":"p\#(activity % 500)@example.org","ip_address":"192.0.2.7","#
      + #""user_agent":"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"}}"#
  }

  private mutating func row() -> String {
    let row = next()
    return
      "\(time(row)),\"{\"\"name\"\": \"\"Person \(row % 500)\"\", \"\"uuid\"\": \"\"u-\(row % 500)\"\"}\","
      + "conversation_created,\"{\"\"id\"\": \"\"\(row)\"\"}\",\"{\"\"conversation\"\": \"\"c-\(row)\"\"}\","
      + "192.0.2.\(row % 250),device-\(row % 90),\"Mozilla/5.0 (X11; Linux x86_64)\",web_claude_ai\r"
  }
}
