// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model

/// The bodies of the Messages API (claude-capture-formats section 11): requests and responses, in
/// the form of Anthropic or, as gateways write them, in that of chat completions.
enum MessagesAPI {
  /// Reads a request's body into an exchange.
  static func readRequest(
    _ body: EmbeddedValue, into exchange: inout Exchange
  ) throws(JSONError) {
    let members = try body.members()
    if exchange.model == nil {
      exchange.model = try JSONCursor.text(body.bytes, members["model"], &exchange.flags)
    }
    if let range = members["system"] {
      var system = Exchange.Message(role: "system", range: body.place(of: range))
      try system.readContent(body.bytes, at: range.lowerBound)
      if !system.content.blocks.isEmpty { exchange.instructions = system }
    }
    if let range = members["messages"] {
      let messages = try messages(body, at: range, &exchange.flags)
      // In the chat form instructions are messages.
      let isLed = exchange.instructions == nil && messages.first?.role == "system"
      if isLed { exchange.instructions = messages.first }
      exchange.messages = Array(messages.dropFirst(isLed ? 1 : 0))
    } else if let range = members["prompt"] {
      var message = Exchange.Message(role: "user", range: body.place(of: range))
      try message.readContent(body.bytes, at: range.lowerBound)
      exchange.messages = [message]
    }
    if let metadata = members["metadata"] {
      let fields = try JSONMembers(of: body.bytes, at: metadata.lowerBound)
      if let user = try JSONCursor.text(body.bytes, fields["user_id"], &exchange.flags) {
        ClientUser(user).fill(&exchange)
      }
    }
  }

  /// Reads the messages of a list, or one message or text alone.
  static func messages(
    _ body: EmbeddedValue, at range: Range<Int>, _ flags: inout [RecordFlag]
  ) throws(JSONError) -> [Exchange.Message] {
    var cursor = JSONCursor(body.bytes.span, at: range.lowerBound)
    guard try cursor.peek() == .array else {
      return [try message(body, at: range)]
    }
    var messages: [Exchange.Message] = []
    try cursor.enterArray()
    while try cursor.hasNextElement() {
      messages.append(try message(body, at: try cursor.skipValue()))
    }
    return messages
  }

  /// Reads a message of either form; a bare text is the person's.
  static func message(
    _ body: EmbeddedValue, at range: Range<Int>
  ) throws(JSONError) -> Exchange.Message {
    var cursor = JSONCursor(body.bytes.span, at: range.lowerBound)
    guard try cursor.peek() == .object else {
      var message = Exchange.Message(role: "user", range: body.place(of: range))
      try message.readContent(body.bytes, at: range.lowerBound)
      return message
    }
    return try message(
      body, at: range, JSONMembers(of: body.bytes, at: range.lowerBound))
  }

  private static func message(
    _ body: EmbeddedValue, at range: Range<Int>, _ members: JSONMembers
  ) throws(JSONError) -> Exchange.Message {
    var message = Exchange.Message(role: "user", range: body.place(of: range))
    message.role = try JSONCursor.text(body.bytes, members["role"], &message.flags) ?? ""
    if message.role.isEmpty { message.flags.insert(.senderUnknown) }
    for name in ["reasoning_content", "thinking_blocks"] where message.content.blocks.isEmpty {
      guard let place = members[name] else { continue }
      var words: [String] = []
      var part = JSONCursor(body.bytes.span, at: place.lowerBound)
      try part.collectReadableWords(&words, keys: false)
      let text = joinedWords(words)
      if !text.isEmpty {
        message.content.blocks.append(ContentBlock(kind: .thinking, text: text))
      }
    }
    if let place = members["content"] {
      try message.readContent(body.bytes, at: place.lowerBound)
    }
    if let place = members["tool_calls"] { try message.readCalls(body.bytes, at: place) }
    if message.role == "tool" || message.role == "function" {
      let id = try JSONCursor.text(body.bytes, members["tool_call_id"], &message.flags) ?? ""
      let name = try JSONCursor.text(body.bytes, members["name"], &message.flags) ?? ""
      let text = joinedWords(message.content.blocks.map(\.text))
      message.content.toolResultIDs = [id]
      message.content.blocks = [ContentBlock(kind: .toolResult, text: text, name: name)]
    }
    return message
  }

  /// Reads a response: a message, an error, a completion, a list of a stream's events, or a text.
  ///
  /// - Parameters:
  ///   - body: The response.
  ///   - acceptsText: Whether a bare text is the answer, as some gateways write it; else it is a page
  ///     of something between the caller and the service.
  ///   - exchange: Takes it.
  /// - Throws: `JSONError` where the grammar is broken.
  static func readResponse(
    _ body: EmbeddedValue, acceptsText: Bool = false, into exchange: inout Exchange
  ) throws(JSONError) {
    if body.isEventStream {
      var stream = StreamAssembler()
      stream.takeEvents(body.bytes)
      take(stream, body, into: &exchange)
      return
    }
    switch body.kind {
    case .array?:
      var stream = StreamAssembler()
      var cursor = JSONCursor(body.bytes.span, at: body.start)
      try cursor.enterArray()
      while try cursor.hasNextElement() {
        try stream.take(body.bytes, at: try cursor.skipValue().lowerBound)
      }
      take(stream, body, into: &exchange)
    case .object?: try readObject(body, into: &exchange)
    default:
      exchange.absence = Exchange.Absence(reason: "unreadable", text: body.plainText)
    }
    let isStructure = body.isInline && (body.kind == .object || body.kind == .array)
    guard acceptsText, exchange.absence?.reason == "unreadable", !isStructure else { return }
    // The answer may be JSON itself.
    exchange.absence = nil
    var message = Exchange.Message(role: "assistant", range: body.range)
    message.content.blocks = [ContentBlock(kind: .text, text: body.text)]
    exchange.response = message
  }

  /// Reads a response that the service marked as failed: what it says is no answer.
  static func readFailure(
    _ body: EmbeddedValue, into exchange: inout Exchange
  ) throws(JSONError) {
    if body.isObject {
      let members = try body.members()
      let type = try JSONCursor.text(body.bytes, members["type"], &exchange.flags)
      if type == "message" || type == "error" || members["error"] != nil {
        try readObject(body, into: &exchange)
        return
      }
      exchange.addAlias(try JSONCursor.text(body.bytes, members["request_id"], &exchange.flags))
    }
    exchange.absence = Exchange.Absence(reason: "error", text: body.plainText)
  }

  private static func take(
    _ stream: StreamAssembler, _ body: EmbeddedValue, into exchange: inout Exchange
  ) {
    if exchange.id.isEmpty { exchange.id = stream.id } else { exchange.addAlias(stream.id) }
    exchange.model = stream.model ?? exchange.model
    if let failure = stream.failure, !stream.hasContent {
      exchange.absence = Exchange.Absence(reason: "error", text: failure)
    } else if stream.hasBegun {
      exchange.response = stream.message(range: body.range)
      if let failure = stream.failure {
        exchange.response?.content.blocks.append(
          ContentBlock(kind: .client, text: failure, name: "error"))
      }
    } else {
      exchange.absence = Exchange.Absence(reason: "unreadable", text: body.plainText)
    }
  }

  private static func readObject(
    _ body: EmbeddedValue, into exchange: inout Exchange
  ) throws(JSONError) {
    let members = try body.members()
    let type = try JSONCursor.text(body.bytes, members["type"], &exchange.flags)
    if let id = try JSONCursor.text(body.bytes, members["id"], &exchange.flags) {
      if exchange.id.isEmpty { exchange.id = id } else { exchange.addAlias(id) }
    }
    exchange.addAlias(try JSONCursor.text(body.bytes, members["request_id"], &exchange.flags))
    exchange.model =
      try JSONCursor.text(body.bytes, members["model"], &exchange.flags) ?? exchange.model
    if let choices = members["choices"] {
      try readChoices(body, choices, into: &exchange)
    } else if members["content"] != nil {
      var message = try message(body, at: body.start..<body.bytes.count, members)
      message.range = body.range
      exchange.response = message
    } else if let range = members["completion"] {
      var message = Exchange.Message(role: "assistant", range: body.place(of: range))
      try message.readContent(body.bytes, at: range.lowerBound)
      exchange.response = message
    } else if type == "error" || members["error"] != nil {
      var words: [String] = []
      if let range = members["error"] ?? members["message"] {
        var cursor = JSONCursor(body.bytes.span, at: range.lowerBound)
        try cursor.collectReadableWords(&words, keys: false)
      }
      exchange.absence = Exchange.Absence(reason: "error", text: joinedWords(words))
    } else if try !body.members().isEmpty {
      exchange.absence = Exchange.Absence(reason: "unreadable", text: body.plainText)
    }
  }

  private static func readChoices(
    _ body: EmbeddedValue, _ range: Range<Int>, into exchange: inout Exchange
  ) throws(JSONError) {
    var cursor = JSONCursor(body.bytes.span, at: range.lowerBound)
    guard try cursor.entersArray(&exchange.flags) else { return }
    var response: Exchange.Message?
    while try cursor.hasNextElement() {
      let choice = try JSONMembers(
        of: body.bytes, at: try cursor.skipValue().lowerBound)
      guard let place = choice["message"] ?? choice["delta"] ?? choice["text"] else { continue }
      let message = try message(body, at: place)
      if response == nil {
        response = message
        response?.role = "assistant"
      } else {
        response?.content.append(message.content)
      }
    }
    response?.range = body.range
    exchange.response = response
  }
}

extension Exchange.Message {
  /// Reads the calls of the chat form.
  fileprivate mutating func readCalls(_ bytes: [UInt8], at place: Range<Int>) throws(JSONError) {
    var cursor = JSONCursor(bytes.span, at: place.lowerBound)
    guard try cursor.entersArray(&flags) else { return }
    while try cursor.hasNextElement() {
      let call = try JSONMembers(of: bytes, at: try cursor.skipValue().lowerBound)
      let id = try JSONCursor.text(bytes, call["id"], &flags) ?? ""
      guard let function = call["function"] else { continue }
      let fields = try JSONMembers(of: bytes, at: function.lowerBound)
      let name = try JSONCursor.text(bytes, fields["name"], &flags) ?? ""
      var input: [UInt8] = []
      if let arguments = try EmbeddedValue(bytes, at: fields["arguments"], &flags) {
        input =
          arguments.isInline
          ? Array(arguments.bytes[arguments.range]) : arguments.bytes
      }
      addCall(id: id, name: name, input: input)
    }
  }
}

/// What a client writes into `metadata.user_id`: an opaque name, or account and session of Claude
/// Code.
struct ClientUser {
  private(set) var accountID: String?
  private(set) var sessionID: String?

  init(_ text: String) {
    // Who works with a key has no account, and the client names the machine in its place.
    var device: String?
    if text.hasPrefix("{"), let members = try? JSONMembers(of: Array(text.utf8), at: 0) {
      var flags: [RecordFlag] = []
      let bytes = Array(text.utf8)
      let account = try? JSONCursor.text(bytes, members["account_uuid"], &flags)
      let session = try? JSONCursor.text(bytes, members["session_id"], &flags)
      let machine = try? JSONCursor.text(bytes, members["device_id"], &flags)
      accountID = account ?? nil
      sessionID = session ?? nil
      device = machine ?? nil
    } else if let session = text.range(of: "_session_") {
      sessionID = String(text[session.upperBound...])
      if let account = text.range(of: "_account_"), account.upperBound <= session.lowerBound {
        accountID = String(text[account.upperBound..<session.lowerBound])
        device = String(text[..<account.lowerBound])
      }
    }
    if accountID?.isEmpty ?? true { accountID = device }
    if accountID?.isEmpty ?? true { accountID = text }
    if sessionID?.isEmpty ?? false { sessionID = nil }
  }

  /// Fills in what the exchange does not tell otherwise.
  func fill(_ exchange: inout Exchange) {
    if exchange.accountID != nil {
      exchange.otherCallers.append(accountID)
    } else {
      exchange.accountID = accountID
    }
    exchange.sessionID = exchange.sessionID ?? sessionID
  }
}
