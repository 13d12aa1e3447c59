// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// One record of a Claude Code transcript or of headless output, parsed
/// (claude-capture-formats sections 8.2 to 8.4).
///
/// A line does not change once it is parsed; it is passed on by reference, since it has many parts.
final class TranscriptLine {
  /// As captured.
  let bytes: [UInt8]
  private(set) var type = ""
  private(set) var subtype = ""
  private(set) var uuid: String?
  private(set) var parentID: String?
  /// Whether it has the member that names a parent, be it null.
  private(set) var hasParentLink = false
  private(set) var logicalParentID: String?
  private(set) var sessionID: String?
  private(set) var agentID: String?
  private(set) var time: SourceTime?
  private(set) var workingFolder: String?
  private(set) var isSidechain = false
  /// Whether the client says that it wrote the record itself.
  private(set) var isMachineMade = false
  private(set) var isSummary = false
  private(set) var isFailure = false
  /// Where what it says lies, its `message`, else its attachment or content: what tells a repeated
  /// record from a changed one.
  var wordsRange: Range<Int>? { messageRange ?? attachmentRange ?? contentRange }
  private(set) var messageID: String?
  private(set) var role = ""
  private(set) var model: String?
  private(set) var content = MessageContent()
  /// A title of the session that the record gives, and how far it goes before others.
  private(set) var title: (rank: Int, text: String)?
  /// Of a summary: the record whose session it names.
  private(set) var leafID: String?
  private(set) var operation = ""
  /// A sub-agent that the record tells of, and the call that started it.
  private(set) var startedAgentID: String?
  private(set) var parentToolUseID: String?
  /// Whether it carries what a tool gave, beside the message.
  private(set) var answersTool = false
  /// Where the list of records lies that it only wraps (section 8.5).
  private(set) var wrappedRange: Range<Int>?
  private(set) var flags: [RecordFlag] = []

  private var messageRange: Range<Int>?
  private var contentRange: Range<Int>?
  private var attachmentRange: Range<Int>?
  private var resultRange: Range<Int>?

  /// Parses a record.
  ///
  /// - Throws: `JSONError` for malformed JSON; `.wrongKind` for what is no object.
  init(_ bytes: [UInt8]) throws(JSONError) {
    self.bytes = bytes
    var cursor = JSONCursor(bytes.span)
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if try !readIdentity(key, &cursor) { try readPayload(key, &cursor) }
    }
    try cursor.expectEnd()
    if type == "system" || type == "queue-operation" || type == "queued_command",
      let place = contentRange?.lowerBound
    {
      var part = JSONCursor(bytes.span, at: place)
      try content.parse(&part, &flags)
      part.takeRepairs(&flags)
    }
    if let place = attachmentRange?.lowerBound { try readAttachment(at: place) }
    if type == "result", let place = resultRange?.lowerBound {
      var part = JSONCursor(bytes.span, at: place)
      if try part.peek() == .string { try content.parse(&part, &flags) }
      part.takeRepairs(&flags)
    }
    if mayBeTyped {
      content.blocks = content.blocks.flatMap { block in
        block.kind == .text ? TypedText.blocks(of: block.text) : [block]
      }
    }
    cursor.takeRepairs(&flags)
  }

  /// Whether a person's words may be in it, beside what the client put around them.
  private var mayBeTyped: Bool {
    if isMachineMade || isSummary { return false }
    switch type {
    case "user", "queue-operation", "queued_command": return true
    case "attachment": return subtype == "queued_command"
    case "system": return subtype == "local_command"
    default: return role == "user"
    }
  }

  /// Reads a member that says what and where the record is; false for any other.
  private func readIdentity(
    _ key: JSONKey, _ cursor: inout JSONCursor
  ) throws(JSONError) -> Bool {
    switch key.range.count {
    case 4 where cursor.matches(key, "type"):
      type = try cursor.string(&flags) ?? ""
    case 4 where cursor.matches(key, "uuid"):
      uuid = try cursor.identifier(&flags)
    case 3 where cursor.matches(key, "cwd"):
      workingFolder = try cursor.identifier(&flags)
    case 10 where cursor.matches(key, "parentUuid"):
      hasParentLink = true
      parentID = try cursor.identifier(&flags)
    case 9 where cursor.matches(key, "sessionId"), 10 where cursor.matches(key, "session_id"):
      sessionID = try cursor.identifier(&flags) ?? sessionID
    case 9 where cursor.matches(key, "timestamp"):
      time = try cursor.time(&flags)
    case 11 where cursor.matches(key, "isSidechain"):
      isSidechain = try cursor.flag(&flags)
    case 7 where cursor.matches(key, "agentId"):
      agentID = try cursor.identifier(&flags)
    case 6 where cursor.matches(key, "isMeta"), 11 where cursor.matches(key, "isSynthetic"),
      25 where cursor.matches(key, "isVisibleInTranscriptOnly"):
      if try cursor.flag(&flags) { isMachineMade = true }
    case 15 where cursor.matches(key, "sourceToolUseID"):
      // On behalf of a call, such as the words of a skill.
      if try cursor.identifier(&flags) != nil { isMachineMade = true }
    case 6 where cursor.matches(key, "origin"):
      try readOrigin(&cursor)
    case 16 where cursor.matches(key, "isCompactSummary"):
      isSummary = try cursor.flag(&flags)
    case 17 where cursor.matches(key, "isApiErrorMessage"):
      isFailure = try cursor.flag(&flags)
    case 17 where cursor.matches(key, "logicalParentUuid"):
      logicalParentID = try cursor.identifier(&flags)
    case 7 where cursor.matches(key, "subtype"):
      subtype = try cursor.string(&flags) ?? ""
    default: return false
    }
    return true
  }

  private func readPayload(
    _ key: JSONKey, _ cursor: inout JSONCursor
  ) throws(JSONError) {
    if cursor.matches(key, "message") {
      try readMessage(&cursor)
    } else if cursor.matches(key, "content") {
      contentRange = try cursor.skipValue()
    } else if cursor.matches(key, "attachment") {
      attachmentRange = try cursor.skipValue()
    } else if cursor.matches(key, "toolUseResult") || cursor.matches(key, "tool_use_result") {
      answersTool = try cursor.peek() != .null
      try readAgent(&cursor)
    } else if cursor.matches(key, "data") {
      try readAgent(&cursor)
    } else if cursor.matches(key, "parentToolUseID")
      || cursor.matches(key, "parent_tool_use_id")
    {
      parentToolUseID = try cursor.identifier(&flags)
    } else if cursor.matches(key, "summary") {
      title = try cursor.identifier(&flags).map { (0, $0) }
    } else if cursor.matches(key, "aiTitle") {
      title = try cursor.identifier(&flags).map { (1, $0) }
    } else if cursor.matches(key, "customTitle") {
      title = try cursor.identifier(&flags).map { (2, $0) }
    } else if cursor.matches(key, "leafUuid") {
      leafID = try cursor.identifier(&flags)
    } else if cursor.matches(key, "loglines"), try cursor.peek() == .array {
      wrappedRange = try cursor.skipValue()
    } else if cursor.matches(key, "result") {
      resultRange = try cursor.skipValue()
    } else if cursor.matches(key, "is_error") {
      isFailure = try cursor.flag(&flags)
    } else if cursor.matches(key, "operation") {
      operation = try cursor.string(&flags) ?? ""
    } else {
      try cursor.skipValue()
    }
  }

  private func readMessage(_ cursor: inout JSONCursor) throws(JSONError) {
    guard try cursor.peek() == .object else {
      flags.insert(.wrongType)
      let start = cursor.position
      if try cursor.peek() == .string {
        // A message that is its words alone.
        try content.parse(&cursor, &flags)
      } else {
        try cursor.skipValue()
      }
      messageRange = start..<cursor.position
      return
    }
    let start = cursor.position
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "content") {
        try content.parse(&cursor, &flags)
      } else if cursor.matches(key, "role") {
        role = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "id") {
        messageID = try cursor.identifier(&flags)
      } else if cursor.matches(key, "model") {
        model = try cursor.identifier(&flags)
      } else {
        try cursor.skipValue()
      }
    }
    messageRange = start..<cursor.position
  }

  /// Reads whose words a message is: where it says so and names no person, a machine's.
  private func readOrigin(_ cursor: inout JSONCursor) throws(JSONError) {
    guard try cursor.entersObject(&flags) else { return }
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "kind") {
        if let kind = try cursor.identifier(&flags), kind != "human" { isMachineMade = true }
      } else {
        try cursor.skipValue()
      }
    }
  }

  /// Reads which sub-agent a result or progress tells of.
  private func readAgent(_ cursor: inout JSONCursor) throws(JSONError) {
    guard try cursor.peek() == .object else {
      try cursor.skipValue()
      return
    }
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "agentId"), try cursor.peek() == .string {
        startedAgentID = try cursor.readString()
      } else {
        try cursor.skipValue()
      }
    }
  }

  /// Reads what the client attached: its words, and of a queued command the person's.
  private func readAttachment(at place: Int) throws(JSONError) {
    let bytes = bytes
    var cursor = JSONCursor(bytes.span, at: place)
    guard try cursor.entersObject(&flags) else { return }
    var words: [String] = []
    var prompt: Int?
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "type") {
        subtype = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "origin") {
        try readOrigin(&cursor)
      } else if cursor.matches(key, "commandMode") {
        if try cursor.string(&flags) == "task-notification" { isMachineMade = true }
      } else {
        if cursor.matches(key, "prompt") {
          var ahead = JSONCursor(cursor.bytes, at: cursor.position)
          _ = try ahead.peek()
          prompt = ahead.position
        }
        try cursor.collectReadableWords(&words, keys: false)
      }
    }
    if subtype == "queued_command", let prompt {
      var part = JSONCursor(bytes.span, at: prompt)
      try content.parse(&part, &flags)
      part.takeRepairs(&flags)
    } else {
      content.blocks.append(
        ContentBlock(kind: .client, text: joinedWords(words), name: subtype))
    }
    cursor.takeRepairs(&flags)
  }
}

extension TranscriptLine {
  /// What a record is in its session.
  enum Role: Equatable {
    /// A message of its own.
    case item(ItemKind, ItemRole, Provenance)
    /// A block of the model's response; several records make one.
    case response
    /// The answer of a tool, which joins the response that called it.
    case toolResult
    /// A prompt that waited; an item unless it was used.
    case queued
    /// How headless output ends: an item unless a message before it says the same.
    case outcome
    case skipped(SkipReason)
  }

  /// What the record is (section 8.3).
  var place: Role {
    switch type {
    case "user": return userPlace
    case "assistant":
      // What the client wrote in the model's place (section 8.4).
      return isFailure || model == "<synthetic>"
        ? .item(.system, .system, .synthetic) : .response
    case "system":
      // A command that the person typed; what it printed is the client's.
      if subtype == "local_command", content.hasWords { return typedPlace }
      let hasText = content.blocks.contains { !$0.text.isBlank }
      return hasText || subtype.hasSuffix("compact_boundary")
        ? .item(.system, .system, .synthetic) : .skipped(.state)
    case "attachment":
      if subtype == "queued_command" { return typedPlace }
      return content.blocks.contains { !$0.text.isBlank }
        ? .item(.system, .system, .synthetic) : .skipped(.state)
    case "queue-operation":
      return content.hasWords ? .queued : .skipped(.state)
    case "queued_command": return typedPlace
    case "progress", "stream_event": return .skipped(.progress)
    case "file-history-snapshot", "file-history-delta": return .skipped(.fileSnapshot)
    case "summary", "ai-title", "custom-title": return .skipped(.title)
    // A journal of workflows has such records too, without a subtype.
    case "result" where !subtype.isEmpty && content.hasWords: return .outcome
    case "permission-mode", "mode", "last-prompt", "agent-name", "pr-link", "bridge-session",
      "frame-link", "init", "result", "started":
      return .skipped(.state)
    default: return unknownPlace
    }
  }

  /// Whether it belongs to a sub-agent: what stands there in the person's place is what the agent
  /// above tells it.
  var isOfAgent: Bool { isSidechain || agentID != nil || parentToolUseID != nil }

  private var userPlace: Role {
    if isSummary || isMachineMade { return .item(.system, .system, .synthetic) }
    let hasResult = content.blocks.contains { $0.kind == .toolResult }
    // Words beside a result are the person's only where the client does not say that the record is
    // what a tool gave (section 8.4).
    return answersTool || hasResult && !content.hasWords ? .toolResult : typedPlace
  }

  /// A record in the person's place: a prompt if a person's words, a file or nothing else is in it.
  private var typedPlace: Role {
    if isMachineMade || isOfAgent { return .item(.system, .system, .synthetic) }
    let isTyped = content.hasWords || !content.files.isEmpty || content.blocks.isEmpty
    return isTyped
      ? .item(.prompt, .user, .clientAsserted) : .item(.system, .system, .synthetic)
  }

  /// A record of a type that is not known: by its message, if it has one.
  private var unknownPlace: Role {
    switch role {
    case "user": userPlace
    case "assistant": .response
    default: .skipped(type.isEmpty ? .foreignLine : .unknownType)
    }
  }
}
