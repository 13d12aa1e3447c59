// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// LiteLLM's logging payloads and spend-log rows (claude-capture-formats section 12.1).
enum LiteLLM {
  /// Parses one record.
  ///
  /// - Throws: `JSONError` for malformed JSON, and for what is no record of a call.
  static func parse(_ native: [UInt8]) throws(JSONError) -> ExchangeRecord {
    let members = try JSONMembers(of: native, at: 0)
    guard members["call_type"] != nil || members["request_id"] != nil else {
      throw JSONError(.wrongKind, at: 0)
    }
    var exchange = Exchange()
    var flags: [RecordFlag] = []
    func text(_ name: String) throws(JSONError) -> String? {
      try JSONCursor.text(native, members[name], &flags)
    }
    let provider = try text("custom_llm_provider") ?? ""
    var names: [String] = []
    for name in ["model", "model_group", "model_id", "api_base"] {
      if let value = try text(name) { names.append(value) }
    }
    let isForeign = !isClaude(provider: provider, names)
    let callType = try text("call_type") ?? ""
    exchange.model = try text("model")
    exchange.started = try JSONCursor.time(native, members["startTime"], &flags)
    exchange.ended = try JSONCursor.time(native, members["endTime"], &flags)
    exchange.sessionID = try text("session_id")
    try readPerson(native, members, into: &exchange, &flags)
    if !isForeign { try readMessages(native, members, into: &exchange, &flags) }
    let isOther = exchange.messages.isEmpty && isOtherCall(callType)
    if isForeign || isOther {
      exchange.skip(isForeign ? .foreignModel : .otherCall)
      exchange.addAlias(try text("id"))
      exchange.addAlias(try text("request_id"))
      exchange.settleID(native)
      return .exchange(exchange)
    }
    if exchange.messages.isEmpty {
      exchange.requestAbsence = Exchange.Absence(reason: "not-captured")
    }
    let failure = try text("error_str")
    let status = try text("status")
    let hasFailed = failure != nil || status == "failure"
    var words = [failure ?? ""]
    if let response = try EmbeddedValue(native, at: members["response"], &flags),
      try !response.isEmptyObject
    {
      if hasFailed, response.kind != .object, response.kind != .array, !response.isEventStream {
        words.append(response.plainText)
      } else {
        try MessagesAPI.readResponse(response, acceptsText: true, into: &exchange)
      }
    }
    if exchange.response == nil, hasFailed {
      words.append(exchange.absence?.text ?? "")
      exchange.absence = Exchange.Absence(reason: "error", text: joinedWords(words))
    }
    exchange.addAlias(try text("id"))
    exchange.addAlias(try text("request_id"))
    for flag in flags { exchange.flags.insert(flag) }
    exchange.settleID(native)
    return .exchange(exchange)
  }

  /// Whether the call went to Claude; a model under a name of the gateway's own is kept unless the
  /// provider is another vendor.
  private static func isClaude(provider: String, _ names: [String]) -> Bool {
    let folded = names.map { $0.lowercased() }
    if folded.contains(where: { $0.holds("claude") || $0.holds("anthropic") }) {
      return true
    }
    return ["", "anthropic", "litellm_proxy", "custom"].contains(provider.lowercased())
  }

  private static func isOtherCall(_ callType: String) -> Bool {
    callType.holds("embedding") || callType.holds("image") || callType.holds("speech")
      || callType.holds("transcription") || callType.holds("rerank")
      || callType.holds("moderation")
  }

  /// The custodian's key: the key's alias, the end user, the caller's own word (section 16).
  private static func readPerson(
    _ native: [UInt8], _ members: JSONMembers, into exchange: inout Exchange,
    _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    var metadata = JSONMembers()
    var holder = native
    if let value = try EmbeddedValue(native, at: members["metadata"], &flags), value.isObject {
      metadata = try value.members()
      holder = value.bytes
    }
    func noted(_ name: String) throws(JSONError) -> String? {
      try JSONCursor.text(holder, metadata[name], &flags)
    }
    var endUser = try JSONCursor.text(native, members["end_user"], &flags)
    if endUser == nil { endUser = try noted("user_api_key_end_user_id") }
    let client = endUser.map(ClientUser.init)
    exchange.sessionID = exchange.sessionID ?? client?.sessionID
    let alias = try noted("user_api_key_alias")
    var user = try noted("user_api_key_user_email")
    if user == nil { user = try noted("user_api_key_user_id") }
    if user == nil { user = try JSONCursor.text(native, members["user"], &flags) }
    exchange.accountID = alias ?? client?.accountID ?? user
    // A key may be shared: then these tell its users apart.
    exchange.otherCallers = [client?.accountID, user]
  }

  private static func readMessages(
    _ native: [UInt8], _ members: JSONMembers, into exchange: inout Exchange,
    _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    if let value = try EmbeddedValue(native, at: members["messages"], &flags) {
      switch value.kind {
      case .array?:
        let wrapper = value
        exchange.messages = try MessagesAPI.messages(
          wrapper, at: value.start..<value.bytes.count, &flags)
      case .object? where try !value.isEmptyObject:
        try MessagesAPI.readRequest(value, into: &exchange)
        if exchange.messages.isEmpty {
          exchange.messages = [
            try MessagesAPI.message(value, at: value.start..<value.bytes.count)
          ]
        }
      case .object?: break
      default:
        var message = Exchange.Message(role: "user", range: value.range)
        message.content.blocks = [
          ContentBlock(kind: .text, text: value.plainText)
        ]
        exchange.messages = [message]
      }
    }
    if exchange.messages.isEmpty,
      let request = try EmbeddedValue(native, at: members["proxy_server_request"], &flags),
      request.isObject
    {
      let fields = try request.members()
      if let body = fields["body"], fields["messages"] == nil,
        var inner = try EmbeddedValue(request.bytes, at: body, &flags), inner.isObject
      {
        if !request.isInline {
          inner.range = request.range
          inner.isInline = false
        }
        try MessagesAPI.readRequest(inner, into: &exchange)
      } else {
        try MessagesAPI.readRequest(request, into: &exchange)
      }
    }
    if exchange.instructions == nil, exchange.messages.first?.role == "system" {
      exchange.instructions = exchange.messages.removeFirst()
    }
  }
}

extension EmbeddedValue {
  /// Whether it is an object without members: content was not kept.
  fileprivate var isEmptyObject: Bool {
    get throws(JSONError) {
      guard isObject else { return false }
      return try members().isEmpty
    }
  }
}
