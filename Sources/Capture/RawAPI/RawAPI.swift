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
    if members["custom_id"] != nil, members["result"] != nil || members["params"] != nil {
      var exchange = Exchange()
      var flags: [RecordFlag] = []
      if let whole = try EmbeddedValue(native, at: 0..<native.count, &flags) {
        try MessageBatch.Part(whole).read(into: &exchange)
      }
      exchange.settleID(native)
      return .exchange(exchange)
    }
    guard members["request"] != nil || members["response"] != nil else {
      throw JSONError(.wrongKind, at: 0)
    }
    var flags: [RecordFlag] = []
    let request = try Side(native, members["request"], &flags)
    let response = try Side(native, members["response"], &flags)
    var exchange = Exchange()
    exchange.started = try firstTime(
      native, members, ["started_at", "start_time", "timestamp", "time", "created_at"], &flags)
    exchange.ended = try firstTime(
      native, members, ["ended_at", "end_time", "finished_at"], &flags)
    try readHeaders(native, request.fields["headers"], into: &exchange)
    let batch = try MessageBatch(native, request: request, response: response)
    if let batch, batch.count > 1 { return .batch(batch.excerpts(of: native)) }
    if let batch {
      try batch.read(into: &exchange)
    } else {
      try readRequest(request.body, into: &exchange)
    }
    // What answers a batch is no answer to its calls, unless it was refused.
    if !exchange.isAnsweredApart, batch?.isResults != true {
      try readResponse(native, response, into: &exchange)
    }
    try readRequestID(native, response.fields["headers"], into: &exchange)
    if batch == nil, let path = try request.path(in: native), isOtherCall(path) {
      exchange.skip(.otherCall)
    }
    for flag in flags { exchange.flags.insert(flag) }
    exchange.settleID(native)
    return .exchange(exchange)
  }

  /// The request or the response of a pair.
  struct Side {
    /// Its members; none where it is no object.
    var fields = JSONMembers()
    /// What was sent; nil where that is not told.
    var body: EmbeddedValue?

    init(
      _ native: [UInt8], _ range: Range<Int>?, _ flags: inout [RecordFlag]
    ) throws(JSONError) {
      guard let value = try EmbeddedValue(native, at: range, &flags)?.decoded else { return }
      guard value.isInline, value.isObject else {
        body = value
        return
      }
      fields = try value.members()
      let marks = ["messages", "prompt", "content", "completion", "choices", "error", "requests"]
      // The body itself in place of what has one.
      let isBare = fields["body"] == nil && marks.contains { fields[$0] != nil }
      body = isBare ? value : try EmbeddedValue(native, at: fields["body"], &flags)?.decoded
    }

    /// The path of the URL, without the question.
    func path(in native: [UInt8]) throws(JSONError) -> String? {
      var flags: [RecordFlag] = []
      let place = fields["url"] ?? fields["uri"] ?? fields["path"]
      guard let url = try JSONCursor.text(native, place, &flags) else { return nil }
      return url.split(whereSeparator: { $0 == "?" || $0 == "#" }).first.map(String.init) ?? url
    }

    /// The status of HTTP, a number or a text that begins with it; nil where it is not told.
    func status(in native: [UInt8]) -> Int? {
      for name in ["status", "status_code", "statusCode"] {
        guard let place = fields[name] else { continue }
        let digits = native[place].drop { $0 == UInt8(ascii: "\"") }.prefix(3)
        if let status = Int(String(decoding: digits, as: UTF8.self)) { return status }
      }
      return nil
    }
  }

  private static func readRequest(
    _ body: EmbeddedValue?, into exchange: inout Exchange
  ) throws(JSONError) {
    guard let body else {
      exchange.requestAbsence = Exchange.Absence(reason: "not-captured")
      return
    }
    if body.isObject {
      try MessagesAPI.readRequest(body, into: &exchange)
      guard exchange.messages.isEmpty else { return }
      exchange.flags.insert(.messagesAbsent)
    }
    exchange.requestAbsence = Exchange.Absence(reason: "unreadable", text: body.plainText)
  }

  private static func readResponse(
    _ native: [UInt8], _ response: Side, into exchange: inout Exchange
  ) throws(JSONError) {
    let status = response.status(in: native) ?? 200
    guard let body = response.body else {
      exchange.absence = Exchange.Absence(
        reason: status < 300 ? "not-captured" : "error", text: status < 300 ? "" : "\(status)")
      return
    }
    if status < 300 {
      try MessagesAPI.readResponse(body, into: &exchange)
    } else {
      try MessagesAPI.readFailure(body, into: &exchange)
    }
  }

  /// Whether the path of the URL is that of a call that is no conversation.
  private static func isOtherCall(_ path: String) -> Bool {
    if path.hasSuffix("/count_tokens") { return true }
    let endings = [
      "/messages", "/complete", "/completions", "/invoke", "Predict", "/converse", "-stream",
    ]
    return !endings.contains { path.hasSuffix($0) }
  }

  private static func readHeaders(
    _ native: [UInt8], _ range: Range<Int>?, into exchange: inout Exchange
  ) throws(JSONError) {
    for (name, value) in try headers(native, range)
    where name.hasSuffix("session-id") || name.hasSuffix("session_id") {
      exchange.sessionID = exchange.sessionID ?? value
    }
    try readRequestID(native, range, into: &exchange)
  }

  private static func readRequestID(
    _ native: [UInt8], _ range: Range<Int>?, into exchange: inout Exchange
  ) throws(JSONError) {
    for (name, value) in try headers(native, range)
    where name == "request-id" || name == "x-request-id" {
      exchange.addAlias(value)
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
