// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Amazon Bedrock's model-invocation log (claude-capture-formats section 13.1).
enum Bedrock {
  /// Parses one record, be it the text of a log line.
  ///
  /// - Throws: `JSONError` for malformed JSON, and for what is no record of a call.
  static func parse(_ native: [UInt8]) throws(JSONError) -> ExchangeRecord {
    var flags: [RecordFlag] = []
    let outer = try JSONMembers(of: native, at: 0)
    if outer.isEmpty { return .skipped(.listing) }  // the check whether the log may be written
    let wrapped = outer["schemaType"] == nil ? outer["@message"] ?? outer["message"] : nil
    guard
      let record = try EmbeddedValue(native, at: wrapped ?? 0..<native.count, &flags),
      record.isObject
    else { throw JSONError(.wrongKind, at: 0) }
    // Most logs have the record itself, whose members are known already.
    let members = record.isInline && record.start == 0 ? outer : try record.members()
    guard members["modelId"] != nil || members["operation"] != nil else {
      throw JSONError(.wrongKind, at: 0)
    }
    func text(_ name: String) throws(JSONError) -> String? {
      try JSONCursor.text(record.bytes, members[name], &flags)
    }
    var exchange = Exchange()
    let modelID = try text("modelId")
    exchange.model = modelID
    let model = modelID?.lowercased() ?? ""
    guard model.isEmpty || model.holds("anthropic") || model.holds("claude") else {
      return .skipped(.foreignModel)
    }
    exchange.started = try JSONCursor.time(record.bytes, members["timestamp"], &flags)
    exchange.accountID = try person(record.bytes, members, &flags)
    try readInput(record, members["input"], into: &exchange, &flags)
    try readOutput(record, members["output"], into: &exchange, &flags)
    // The log's own name of the model is the one that counts.
    exchange.model = modelID ?? exchange.model
    if exchange.response == nil, exchange.absence == nil {
      let code = try text("errorCode")
      exchange.absence = Exchange.Absence(
        reason: code == nil ? "not-captured" : "error", text: code ?? "")
    }
    exchange.addAlias(try text("requestId"))
    for flag in flags { exchange.flags.insert(flag) }
    exchange.settleID(native)
    return .exchange(exchange)
  }

  /// What tells whose call it is: the caller's own words, else the session name of the role.
  private static func person(
    _ bytes: [UInt8], _ members: JSONMembers, _ flags: inout [RecordFlag]
  ) throws(JSONError) -> String? {
    if let place = members["requestMetadata"] {
      let fields = try JSONMembers(of: bytes, at: place.lowerBound)
      let known = ["user_id", "userId", "user", "username", "email", "end_user", "principal"]
      for name in known {
        if let value = try JSONCursor.text(bytes, fields[name], &flags) { return value }
      }
    }
    guard let place = members["identity"] else { return nil }
    let fields = try JSONMembers(of: bytes, at: place.lowerBound)
    guard let arn = try JSONCursor.text(bytes, fields["arn"], &flags) else { return nil }
    return arn.lastPathPart
  }

  private static func readInput(
    _ record: EmbeddedValue, _ place: Range<Int>?, into exchange: inout Exchange,
    _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    let members = try JSONMembers(of: record.bytes, in: place)
    if let body = try record.part(members["inputBodyJson"], &flags), body.isObject {
      if try Converse.isRequest(body) {
        try Converse.readRequest(body, into: &exchange)
      } else {
        try MessagesAPI.readRequest(body, into: &exchange)
      }
    }
    guard exchange.messages.isEmpty else { return }
    exchange.requestAbsence = Exchange.Absence(
      reason: members["inputBodyS3Path"] == nil ? "not-captured" : Exchanges.storedApart)
  }

  private static func readOutput(
    _ record: EmbeddedValue, _ place: Range<Int>?, into exchange: inout Exchange,
    _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    let members = try JSONMembers(of: record.bytes, in: place)
    if let body = try record.part(members["outputBodyJson"], &flags) {
      if try Converse.isResponse(body) {
        try Converse.readResponse(body, into: &exchange)
      } else {
        try MessagesAPI.readResponse(body, into: &exchange)
      }
    } else if members["outputBodyS3Path"] != nil {
      exchange.absence = Exchange.Absence(reason: Exchanges.storedApart)
    }
  }
}

extension EmbeddedValue {
  /// A value inside this one, with its place in the record.
  func part(
    _ place: Range<Int>?, _ flags: inout [RecordFlag]
  ) throws(JSONError) -> EmbeddedValue? {
    guard var part = try EmbeddedValue(bytes, at: place, &flags) else { return nil }
    if !isInline {
      part.range = range
      part.isInline = false
    }
    return part
  }
}
