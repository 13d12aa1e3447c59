// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// The bodies of Bedrock's Converse operations (claude-capture-formats section 13.1).
enum Converse {
  /// Whether a body is of this form: its content blocks have no type.
  static func isRequest(_ body: EmbeddedValue) throws(JSONError) -> Bool {
    let members = try body.members()
    if members["inferenceConfig"] != nil || members["toolConfig"] != nil { return true }
    guard members["anthropic_version"] == nil, let messages = members["messages"] else {
      return false
    }
    var cursor = JSONCursor(body.bytes.span, at: messages.lowerBound)
    guard try cursor.peek() == .array else { return false }
    try cursor.enterArray()
    while try cursor.hasNextElement() {
      let message = try JSONMembers(of: body.bytes, at: try cursor.skipValue().lowerBound)
      guard let content = message["content"] else { continue }
      var part = JSONCursor(body.bytes.span, at: content.lowerBound)
      guard try part.peek() == .array else { return false }
      try part.enterArray()
      guard try part.hasNextElement(), try part.peek() == .object else { continue }
      return try JSONMembers(of: body.bytes, at: part.position)["type"] == nil
    }
    return false
  }

  /// Whether a body is a response of this form.
  static func isResponse(_ body: EmbeddedValue) throws(JSONError) -> Bool {
    guard body.isObject else { return false }
    return try body.members()["output"] != nil
  }

  static func readRequest(
    _ body: EmbeddedValue, into exchange: inout Exchange
  ) throws(JSONError) {
    let members = try body.members()
    if let system = members["system"] {
      var message = Exchange.Message(role: "system", range: body.place(of: system))
      try readBlocks(body.bytes, at: system, into: &message)
      if !message.content.blocks.isEmpty { exchange.instructions = message }
    }
    guard let messages = members["messages"] else { return }
    var cursor = JSONCursor(body.bytes.span, at: messages.lowerBound)
    guard try cursor.entersArray(&exchange.flags) else { return }
    while try cursor.hasNextElement() {
      exchange.messages.append(try message(body, at: try cursor.skipValue()))
    }
  }

  static func readResponse(
    _ body: EmbeddedValue, into exchange: inout Exchange
  ) throws(JSONError) {
    guard let output = try body.members()["output"] else { return }
    let fields = try JSONMembers(of: body.bytes, at: output.lowerBound)
    guard let place = fields["message"] else { return }
    exchange.response = try message(body, at: place)
    exchange.response?.role = "assistant"
  }

  private static func message(
    _ body: EmbeddedValue, at range: Range<Int>
  ) throws(JSONError) -> Exchange.Message {
    let members = try JSONMembers(of: body.bytes, at: range.lowerBound)
    var message = Exchange.Message(role: "", range: body.place(of: range))
    message.role = try JSONCursor.text(body.bytes, members["role"], &message.flags) ?? ""
    if let content = members["content"] {
      try readBlocks(body.bytes, at: content, into: &message)
    }
    return message
  }

  private static func readBlocks(
    _ bytes: [UInt8], at range: Range<Int>, into message: inout Exchange.Message
  ) throws(JSONError) {
    var cursor = JSONCursor(bytes.span, at: range.lowerBound)
    guard try cursor.peek() == .array else {
      try message.readContent(bytes, at: range.lowerBound)
      return
    }
    try cursor.enterArray()
    while try cursor.hasNextElement() {
      let place = try cursor.skipValue()
      let members = try JSONMembers(of: bytes, at: place.lowerBound)
      try readBlock(bytes, at: place, members, into: &message)
    }
  }

  private static func readBlock(
    _ bytes: [UInt8], at place: Range<Int>, _ members: JSONMembers,
    into message: inout Exchange.Message
  ) throws(JSONError) {
    func words(_ range: Range<Int>?, keys: Bool = false) throws(JSONError) -> String {
      guard let range else { return "" }
      var words: [String] = []
      var cursor = JSONCursor(bytes.span, at: range.lowerBound)
      try cursor.collectReadableWords(&words, keys: keys)
      cursor.takeRepairs(&message.flags)
      return joinedWords(words)
    }
    if let text = members["text"] {
      message.content.blocks.append(ContentBlock(kind: .text, text: try words(text)))
    } else if let use = members["toolUse"] {
      let fields = try JSONMembers(of: bytes, at: use.lowerBound)
      let id = try JSONCursor.text(bytes, fields["toolUseId"], &message.flags) ?? ""
      let name = try JSONCursor.text(bytes, fields["name"], &message.flags) ?? ""
      let input = fields["input"].map { Array(bytes[$0]) } ?? []
      message.addCall(id: id, name: name, input: input)
    } else if let result = members["toolResult"] {
      let fields = try JSONMembers(of: bytes, at: result.lowerBound)
      let id = try JSONCursor.text(bytes, fields["toolUseId"], &message.flags) ?? ""
      let status = try JSONCursor.text(bytes, fields["status"], &message.flags)
      message.content.toolResultIDs.append(id)
      message.content.blocks.append(
        ContentBlock(
          kind: .toolResult, text: try words(fields["content"]), isError: status == "error"))
    } else if let reasoning = members["reasoningContent"] {
      message.content.blocks.append(
        ContentBlock(kind: .thinking, text: try words(reasoning)))
    } else if let file = members["image"] ?? members["document"] ?? members["video"] {
      let fields = try JSONMembers(of: bytes, at: file.lowerBound)
      let name = try JSONCursor.text(bytes, fields["name"], &message.flags) ?? ""
      var captured = CapturedFile(kind: .attachment, name: name)
      captured.type = try JSONCursor.text(bytes, fields["format"], &message.flags) ?? ""
      if let source = fields["source"],
        let data = try JSONMembers(of: bytes, at: source.lowerBound)["bytes"]
      {
        if members["image"] != nil { captured.type = "image/" + captured.type }
        captured.takeContent(base64: bytes.span.extracting(data))
      }
      message.content.files.append(captured)
    } else if members["cachePoint"] != nil {
      message.flags.insert(.skippedBlock)
    } else if members["type"] != nil {
      var cursor = JSONCursor(bytes.span, at: place.lowerBound)
      try message.content.parseBlock(&cursor, &message.flags)
    } else {
      message.flags.insert(.unknownBlock)
      message.content.blocks.append(
        ContentBlock(kind: .unknown, text: "", name: members.all.map(\.name).sorted().first ?? ""))
    }
  }
}
