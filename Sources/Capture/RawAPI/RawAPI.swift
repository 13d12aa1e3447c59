// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Raw Messages API traffic: pairs of request and response, and results of batches
/// (claude-capture-formats section 11).
enum RawAPI {
  /// Parses one record.
  ///
  /// - Throws: `JSONError` for malformed JSON, and for what is no pair.
  static func parse(_ native: [UInt8]) throws(JSONError) -> ExchangeRecord {
    let members = try JSONMembers(of: native, at: 0)
    if members["custom_id"] != nil, let result = members["result"] {
      return .exchange(try batchResult(native, members, result))
    }
    guard let request = members["request"] ?? members["response"].map({ _ in 0..<0 }) else {
      throw JSONError(.wrongKind, at: 0)
    }
    var exchange = Exchange()
    var flags: [RecordFlag] = []
    exchange.started = try firstTime(
      native, members, ["started_at", "start_time", "timestamp", "time", "created_at"], &flags)
    exchange.ended = try firstTime(
      native, members, ["ended_at", "end_time", "finished_at"], &flags)
    if !request.isEmpty {
      let fields = try JSONMembers(of: native, at: request.lowerBound)
      if try isOtherCall(native, fields) { return .skipped(.otherCall) }
      try readHeaders(native, fields["headers"], into: &exchange)
      let body = try EmbeddedValue(
        native, at: fields["body"] ?? (fields["messages"] == nil ? nil : request), &flags)?
        .decoded
      if let body, body.isObject {
        try MessagesAPI.readRequest(body, into: &exchange)
        if exchange.messages.isEmpty { exchange.flags.insert(.messagesAbsent) }
      } else {
        exchange.requestAbsence = Exchange.Absence(
          reason: body == nil ? "not-captured" : "unreadable")
      }
    } else {
      exchange.requestAbsence = Exchange.Absence(reason: "not-captured")
    }
    try readResponse(native, members["response"], into: &exchange)
    for flag in flags { exchange.flags.insert(flag) }
    exchange.settleID(native)
    return .exchange(exchange)
  }

  private static func readResponse(
    _ native: [UInt8], _ range: Range<Int>?, into exchange: inout Exchange
  ) throws(JSONError) {
    guard let range else { return }
    var flags: [RecordFlag] = []
    let fields = try JSONMembers(of: native, at: range.lowerBound)
    // The response itself in place of one with a body.
    let isBare = fields["body"] == nil && (fields["content"] != nil || fields["error"] != nil)
    guard
      let body = try EmbeddedValue(native, at: isBare ? range : fields["body"], &flags)?.decoded
    else {
      exchange.absence = Exchange.Absence(reason: "not-captured")
      return
    }
    try MessagesAPI.readResponse(body, into: &exchange)
    for (name, value) in try headers(native, fields["headers"])
    where name == "request-id" || name == "x-request-id" {
      exchange.addAlias(value)
    }
    for flag in flags { exchange.flags.insert(flag) }
  }

  /// A result of a batch: the response, without the request that it answers.
  private static func batchResult(
    _ native: [UInt8], _ members: JSONMembers, _ result: Range<Int>
  ) throws(JSONError) -> Exchange {
    var exchange = Exchange()
    var flags: [RecordFlag] = []
    let fields = try JSONMembers(of: native, at: result.lowerBound)
    let type = try JSONCursor.text(native, fields["type"], &flags) ?? "not-captured"
    let customID = try JSONCursor.text(native, members["custom_id"], &flags)
    exchange.requestAbsence = Exchange.Absence(reason: "not-captured")
    if let body = try EmbeddedValue(native, at: fields["message"] ?? fields["error"], &flags) {
      try MessagesAPI.readResponse(body, into: &exchange)
    }
    if exchange.response == nil, exchange.absence == nil {
      exchange.absence = Exchange.Absence(reason: type)
    }
    exchange.addAlias(customID)
    for flag in flags { exchange.flags.insert(flag) }
    exchange.settleID(native)
    return exchange
  }

  /// Whether the URL is of a call that is no conversation.
  private static func isOtherCall(
    _ native: [UInt8], _ fields: JSONMembers
  ) throws(JSONError) -> Bool {
    var flags: [RecordFlag] = []
    guard
      let url = try JSONCursor.text(
        native, fields["url"] ?? fields["uri"] ?? fields["path"], &flags)
    else { return false }
    let path = url.split(whereSeparator: { $0 == "?" || $0 == "#" }).first.map(String.init) ?? url
    if path.hasSuffix("/count_tokens") { return true }
    let endings = ["/messages", "/complete", "/completions", "/invoke", "Predict", "/converse"]
    if endings.contains(where: { path.hasSuffix($0) }) { return false }
    return !["-stream", ":streamRawPredict", ":rawPredict"].contains { path.hasSuffix($0) }
  }

  private static func readHeaders(
    _ native: [UInt8], _ range: Range<Int>?, into exchange: inout Exchange
  ) throws(JSONError) {
    for (name, value) in try headers(native, range) {
      if name.hasSuffix("session-id") || name.hasSuffix("session_id") {
        exchange.sessionID = exchange.sessionID ?? value
      } else if name == "request-id" || name == "x-request-id" {
        exchange.addAlias(value)
      }
    }
  }

  /// Headers as recorders write them: an object of texts or lists, or a list of pairs.
  private static func headers(
    _ native: [UInt8], _ range: Range<Int>?
  ) throws(JSONError) -> [(name: String, value: String)] {
    guard let range else { return [] }
    var cursor = JSONCursor(native.span, at: range.lowerBound)
    var headers: [(String, String)] = []
    switch try cursor.peek() {
    case .object:
      for (name, place) in try JSONMembers(of: native, at: range.lowerBound).all {
        var words: [String] = []
        var part = JSONCursor(native.span, at: place.lowerBound)
        try part.collectWords(&words, keys: false)
        if let value = words.first { headers.append((name.lowercased(), value)) }
      }
    case .array:
      try cursor.enterArray()
      while try cursor.hasNextElement() {
        var words: [String] = []
        try cursor.collectWords(&words, keys: false)
        if words.count >= 2 { headers.append((words[0].lowercased(), words[1])) }
      }
    default: break
    }
    return headers.sorted { $0 < $1 }
  }

  private static func firstTime(
    _ native: [UInt8], _ members: JSONMembers, _ names: [String],
    _ flags: inout [RecordFlag]
  ) throws(JSONError) -> SourceTime? {
    for name in names {
      if let time = try JSONCursor.time(native, members[name], &flags) { return time }
    }
    return nil
  }
}

extension Exchange {
  /// Gives a call that tells no id one of its record's bytes; an alias stands in before that.
  mutating func settleID(_ native: [UInt8]) {
    if id.isEmpty, !aliases.isEmpty { id = aliases.removeFirst() }
    if id.isEmpty {
      id = ClaudeExport.derivedID(of: native)
      flags.insert(.idDerived)
    }
    aliases.removeAll { $0 == id }
  }
}
