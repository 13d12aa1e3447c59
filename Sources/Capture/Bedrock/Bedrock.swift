// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Amazon Bedrock's model-invocation log (claude-capture-formats section 13.1).
enum Bedrock {
  /// Parses one record, be it the text of a log line; bodies that lay apart from it may stand behind
  /// it, each on a line of its own.
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
    let operation = try text("operation") ?? ""
    exchange.model = modelID
    exchange.started = try JSONCursor.time(record.bytes, members["timestamp"], &flags)
    exchange.accountID = try person(record.bytes, members, &flags)
    exchange.bodiesApart = try namesApart(record, members, &flags)
    var bodies: (input: EmbeddedValue?, output: EmbeddedValue?)
    if !exchange.bodiesApart.isEmpty { bodies = try bodiesBehind(native, &flags) }
    let isNamed = namesClaude(modelID ?? "")
    if isNamed ?? true {
      try readInput(record, members["input"], bodies.input, into: &exchange, &flags)
      try readOutput(record, members["output"], bodies.output, into: &exchange, &flags)
    }
    // The log's own name of the model is the one that counts, where it tells one.
    if isNamed != nil { exchange.model = modelID ?? exchange.model }
    let code = try text("errorCode")
    if exchange.response == nil, code != nil || exchange.absence == nil {
      exchange.absence = Exchange.Absence(
        reason: code == nil ? "not-captured" : "error",
        text: joinedWords([code ?? "", exchange.absence?.text ?? ""]))
    }
    exchange.addAlias(try text("requestId"))
    let isOpaque = isNamed == nil && !operation.hasPrefix("Converse")
    if isNamed == false || isOpaque && exchange.messages.isEmpty && exchange.bodiesApart.isEmpty {
      exchange.skip(.foreignModel)
    }
    for flag in flags { exchange.flags.insert(flag) }
    exchange.settleID(native)
    return .exchange(exchange)
  }

  /// Whether a model's id is that of Claude; nil for the names of inference profiles and of models of
  /// an account's own, which tell no vendor.
  private static func namesClaude(_ modelID: String) -> Bool? {
    let folded = modelID.lowercased()
    if folded.isEmpty || folded.holds("anthropic") || folded.holds("claude") { return true }
    let own: [StaticString] = [
      "application-inference-profile/", "provisioned-model/", "custom-model/", "imported-model/",
      "custom-model-deployment/",
    ]
    if own.contains(where: { folded.holds($0) }) { return nil }
    return folded.lastPathPart.contains(".") ? false : nil
  }

  /// The bodies that stand behind a record, where they lay in files of their own.
  private static func bodiesBehind(
    _ native: [UInt8], _ flags: inout [RecordFlag]
  ) throws(JSONError) -> (input: EmbeddedValue?, output: EmbeddedValue?) {
    var bodies: (input: EmbeddedValue?, output: EmbeddedValue?)
    var cursor = JSONCursor(native.span)
    try cursor.skipValue()
    while native[cursor.position...].contains(where: { $0 > 0x20 }) {
      guard let body = try EmbeddedValue(native, at: try cursor.skipValue(), &flags) else {
        continue
      }
      if try isInput(body) { bodies.input = body } else { bodies.output = body }
    }
    return bodies
  }

  private static func isInput(_ body: EmbeddedValue) throws(JSONError) -> Bool {
    guard body.isObject else { return false }
    let members = try body.members()
    return ["messages", "anthropic_version", "prompt"].contains { members[$0] != nil }
  }

  /// Whether a value is the record of a call, not a body that stands behind one.
  static func isRecord(_ bytes: [UInt8]) throws(JSONError) -> Bool {
    let outer = try JSONMembers(of: bytes, at: 0)
    if outer["modelId"] != nil || outer["operation"] != nil { return true }
    var flags: [RecordFlag] = []
    guard let inner = try EmbeddedValue(bytes, at: outer["@message"] ?? outer["message"], &flags),
      inner.isObject
    else { return false }
    let members = try inner.members()
    return members["modelId"] != nil || members["operation"] != nil
  }

  /// The names of the files with the bodies that a record says lie apart, without their compression.
  private static func namesApart(
    _ record: EmbeddedValue, _ members: JSONMembers, _ flags: inout [RecordFlag]
  ) throws(JSONError) -> [String] {
    var names: [String] = []
    for (side, member) in [("input", "inputBodyS3Path"), ("output", "outputBodyS3Path")] {
      let fields = try JSONMembers(of: record.bytes, in: members[side])
      guard let path = try JSONCursor.text(record.bytes, fields[member], &flags) else { continue }
      let name = path.lastPathPart
      names.append(name.hasSuffix(".gz") ? String(name.dropLast(3)) : name)
    }
    return names
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
    _ record: EmbeddedValue, _ place: Range<Int>?, _ apart: EmbeddedValue?,
    into exchange: inout Exchange, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    let members = try JSONMembers(of: record.bytes, in: place)
    var found = try record.part(members["inputBodyJson"], &flags)
    found = found ?? apart
    if let body = found, body.isObject {
      if try Converse.isRequest(body) {
        try Converse.readRequest(body, into: &exchange)
      } else {
        try MessagesAPI.readRequest(body, into: &exchange)
      }
    }
    guard exchange.messages.isEmpty else { return }
    let isApart = found == nil && members["inputBodyS3Path"] != nil
    exchange.requestAbsence = Exchange.Absence(
      reason: found != nil ? "unreadable" : isApart ? Exchanges.storedApart : "not-captured",
      text: found?.plainText ?? "")
  }

  private static func readOutput(
    _ record: EmbeddedValue, _ place: Range<Int>?, _ apart: EmbeddedValue?,
    into exchange: inout Exchange, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    let members = try JSONMembers(of: record.bytes, in: place)
    var found = try record.part(members["outputBodyJson"], &flags)
    found = found ?? apart
    if let body = found {
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
