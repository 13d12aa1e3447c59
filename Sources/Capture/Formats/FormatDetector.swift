// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes

/// Tells formats apart by the first bytes of a file, never by its name alone
/// (claude-capture-formats section 15).
enum FormatDetector {
  /// Bytes that are looked at.
  static let headByteCount = 1 << 20
  /// Lines or values of no known format that may stand before the first that tells one.
  private static let lineLimit = 16

  /// The format of a file that begins so; nil when it is none that we know.
  static func format(of head: [UInt8], name: String) -> CaptureFormat? {
    if isArchive(head) { return .archive }
    let start = head.starts(with: ByteOrderMark.utf8) ? 3 : 0
    // What a service writes to see whether it may: nothing to read.
    if name.contains("permission-check"), head.count <= 2 { return .emptyList }
    guard let first = head[start...].firstIndex(where: { $0 > 0x20 }) else { return nil }
    if head[first] == UInt8(ascii: "{") || head[first] == UInt8(ascii: "[") {
      switch JSONShape(head, at: first).flatMap({ format(of: $0, name: name) }) {
      case .emptyList?: return formatAfterEmptyValues(head, name: name)
      case let format?: return format
      case nil:
        if head[first] == UInt8(ascii: "[") {
          return formatOfLaterElement(head, at: first, name: name)
        }
      }
    }
    if let format = formatOfLaterLine(head, after: first, name: name) { return format }
    return isAuditLog(head[first...]) ? .auditLog : nil
  }

  /// The format by the first value that is not empty: a page may be empty while more follow
  /// (section 3.4).
  ///
  /// - Returns: Nil where values follow that tell none.
  private static func formatAfterEmptyValues(_ head: [UInt8], name: String) -> CaptureFormat? {
    var splitter = JSONRecordSplitter()
    splitter.append(head.span)
    splitter.finish()
    let isWhole = head.count < headByteCount
    var unknownCount = 0
    while let piece = splitter.next(), unknownCount < lineLimit {
      let start: Int
      let end: Int
      switch piece {
      case .record(let record):
        start = Int(record.offset)
        end = start + record.bytes.count
      case .damage(let damage):
        start = Int(damage.offset)
        end = start + Int(damage.byteCount)
      }
      switch JSONShape(head, at: start).flatMap({ format(of: $0, name: name) }) {
      case .emptyList?: continue
      case let format?: return format
      // The head ends inside it: the session reads on.
      case nil where !isWhole && end == head.count: continue
      case nil: unknownCount += 1
      }
    }
    return unknownCount == 0 ? .emptyList : nil
  }

  /// The format by one of the next elements of an array, where foreign ones stand before the first
  /// that tells one; these become exceptions.
  private static func formatOfLaterElement(
    _ head: [UInt8], at start: Int, name: String
  ) -> CaptureFormat? {
    do throws(JSONError) {
      var cursor = JSONCursor(head.span, at: start)
      try cursor.enterArray()
      for _ in 0...lineLimit {
        guard try cursor.hasNextElement() else { return nil }
        if try cursor.peek() == .object,
          let format = JSONShape(head, at: cursor.position).flatMap({ format(of: $0, name: name) }),
          format != .emptyList
        {
          return format
        }
        try cursor.skipValue()
      }
    } catch {
      // The head ends inside an element, or it is damaged.
    }
    return nil
  }

  /// Whether a value is an empty list or an empty page.
  static func isEmptyValue(_ bytes: [UInt8], name: String) -> Bool {
    JSONShape(bytes, at: 0).flatMap { format(of: $0, name: name) } == .emptyList
  }

  /// The format by one of the next lines, where foreign lines or damage stand before the first
  /// record (section 8.2).
  private static func formatOfLaterLine(
    _ head: [UInt8], after first: Int, name: String
  ) -> CaptureFormat? {
    var position = first
    for _ in 0..<lineLimit {
      guard let lineEnd = head[position...].firstIndex(of: 0x0A), lineEnd + 1 < head.count else {
        return nil
      }
      position = lineEnd + 1
      guard head[position] == UInt8(ascii: "{") else { continue }
      // An empty page says nothing of the lines before it.
      if let format = JSONShape(head, at: position).flatMap({ format(of: $0, name: name) }),
        format != .emptyList
      {
        return format
      }
    }
    return nil
  }

  /// Whether a file is one compressed stream: a tar within, or any other file.
  static func isCompressed(_ head: [UInt8]) -> Bool {
    // gzip, Zstandard, xz, bzip2
    let magics: [[UInt8]] = [
      [0x1F, 0x8B], [0x28, 0xB5, 0x2F, 0xFD], [0xFD, 0x37, 0x7A, 0x58, 0x5A], [0x42, 0x5A, 0x68],
    ]
    return magics.contains { head.starts(with: $0) }
  }

  private static func isArchive(_ head: [UInt8]) -> Bool {
    let magics: [[UInt8]] = [[0x50, 0x4B, 3, 4], [0x50, 0x4B, 5, 6], [0x50, 0x4B, 7, 8]]
    if isCompressed(head) || magics.contains(where: { head.starts(with: $0) }) { return true }
    return TarHeader.begins(head)
  }

  private static func isAuditLog(_ text: ArraySlice<UInt8>) -> Bool {
    let line = String(decoding: text.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
    let names = line.split(separator: ",").map { $0.filter { $0 != "\"" } }
    return ["created_at", "actor_info", "event"].allSatisfy { names.contains($0) }
  }

  private static func format(of shape: JSONShape, name: String) -> CaptureFormat? {
    if shape.isEmptyList { return .emptyList }
    func has(_ keys: String...) -> Bool { keys.allSatisfy { shape.keys.contains($0) } }
    func text(_ key: String) -> String { shape.texts[key] ?? "" }
    if has("mapping", "create_time") { return .chatGPT }
    if has("projectHash") { return .gemini }
    if has("display"), has("timestamp") || has("pastedContents") { return .claudeCodeHistory }
    if has("chat_messages") {
      return text("id").hasPrefix("claude_chat_") ? .complianceChat : .claudeConversations
    }
    // Its fields are not known well enough to tell it from users and conversations without any
    // messages; a list of messages has been ruled out.
    if name.hasPrefix("login_history") { return .claudeLoginHistory }
    if has("data_files") { return .claudeManifest }
    if has("uuid", "full_name") || has("uuid", "email_address") { return .claudeUsers }
    if has("uuid"), has("docs") || has("prompt_template") || has("is_starter_project") {
      return .claudeProjects
    }
    if has("conversations_memory") || has("project_memories") || has("memory_files") {
      return .claudeMemories
    }
    if has("uuid", "title", "messages") { return .claudeDesignChat }
    if has("owner_account", "versions") { return .claudeFrame }
    if has("version", "entries"), name == "sessions-index.json" { return .claudeCodeIndex }
    if has("uuid", "account", "created_at") { return .claudeConversations }
    return foreign(shape, name: name, has: has, text: text)
  }

  /// Whether the object is a log line whose message is a model invocation (section 13.1).
  private static func isWrappedBedrock(_ shape: JSONShape) -> Bool {
    ["message", "@message"].contains { key in
      guard let text = shape.texts[key],
        let inner = JSONShape(Array(text.utf8), at: 0)
      else { return false }
      return inner.texts["schemaType"] == "ModelInvocationLog"
    }
  }

  /// Records of the Compliance API, told by their ids, and pages of them.
  private static func compliance(
    _ shape: JSONShape, has: (String...) -> Bool, text: (String) -> String
  ) -> CaptureFormat? {
    let formats: [(prefix: String, format: CaptureFormat)] = [
      ("activity_", .activityFeed), ("claude_chat_msg_", .complianceSession),
      ("claude_chat_", .complianceChat), ("clsm_", .complianceSession),
      ("csev_", .complianceSession), ("clls_", .complianceSession),
      ("cse_", .complianceSession), ("claude_proj_doc_", .complianceDirectory),
      ("claude_proj_", .complianceProject), ("user_", .complianceUsers),
      ("rbac_", .complianceDirectory), ("claude_file_", .complianceDirectory),
      ("claude_gen_file_", .complianceDirectory), ("claude_artifact_", .complianceDirectory),
      ("cart_", .complianceDirectory),
    ]
    if text("type").hasPrefix("compliance_") || has("session", "data") {
      return .complianceSession
    }
    for id in [text("id"), shape.listedID] where !id.isEmpty {
      if let known = formats.first(where: { id.hasPrefix($0.prefix) }) { return known.format }
    }
    if has("settings", "api_keys") { return .complianceDirectory }
    guard has("data"), has("has_more") || has("next_page") else { return nil }
    return shape.listsNothing ? .emptyList : .complianceDirectory
  }

  private static func foreign(
    _ shape: JSONShape, name: String, has: (String...) -> Bool, text: (String) -> String
  ) -> CaptureFormat? {
    if let format = compliance(shape, has: has, text: text) { return format }
    if has("hook_event_name") { return .hookPayload }
    let streamed = ["system", "result", "assistant", "user", "stream_event"]
    if has("session_id"), streamed.contains(text("type")) { return .streamJSON }
    if has("sessionId") {
      let marks = ["uuid", "leafUuid", "operation", "messageId", "type"]
      if marks.contains(where: { shape.keys.contains($0) }) { return .claudeCode }
    }
    // Records that tell no session: their file does.
    if has("type", "leafUuid") || has("loglines") || has("type", "key", "agentId")
      || has("type", "messageId", "snapshot")
    {
      return .claudeCode
    }
    // Of older clients each record is without a session.
    let spoken = ["user", "assistant"].contains(text("type"))
    if has("parentUuid") || spoken && has("message") { return .claudeCode }
    if has("resourceLogs") || has("resourceSpans") { return .openTelemetry }
    if text("schemaType") == "ModelInvocationLog" || isWrappedBedrock(shape) { return .bedrock }
    if has("call_type", "custom_llm_provider") || has("call_type", "request_id") {
      return .liteLLM
    }
    if has("request_payload", "response_payload") || has("full_request", "full_response")
      || has("deployed_model_id", "logging_time")
    {
      return .vertex
    }
    if has("trace", "observations") || has("trace_id", "type") { return .langfuse }
    if has("ai_model") { return .portkey }
    if has("request_created_at", "request_model") { return .helicone }
    if text("type") == "prompt", has("actor", "messages", "request_id") { return .inferenceHook }
    if has("request", "response") || has("custom_id", "result") || has("custom_id", "params") {
      return .rawAPI
    }
    if has("request"), !shape.requestKeys.isDisjoint(with: ["url", "uri", "body", "messages"]) {
      return .rawAPI
    }
    return isBedrockBody(shape, name: name) ? .bedrockBody : nil
  }

  /// Whether it is a body that lies apart from the record of its call (section 13.1): it is named
  /// for one, and has a member that requests or responses begin with.
  private static func isBedrockBody(_ shape: JSONShape, name: String) -> Bool {
    guard name.hasSuffix("_input.json") || name.hasSuffix("_output.json") else { return false }
    let marks: Set = [
      "messages", "anthropic_version", "prompt", "content", "completion", "output", "type",
    ]
    return !marks.isDisjoint(with: shape.keys)
  }
}

/// The keys of the first object of a JSON text, as far as the head shows them.
struct JSONShape {
  private(set) var keys: Set<String> = []
  /// The values that are strings.
  private(set) var texts: [String: String] = [:]
  /// The id of the first object of a `data` list that has one.
  private(set) var listedID = ""
  /// The keys of a member `request`.
  private(set) var requestKeys: Set<String> = []
  private(set) var isEmptyList = false
  /// Whether there is a `data` list without elements.
  private(set) var listsNothing = false

  init?(_ head: [UInt8], at start: Int) {
    do throws(JSONError) {
      var cursor = JSONCursor(head.span, at: start)
      if try cursor.peek() == .array {
        try cursor.enterArray()
        guard try cursor.hasNextElement() else {
          isEmptyList = true
          return
        }
      }
      guard try cursor.peek() == .object else { return nil }
      try readKeys(&cursor)
    } catch {
      // The head ends inside the object, or it is damaged: the keys so far decide.
      if keys.isEmpty { return nil }
    }
  }

  private mutating func readKeys(_ cursor: inout JSONCursor) throws(JSONError) {
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      let name = cursor.text(of: key)
      keys.insert(name)
      switch try cursor.peek() {
      case .string: texts[name] = try cursor.readString()
      case .array where name == "data": try readList(&cursor)
      case .object where name == "request": try readRequest(&cursor)
      default: try cursor.skipValue()
      }
    }
  }

  /// A request may be longer than the head: what it begins with tells enough.
  private mutating func readRequest(_ cursor: inout JSONCursor) throws(JSONError) {
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      requestKeys.insert(cursor.text(of: key))
      try cursor.skipValue()
    }
  }

  private mutating func readList(_ cursor: inout JSONCursor) throws(JSONError) {
    try cursor.enterArray()
    listsNothing = true
    while try cursor.hasNextElement() {
      listsNothing = false
      guard listedID.isEmpty, try cursor.peek() == .object else {
        try cursor.skipValue()
        continue
      }
      try cursor.enterObject()
      while let key = try cursor.nextKey() {
        let isID = cursor.matches(key, "id") || cursor.matches(key, "user_id")
        if isID, try cursor.peek() == .string {
          listedID = try cursor.readString()
        } else {
          try cursor.skipValue()
        }
      }
    }
  }
}
