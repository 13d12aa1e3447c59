// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// The content of a message in the form of the Messages API (claude-capture-formats section 11),
/// which Claude Code and the gateways share.
struct MessageContent {
  /// A call of a tool.
  struct ToolUse {
    /// Empty when it is not told.
    var id: String
    var name: String
    /// Its place among the blocks.
    var block: Int
    /// The input's member `prompt`: what a sub-agent is told.
    var prompt: String?
  }

  var blocks: [ContentBlock] = []
  var files: [CapturedFile] = []
  var toolUses: [ToolUse] = []
  /// The calls that its tool results answer; empty where the result does not tell.
  var toolResultIDs: [String] = []
  /// Places of what neither blocks nor files tell in words: encoded bytes, and blocks of types that
  /// are not known.
  var opaque: [Range<Int>] = []

  /// Whether somebody's words are among the blocks.
  var hasWords: Bool { blocks.contains { $0.kind == .text && !$0.text.isBlank } }

  /// A value that is a text, as it should be, or another.
  private enum Text {
    case text(JSONKey)
    case other(Int)
  }

  /// Where the values of a block lie that its type decides on.
  private struct Fields {
    var type: String?
    var name = ""
    var id = ""
    var toolUseID = ""
    var fileID: String?
    var isError = false
    var text: Text?
    var thinking: Text?
    var title: Int?
    var context: Int?
    var input: Int?
    var content: Int?
    var source: Range<Int>?
  }

  /// Reads a content value: a string, or a list of blocks.
  mutating func parse(
    _ cursor: inout JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    switch try cursor.peek() {
    case .string:
      let text = try cursor.readString()
      if !text.isEmpty { blocks.append(ContentBlock(kind: .text, text: text)) }
    case .object:
      try parseBlock(&cursor, &flags)  // one block without its list
    default:
      guard try cursor.entersArray(&flags) else { return }
      while try cursor.hasNextElement() { try parseBlock(&cursor, &flags) }
    }
  }

  /// Reads one block.
  mutating func parseBlock(
    _ cursor: inout JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    switch try cursor.peek() {
    case .object: break
    case .string:
      blocks.append(ContentBlock(kind: .text, text: try cursor.readString()))
      return
    default:
      opaque.append(try cursor.skipValue())
      flags.insert(.wrongType)
      flags.insert(.unknownBlock)
      blocks.append(ContentBlock(kind: .unknown, text: ""))
      return
    }
    let start = cursor.position
    let fields = try readFields(&cursor, &flags)
    try add(fields, cursor, &flags)
    if blocks.last?.kind == .unknown { opaque.append(start..<cursor.position) }
  }

  private mutating func add(
    _ fields: Fields, _ cursor: borrowing JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    let type = fields.type ?? ""
    switch type {
    case "text":
      let text = try string(fields.text, cursor, &flags) ?? ""
      blocks.append(ContentBlock(kind: .text, text: text))
    case "thinking":
      let text = try string(fields.thinking, cursor, &flags) ?? ""
      blocks.append(ContentBlock(kind: .thinking, text: text))
    case "redacted_thinking":
      blocks.append(ContentBlock(kind: .thinking, text: "", name: type))
    case "tool_use", "server_tool_use", "mcp_tool_use":
      try addToolUse(fields, cursor, &flags)
    case "image", "document", "container_upload":
      try addFile(fields, cursor, &flags)
    case "compaction":
      let text = try cursor.words(at: fields.content, keys: false, &flags)
      blocks.append(ContentBlock(kind: .client, text: text, name: type))
    case "search_result":
      var parts = [try cursor.string(at: fields.title, &flags) ?? ""]
      parts.append(try cursor.words(at: fields.source?.lowerBound, keys: false, &flags))
      parts.append(try cursor.words(at: fields.content, keys: false, &flags))
      blocks.append(ContentBlock(kind: .toolResult, text: joinedWords(parts), name: type))
    case "tool_addition": flags.insert(.skippedBlock)
    case _ where type == "tool_result" || type.hasSuffix("_tool_result"):
      try addToolResult(fields, cursor, &flags)
    default:
      flags.insert(.unknownBlock)
      blocks.append(ContentBlock(kind: .unknown, text: "", name: type))
    }
  }

  private mutating func addToolUse(
    _ fields: Fields, _ cursor: borrowing JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    var prompt: String?
    if let input = fields.input {
      var part = JSONCursor(cursor.bytes, at: input)
      if try part.peek() == .object {
        try part.enterObject()
        while let key = try part.nextKey() {
          if part.matches(key, "prompt"), try part.peek() == .string {
            prompt = try part.readString()
          } else {
            try part.skipValue()
          }
        }
      }
    }
    toolUses.append(
      ToolUse(id: fields.id, name: fields.name, block: blocks.count, prompt: prompt))
    let text = try cursor.words(at: fields.input, keys: true, &flags)
    blocks.append(ContentBlock(kind: .toolUse, text: text, name: fields.name))
  }

  private mutating func addToolResult(
    _ fields: Fields, _ cursor: borrowing JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    toolResultIDs.append(fields.toolUseID)
    var block = ContentBlock(
      kind: .toolResult, text: "", name: fields.name, isError: fields.isError)
    if let content = fields.content {
      var part = JSONCursor(cursor.bytes, at: content)
      if try part.peek() == .array {
        try part.enterArray()
        var words: [String] = []
        while try part.hasNextElement() { try addResultPart(&part, &words, &flags) }
        block.text = joinedWords(words)
        part.takeRepairs(&flags)
      } else {
        block.text = try cursor.words(at: content, keys: false, &flags)
      }
    }
    blocks.append(block)
  }

  /// Reads one part of a tool's answer: a file of it is a file of the message, all else words.
  private mutating func addResultPart(
    _ cursor: inout JSONCursor, _ words: inout [String], _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    var ahead = JSONCursor(cursor.bytes, at: cursor.position)
    if try ahead.peek() == .object {
      var inner = MessageContent()
      let fields = try inner.readFields(&ahead, &flags)
      if fields.type == "image" || fields.type == "document" {
        try inner.add(fields, ahead, &flags)
        for var file in inner.files {
          file.kind = .generatedFile
          files.append(file)
        }
        words += inner.blocks.map(\.text)
        opaque += inner.opaque
        try cursor.skipValue()
        return
      }
    }
    try cursor.collectReadableWords(&words, keys: false)
  }

  /// Adds a file that a block carries or names; a text document is read.
  private mutating func addFile(
    _ fields: Fields, _ cursor: borrowing JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    var file = CapturedFile(
      kind: .attachment, name: try cursor.string(at: fields.title, &flags) ?? "")
    file.nativeID = fields.fileID
    file.type = fields.type == "image" ? "image" : ""
    if let source = fields.source {
      opaque.append(source)
      var part = JSONCursor(cursor.bytes, at: source.lowerBound)
      try file.readSource(&part, &flags)
      part.takeRepairs(&flags)
    }
    files.append(file)
    if let context = try cursor.string(at: fields.context, &flags), !context.isEmpty {
      blocks.append(ContentBlock(kind: .client, text: context, name: "context"))
    }
  }

  private func readFields(
    _ cursor: inout JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) -> Fields {
    var fields = Fields()
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "type") {
        fields.type = try cursor.string(&flags)
      } else if cursor.matches(key, "text") {
        fields.text = try place(&cursor)
      } else if cursor.matches(key, "content") {
        fields.content = try cursor.skipValue().lowerBound
      } else if cursor.matches(key, "input") {
        fields.input = try cursor.skipValue().lowerBound
      } else if cursor.matches(key, "id") {
        fields.id = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "name") {
        fields.name = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "tool_use_id") {
        fields.toolUseID = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "is_error") {
        fields.isError = try cursor.flag(&flags)
      } else if cursor.matches(key, "thinking") {
        fields.thinking = try place(&cursor)
      } else if cursor.matches(key, "source") {
        fields.source = try cursor.skipValue()
      } else if cursor.matches(key, "title") {
        fields.title = try cursor.skipValue().lowerBound
      } else if cursor.matches(key, "context") {
        fields.context = try cursor.skipValue().lowerBound
      } else if cursor.matches(key, "file_id") {
        fields.fileID = try cursor.identifier(&flags)
      } else {
        try cursor.skipValue()
      }
    }
    return fields
  }

  private func place(_ cursor: inout JSONCursor) throws(JSONError) -> Text {
    if let text = try cursor.skipText() { return .text(text) }
    return .other(try cursor.skipValue().lowerBound)
  }

  private func string(
    _ text: Text?, _ cursor: borrowing JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) -> String? {
    switch text {
    case .text(let place)?:
      var part = JSONCursor(cursor.bytes, at: place.range.lowerBound)
      let text = part.text(of: place)
      part.takeRepairs(&flags)
      return text
    case .other(let place)?: return try cursor.string(at: place, &flags)
    case nil: return nil
    }
  }
}

extension CapturedFile {
  /// Reads the `source` of an image or document block.
  fileprivate mutating func readSource(
    _ cursor: inout JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    guard try cursor.peek() == .object else {
      try cursor.skipValue()
      return
    }
    var sourceType = ""
    var data: Range<Int>?
    var content: Int?
    var url = ""
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "type") {
        sourceType = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "media_type") {
        type = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "data") {
        data = try cursor.skipValue()
      } else if cursor.matches(key, "content") {
        content = try cursor.skipValue().lowerBound
      } else if cursor.matches(key, "url") {
        url = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "file_id") {
        nativeID = try cursor.identifier(&flags)
      } else {
        try cursor.skipValue()
      }
    }
    if name.isEmpty { name = url }
    if sourceType == "text", let data {
      var part = JSONCursor(cursor.bytes, at: data.lowerBound)
      text = try part.string(&flags)
      part.takeRepairs(&flags)
    } else if sourceType == "content", let content {
      var part = JSONCursor(cursor.bytes, at: content)
      var words: [String] = []
      try part.collectReadableWords(&words, keys: false)
      text = joinedWords(words)
      part.takeRepairs(&flags)
    } else if let data {
      let quoted = cursor.bytes.extracting(data)
      byteCount = base64ByteCount(of: quoted)
      takeContent(base64: quoted)
    }
  }
}

extension CapturedFile {
  /// Takes the bytes of a file that stands in the record, for its text; those of an image have none.
  mutating func takeContent(base64 quoted: Span<UInt8>) {
    if type == "image" || type.hasPrefix("image/") {
      reading = FileReading(
        digests: nil, lack: .unsupportedType, note: "nothing here reads its type: image",
        reader: "")
    } else {
      content = [UInt8](base64: quoted)
    }
  }
}

/// The bytes that a quoted base64 text stands for.
private func base64ByteCount(of quoted: Span<UInt8>) -> Int64 {
  guard quoted.count > 2 else { return 0 }
  var end = quoted.count - 1
  while end > 1, quoted[end - 1] == UInt8(ascii: "=") { end -= 1 }
  return Int64((end - 1) * 3 / 4)
}

extension JSONCursor {
  /// Appends string values as ``collectWords(_:keys:)`` does, without types, ids, signatures and
  /// encoded bytes, which are no words.
  mutating func collectReadableWords(_ words: inout [String], keys: Bool) throws(JSONError) {
    switch try peek() {
    case .object:
      try enterObject()
      while let key = try nextKey() {
        if !keys, isMachineText(key) {
          try skipValue()
        } else {
          if keys { words.append(text(of: key)) }
          try collectReadableWords(&words, keys: keys)
        }
      }
    case .array:
      try enterArray()
      while try hasNextElement() { try collectReadableWords(&words, keys: keys) }
    case .string: words.append(try readString())
    default: try skipValue()
    }
  }

  private func isMachineText(_ key: JSONKey) -> Bool {
    matches(key, "type") || matches(key, "data") || matches(key, "encrypted_content")
      || matches(key, "encrypted_index") || matches(key, "signature")
      || matches(key, "media_type") || matches(key, "cache_control")
      || matches(key, "tool_use_id")
  }

  /// Reads true or false; false for null and, flagged, for another type.
  mutating func flag(_ flags: inout [RecordFlag]) throws(JSONError) -> Bool {
    switch try peek() {
    case .boolean: return try readBoolean()
    case .null: try readNull()
    default:
      try skipValue()
      flags.insert(.wrongType)
    }
    return false
  }
}
