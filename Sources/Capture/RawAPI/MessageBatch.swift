// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Calls that are sent together and answered later: the request that makes a batch, and the list of
/// its results (claude-capture-formats section 11).
///
/// A record with several calls is taken apart into one for each: the same record with that call alone
/// in its list. So each keeps the URL, headers and times, and none holds what others said.
struct MessageBatch {
  /// One call of a batch: what is asked, or what came of it.
  struct Part {
    private let value: EmbeddedValue
    private let members: JSONMembers

    init(_ value: EmbeddedValue) throws(JSONError) {
      self.value = value
      members = try value.members()
    }

    /// Reads the call; the caller's id stands for one of the service until there is a response.
    ///
    /// - Returns: The caller's id.
    @discardableResult
    func read(into exchange: inout Exchange) throws(JSONError) -> String? {
      var flags: [RecordFlag] = []
      let name = try JSONCursor.text(value.bytes, members["custom_id"], &flags)
      if let result = members["result"] {
        exchange.requestAbsence = Exchange.Absence(reason: "not-captured")
        let fields = try JSONMembers(of: value.bytes, at: result.lowerBound)
        let type = try JSONCursor.text(value.bytes, fields["type"], &flags) ?? "not-captured"
        if let body = try value.part(fields["message"] ?? fields["error"], &flags) {
          try MessagesAPI.readResponse(body, into: &exchange)
        }
        if exchange.response == nil, exchange.absence == nil {
          exchange.absence = Exchange.Absence(reason: type)
        }
        exchange.addAlias(name)
      } else {
        if let params = try value.part(members["params"], &flags), params.isObject {
          try MessagesAPI.readRequest(params, into: &exchange)
        }
        if exchange.messages.isEmpty {
          exchange.requestAbsence = Exchange.Absence(
            reason: "unreadable", text: value.plainText)
        }
        exchange.id = name ?? ""
      }
      for flag in flags { exchange.flags.insert(flag) }
      return name
    }
  }

  /// Whether the calls are results, not requests.
  let isResults: Bool
  /// The service's id of the batch; nil where it is not told.
  private var id: String?
  /// The body that lists the calls.
  private let body: EmbeddedValue
  /// Where the list lies in the body.
  private let list: Range<Int>
  /// Where the calls lie in the body.
  private let calls: [Range<Int>]

  /// How many calls there are.
  var count: Int { calls.count }

  /// Takes the batch of a pair; nil where the pair is none.
  ///
  /// - Throws: `JSONError` for malformed JSON, and for a result that is none.
  init?(
    _ native: [UInt8], request: RawAPI.Side, response: RawAPI.Side
  ) throws(JSONError) {
    if let body = request.body, body.isObject, let list = try body.members()["requests"] {
      isResults = false
      self.body = body
      self.list = list
      calls = try MessageBatch.elements(of: body.bytes, at: list)
      if let object = response.body, object.isObject {
        var flags: [RecordFlag] = []
        let members = try object.members()
        let type = try JSONCursor.text(object.bytes, members["type"], &flags)
        let name = try JSONCursor.text(object.bytes, members["id"], &flags)
        id = type == "message_batch" || name?.hasPrefix("msgbatch_") ?? false ? name : nil
      }
    } else if let body = response.body {
      let folders = try (request.path(in: native) ?? "").split(separator: "/")
      let isNamed =
        folders.count > 2 && folders[folders.count - 1] == "results"
        && folders[folders.count - 3] == "batches"
      if !isNamed {
        // Results may be known by their form alone.
        guard body.kind == nil || body.isObject, !body.isEventStream else { return nil }
        if body.isObject, try body.members()["custom_id"] == nil { return nil }
      }
      isResults = true
      self.body = body
      list = body.isInline ? body.range : 0..<body.bytes.count
      calls =
        body.isInline
        ? try MessageBatch.elements(of: body.bytes, at: list) : MessageBatch.lines(of: body.bytes)
      id = isNamed ? String(folders[folders.count - 2]) : nil
      guard calls.contains(where: { MessageBatch.isResult(body.bytes, at: $0) }) else {
        // One of several, which was damaged.
        if isNamed, !body.isInline, calls.count == 1 { throw JSONError(.wrongKind, at: 0) }
        return nil
      }
    } else {
      return nil
    }
    if calls.isEmpty { return nil }
  }

  /// Reads the only call.
  func read(into exchange: inout Exchange) throws(JSONError) {
    var flags: [RecordFlag] = []
    guard let call = calls.first, let value = try body.part(call, &flags) else { return }
    let name = try Part(value).read(into: &exchange)
    if let id, let name {
      exchange.batch = (id: id, part: name)
      exchange.isAnsweredApart = !isResults
    }
  }

  /// For each call the record with it alone in the list.
  func excerpts(of native: [UInt8]) -> [[UInt8]] {
    calls.map { range in
      var call = Array(body.bytes[range])
      if !isResults { call = [UInt8(ascii: "[")] + call + [UInt8(ascii: "]")] }
      let text = body.bytes[..<list.lowerBound] + call + body.bytes[list.upperBound...]
      if body.isInline { return Array(text) }
      var excerpt = Array(native[..<body.range.lowerBound])
      excerpt.appendJSONString(Array(text).span)
      return excerpt + native[body.range.upperBound...]
    }
  }

  /// The elements of a list; another value is the only one.
  private static func elements(
    of bytes: [UInt8], at list: Range<Int>
  ) throws(JSONError) -> [Range<Int>] {
    var cursor = JSONCursor(bytes.span, at: list.lowerBound)
    guard try cursor.peek() == .array else { return [list] }
    var elements: [Range<Int>] = []
    try cursor.enterArray()
    while try cursor.hasNextElement() { elements.append(try cursor.skipValue()) }
    return elements
  }

  /// The lines of a text, without blank ones.
  private static func lines(of text: [UInt8]) -> [Range<Int>] {
    text.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D })
      .filter { $0.contains { $0 > 0x20 } }.map { $0.startIndex..<$0.endIndex }
  }

  private static func isResult(_ bytes: [UInt8], at range: Range<Int>) -> Bool {
    guard let members = try? JSONMembers(of: bytes, at: range.lowerBound) else { return false }
    return members["custom_id"] != nil && members["result"] != nil
  }
}
