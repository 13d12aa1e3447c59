// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Parses the content blocks of a message (claude-capture-formats section 3.5).
struct ComplianceBlockParser {
  private(set) var blocks: [ContentBlock] = []
  /// Ids of tool calls, and of those whose results are here.
  private(set) var callIDs: [String] = []
  private(set) var answeredCallIDs: [String] = []

  mutating func parseContent(
    _ cursor: inout JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    if try cursor.peek() == .string {
      flags.insert(.wrongType)
      let text = try cursor.readString()
      if !text.isEmpty { blocks.append(ContentBlock(kind: .text, text: text)) }
      return
    }
    guard try cursor.entersArray(&flags) else { return }
    while try cursor.hasNextElement() {
      guard try cursor.peek() == .object else {
        try cursor.skipValue()
        flags.insert(.wrongType)
        flags.insert(.unknownBlock)
        blocks.append(ContentBlock(kind: .unknown, text: ""))
        continue
      }
      try parseBlock(&cursor, &flags)
    }
  }

  private mutating func parseBlock(
    _ cursor: inout JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    var type = ""
    var block = ContentBlock(kind: .unknown, text: "")
    var text: String?
    var input: String?
    var content: String?
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "type") {
        type = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "text") {
        text = try cursor.string(&flags)
      } else if cursor.matches(key, "name") {
        block.name = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "input") {
        input = try readInput(&cursor, &flags)
      } else if cursor.matches(key, "content") {
        content = try readResult(&cursor, &flags)
      } else if cursor.matches(key, "id") {
        if let id = try cursor.identifier(&flags) { callIDs.append(id) }
      } else if cursor.matches(key, "tool_use_id") {
        if let id = try cursor.identifier(&flags) { answeredCallIDs.append(id) }
      } else if cursor.matches(key, "is_error") {
        block.isError = try cursor.boolean(&flags)
      } else if cursor.matches(key, "truncated") {
        if try cursor.boolean(&flags) { flags.insert(.truncatedAtSource) }
      } else if cursor.matches(key, "thinking_redacted") {
        if try cursor.boolean(&flags) { flags.insert(.thinkingRedacted) }
      } else {
        try cursor.skipValue()
      }
    }
    switch type {
    case "text": (block.kind, block.text, block.name) = (.text, text ?? "", "")
    case "tool_use": (block.kind, block.text) = (.toolUse, input ?? "")
    case "tool_result": (block.kind, block.text) = (.toolResult, content ?? "")
    default:
      flags.insert(.unknownBlock)
      block.name = type
    }
    blocks.append(block)
  }

  /// Reads a tool's input, which is JSON as a string: its keys and words, or as it stands where it
  /// was cut and is no JSON any more.
  private func readInput(
    _ cursor: inout JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) -> String {
    guard try cursor.peek() == .string else {
      var words: [String] = []
      try cursor.collectWords(&words, keys: true)
      return joinedLines(words)
    }
    let text = try cursor.readString()
    return wordsOfJSON(text) ?? text
  }

  private func wordsOfJSON(_ text: String) -> String? {
    do throws(JSONError) {
      let bytes = Array(text.utf8)
      var inner = JSONCursor(bytes.span)
      let kind = try inner.peek()
      guard kind == .object || kind == .array else { return nil }
      var words: [String] = []
      try inner.collectWords(&words, keys: true)
      try inner.expectEnd()
      return joinedLines(words)
    } catch {
      return nil
    }
  }

  private func readResult(
    _ cursor: inout JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) -> String {
    if try cursor.peek() == .string { return try cursor.readString() }
    guard try cursor.entersArray(&flags) else { return "" }
    var words: [String] = []
    while try cursor.hasNextElement() {
      guard try cursor.entersObject(&flags) else { continue }
      var type = ""
      var text = ""
      while let key = try cursor.nextKey() {
        if cursor.matches(key, "type") {
          type = try cursor.string(&flags) ?? ""
        } else if cursor.matches(key, "text") {
          text = try cursor.string(&flags) ?? ""
        } else {
          try cursor.skipValue()
        }
      }
      if type == "text" {
        words.append(text)
      } else {
        flags.insert(.unknownBlock)
      }
    }
    return joinedLines(words)
  }
}

/// Joins the parts of one block; empty parts leave no line.
private func joinedLines(_ parts: [String]) -> String {
  parts.filter { !$0.isEmpty }.joined(separator: "\n")
}
