// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Parses the content blocks of a message (claude-capture-formats section 6.3).
struct BlockParser {
  var blocks: [ContentBlock] = []
  /// Files that tool results name.
  private(set) var files: [CapturedFile] = []
  private(set) var artifacts: [ArtifactEdit] = []

  /// Where the values of a block lie that its type decides on.
  private struct Fields {
    var type: String?
    var name = ""
    var isError = false
    var text: Int?
    var thinking: Int?
    var summaries: Int?
    var title: Int?
    var input: Int?
    var content: Int?
    var structuredContent: Int?
  }

  mutating func parseContent(
    _ cursor: inout JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    if try cursor.peek() == .string {
      // Not seen in exports, but it is what the message says.
      flags.insert(.wrongType)
      let text = try cursor.readString()
      if !text.isEmpty { blocks.append(ContentBlock(kind: .text, text: text)) }
      return
    }
    guard try cursor.entersArray(&flags) else { return }
    while try cursor.hasNextElement() {
      try parseBlock(&cursor, &flags)
    }
  }

  private mutating func parseBlock(
    _ cursor: inout JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    guard try cursor.peek() == .object else {
      try cursor.skipValue()
      flags.insert(.wrongType)
      flags.insert(.unknownBlock)
      blocks.append(ContentBlock(kind: .unknown, text: ""))
      return
    }
    let fields = try readFields(&cursor, &flags)
    var block = ContentBlock(kind: .unknown, text: "", name: fields.type ?? "")
    switch fields.type {
    case "text":
      block = ContentBlock(kind: .text, text: try cursor.string(at: fields.text, &flags) ?? "")
    case "thinking":
      var parts = [try cursor.string(at: fields.thinking, &flags) ?? ""]
      try readSummaries(fields.summaries, cursor, &parts, &flags)
      block = ContentBlock(kind: .thinking, text: joinedWords(parts))
    case "tool_use":
      block = ContentBlock(kind: .toolUse, text: "", name: fields.name)
      block.text = try cursor.words(at: fields.input, keys: true, readable: false, &flags)
      if fields.name == "artifacts", let input = fields.input {
        var part = JSONCursor(cursor.bytes, at: input)
        artifacts.append(try ArtifactEdit(&part, &flags))
        part.takeRepairs(&flags)
      }
    case "tool_result":
      block = ContentBlock(
        kind: .toolResult, text: "", name: fields.name, isError: fields.isError)
      block.text = try readResult(fields.content, cursor, &flags)
      if block.text.isEmpty {
        block.text = try cursor.words(
          at: fields.structuredContent, keys: false, readable: false, &flags)
      }
    case "voice_note":
      let title = try cursor.string(at: fields.title, &flags) ?? ""
      let text = try cursor.string(at: fields.text, &flags) ?? ""
      block = ContentBlock(kind: .voiceNote, text: joinedWords([title, text]))
    case "token_budget":
      flags.insert(.skippedBlock)
      return
    default:
      flags.insert(.unknownBlock)
    }
    blocks.append(block)
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
        fields.text = try cursor.skipValue().lowerBound
      } else if cursor.matches(key, "thinking") {
        fields.thinking = try cursor.skipValue().lowerBound
      } else if cursor.matches(key, "name") {
        fields.name = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "input") {
        fields.input = try cursor.skipValue().lowerBound
      } else if cursor.matches(key, "content") {
        fields.content = try cursor.skipValue().lowerBound
      } else if cursor.matches(key, "is_error") {
        switch try cursor.peek() {
        case .boolean: fields.isError = try cursor.readBoolean()
        case .null: try cursor.readNull()
        default:
          try cursor.skipValue()
          flags.insert(.wrongType)
        }
      } else if cursor.matches(key, "summaries") {
        fields.summaries = try cursor.skipValue().lowerBound
      } else if cursor.matches(key, "title") {
        fields.title = try cursor.skipValue().lowerBound
      } else if cursor.matches(key, "structured_content") {
        fields.structuredContent = try cursor.skipValue().lowerBound
      } else {
        try cursor.skipValue()
      }
    }
    return fields
  }

  /// Reads the vendor's summaries of a thinking block: its reader saw them.
  private func readSummaries(
    _ place: Int?, _ cursor: borrowing JSONCursor, _ parts: inout [String],
    _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    guard let place else { return }
    var part = JSONCursor(cursor.bytes, at: place)
    guard try part.entersArray(&flags) else { return }
    while try part.hasNextElement() {
      guard try part.entersObject(&flags) else { continue }
      while let key = try part.nextKey() {
        if part.matches(key, "summary") {
          parts.append(try part.string(&flags) ?? "")
        } else {
          try part.skipValue()
        }
      }
    }
    part.takeRepairs(&flags)
  }

  /// Reads a tool's result: a list of items, a string in older exports, or nothing.
  private mutating func readResult(
    _ place: Int?, _ cursor: borrowing JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) -> String {
    guard let place else { return "" }
    var part = JSONCursor(cursor.bytes, at: place)
    if try part.peek() == .string {
      let text = try part.readString()
      part.takeRepairs(&flags)
      return text
    }
    guard try part.entersArray(&flags) else { return "" }
    var words: [String] = []
    while try part.hasNextElement() {
      guard try part.entersObject(&flags) else { continue }
      var item = ResultItem()
      try item.read(&part, &flags)
      words.append(contentsOf: item.words)
      if let file = item.file { files.append(file) }
      if item.isUnknown { flags.insert(.unknownBlock) }
    }
    part.takeRepairs(&flags)
    return joinedWords(words)
  }
}

/// One item of a tool result: `text`, `knowledge`, `local_resource`, `image` (section 6.3).
private struct ResultItem {
  private var type = ""
  private var text = ""
  private var title = ""
  private var url = ""
  private var filePath = ""
  private var name = ""
  private var mimeType = ""
  private var uuid: String?
  private var fileUUID: String?

  mutating func read(
    _ cursor: inout JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "type") {
        type = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "text") {
        text = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "title") {
        title = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "url") {
        url = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "file_path") {
        filePath = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "name") {
        name = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "mime_type") {
        mimeType = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "uuid") {
        uuid = try cursor.identifier(&flags)
      } else if cursor.matches(key, "file_uuid") {
        fileUUID = try cursor.identifier(&flags)
      } else {
        try cursor.skipValue()
      }
    }
  }

  var isUnknown: Bool {
    switch type {
    case "text", "knowledge", "local_resource", "image": false
    default: true
    }
  }

  /// What is to be searched and read; nothing of an unknown item, which is flagged.
  var words: [String] {
    switch type {
    case "text": [text]
    case "knowledge": [title, url, text]
    case "local_resource": [name, filePath]
    default: []
    }
  }

  /// The file that the item names; its bytes are not in the export.
  var file: CapturedFile? {
    switch type {
    case "local_resource":
      var file = CapturedFile(kind: .generatedFile, name: name.isEmpty ? filePath : name)
      file.type = mimeType
      file.nativeID = uuid
      return file
    case "image":
      var file = CapturedFile(kind: .generatedFile, name: "")
      file.type = "image"
      file.nativeID = fileUUID
      return file
    default:
      return nil
    }
  }
}
