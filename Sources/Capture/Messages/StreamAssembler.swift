// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Puts a response together from the events of its stream (claude-capture-formats section 11), or from
/// the chunks of a chat completion (`StreamAssembler+Chunks.swift`).
struct StreamAssembler {
  /// Where a block stands: one body may hold the streams of several attempts.
  struct Place: Hashable, Comparable {
    var message = 0
    var index = 0

    static func < (left: Place, right: Place) -> Bool {
      (left.message, left.index) < (right.message, right.index)
    }
  }

  /// A block that grows by deltas.
  struct Part {
    /// The number of its message in the stream, and of the block in that.
    var place = Place()
    var type = ""
    var name = ""
    var id = ""
    var text = ""
    /// The pieces of a tool's input; some programs begin with all of it.
    var input = ""
    var firstInput: [UInt8] = []
    /// A block that came whole.
    var whole: MessageContent?

    mutating func add(text: String, input: String, content: String?) {
      self.text += text
      self.input += input
      guard let content else { return }
      if whole?.blocks.isEmpty ?? true {
        whole?.blocks.append(ContentBlock(kind: .client, text: content, name: type))
      } else {
        whole?.blocks[0].text += content
      }
    }
  }

  var id = ""
  var model: String?
  private(set) var role = "assistant"
  /// Whether any event of a stream was met.
  var hasBegun = false
  /// The words of an error event.
  private(set) var failure: String?
  var isComplete = false
  private(set) var parts: [Part] = []
  /// The part that each place of a block means: the one that began there last.
  private var partNumbers: [Place: Int] = [:]
  var messageNumber = 0
  /// The id that the chunks of the current attempt bear.
  var chunkID = ""
  var flags: [RecordFlag] = []

  /// Whether there is anything of an answer.
  var hasContent: Bool { !parts.isEmpty }

  /// Takes the events of a text of server-sent events; lines that are none are passed over.
  mutating func takeEvents(_ text: [UInt8]) {
    for line in text.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D })
    where line.starts(with: Array("data:".utf8)) {
      let data = Array(line.dropFirst(5))
      if endsChunks(data) { continue }
      do throws(JSONError) {
        try take(data, at: 0)
      } catch {
        // An event that was cut: what came before it is kept, and the stream is not complete.
        flags.insert(.streamIncomplete)
      }
    }
  }

  /// Takes one event; one of a type that is not known is passed over and flagged.
  mutating func take(_ bytes: [UInt8], at place: Int) throws(JSONError) {
    var cursor = JSONCursor(bytes.span, at: place)
    guard try cursor.peek() == .object else { return }
    var type = ""
    var index = 0
    var places: [String: Int] = [:]
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "type") {
        type = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "index"), try cursor.peek() == .number {
        index = Int(try cursor.readInteger() ?? 0)
      } else {
        let name = cursor.text(of: key)
        places[name] = try cursor.skipValue().lowerBound
      }
    }
    switch type {
    case "message_start":
      hasBegun = true
      if hasContent {
        messageNumber += 1
        isComplete = false
      }
      if let place = places["message"] { try begin(bytes, at: place) }
    case "content_block_start":
      if let place = places["content_block"] { try beginPart(index, bytes, at: place) }
    case "content_block_delta":
      hasBegun = true
      if let place = places["delta"] { try extend(index, bytes, at: place) }
    case "message_stop": isComplete = true
    case "content_block_stop", "message_delta", "ping": break
    case "error",
      "" where places["error"] != nil && places["choices"] == nil:
      hasBegun = true
      if let place = places["error"] {
        var part = JSONCursor(bytes.span, at: place)
        var words: [String] = []
        try part.collectReadableWords(&words, keys: false)
        failure = joinedWords(words)
      }
    case "" where places["choices"] != nil: try takeChunk(bytes, places)
    default: flags.insert(.skippedBlock)
    }
    cursor.takeRepairs(&flags)
  }

  private mutating func begin(_ bytes: [UInt8], at place: Int) throws(JSONError) {
    var cursor = JSONCursor(bytes.span, at: place)
    guard try cursor.entersObject(&flags) else { return }
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "id") {
        id = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "model") {
        model = try cursor.identifier(&flags)
      } else if cursor.matches(key, "role") {
        role = try cursor.identifier(&flags) ?? role
      } else {
        try cursor.skipValue()
      }
    }
  }

  private mutating func beginPart(
    _ index: Int, _ bytes: [UInt8], at place: Int
  ) throws(JSONError) {
    var part = Part()
    var cursor = JSONCursor(bytes.span, at: place)
    guard try cursor.entersObject(&flags) else { return }
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "type") {
        part.type = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "name") {
        part.name = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "id") {
        part.id = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "text") || cursor.matches(key, "thinking") {
        part.text = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "input") {
        part.firstInput = Array(bytes[try cursor.skipValue()])
      } else {
        try cursor.skipValue()
      }
    }
    switch part.type {
    case "text", "thinking", "tool_use", "server_tool_use", "mcp_tool_use": break
    default:
      var whole = MessageContent()
      var again = JSONCursor(bytes.span, at: place)
      try whole.parseBlock(&again, &flags)
      part.whole = whole
    }
    add(part, at: index)
  }

  private mutating func add(_ part: Part, at index: Int) {
    add(part, at: Place(message: messageNumber, index: index))
  }

  private mutating func add(_ part: Part, at place: Place) {
    var part = part
    part.place = place
    partNumbers[place] = parts.count
    parts.append(part)
  }

  /// Changes the part at a place, which begins there as another if there is none.
  mutating func changePart(at place: Place, or new: Part, _ body: (inout Part) -> Void) {
    if partNumbers[place] == nil { add(new, at: place) }
    // In its place: a copy for each piece would cost the whole text each time.
    if let number = partNumbers[place] { body(&parts[number]) }
  }

  private mutating func extend(
    _ index: Int, _ bytes: [UInt8], at place: Int
  ) throws(JSONError) {
    var cursor = JSONCursor(bytes.span, at: place)
    guard try cursor.entersObject(&flags) else { return }
    let place = Place(message: messageNumber, index: index)
    let isWhole = partNumbers[place].map { parts[$0].whole != nil } ?? false
    var text = ""
    var input = ""
    var content: String?
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "text") || cursor.matches(key, "thinking") {
        text += try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "partial_json") {
        input += try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "content"), isWhole {
        // A compaction comes in pieces of its content.
        var words: [String] = []
        try cursor.collectReadableWords(&words, keys: false)
        content = (content ?? "") + joinedWords(words)
      } else {
        try cursor.skipValue()
      }
    }
    changePart(at: place, or: Part(type: "text")) { part in
      part.add(text: text, input: input, content: content)
    }
    cursor.takeRepairs(&flags)
  }

  /// What came, as a message.
  ///
  /// - Parameter range: Its bytes in the record.
  /// - Returns: The message.
  func message(range: Range<Int>) -> Exchange.Message {
    var message = Exchange.Message(role: role, range: range, flags: flags)
    let order = parts.indices.sorted { (parts[$0].place, $0) < (parts[$1].place, $1) }
    for part in order.map({ parts[$0] }) {
      if let whole = part.whole {
        message.content.append(whole)
        continue
      }
      if part.type == "text" || part.type == "thinking" {
        let kind: ContentBlock.Kind = part.type == "text" ? .text : .thinking
        message.content.blocks.append(ContentBlock(kind: kind, text: part.text))
        // A call whose begin was lost.
        guard !part.input.isEmpty else { continue }
      }
      message.addCall(
        id: part.id, name: part.name,
        input: part.input.isEmpty ? part.firstInput : Array(part.input.utf8))
    }
    if !isComplete { message.flags.insert(.streamIncomplete) }
    return message
  }
}

extension MessageContent {
  /// Appends the content of another message.
  mutating func append(_ other: MessageContent) {
    let offset = blocks.count
    blocks += other.blocks
    files += other.files
    toolResultIDs += other.toolResultIDs
    toolUses += other.toolUses.map { call in
      var call = call
      call.block += offset
      return call
    }
  }
}

extension Exchange.Message {
  /// Adds a call of a tool whose input is a JSON text; what is no JSON is kept as it stands.
  mutating func addCall(id: String, name: String, input: [UInt8]) {
    var words: [String] = []
    if !input.isEmpty {
      do throws(JSONError) {
        var cursor = JSONCursor(input.span)
        try cursor.collectReadableWords(&words, keys: true)
        try cursor.expectEnd()
      } catch {
        words = [String(decoding: input, as: UTF8.self)]
        flags.insert(.truncated)
      }
    }
    content.toolUses.append(
      MessageContent.ToolUse(id: id, name: name, block: content.blocks.count))
    content.blocks.append(
      ContentBlock(kind: .toolUse, text: joinedWords(words), name: name))
  }
}
