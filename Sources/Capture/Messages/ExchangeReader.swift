// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// What a record of a gateway or a log is.
enum ExchangeRecord {
  case exchange(Exchange)
  /// A batch of calls: for each a record that is the batch's own with that call alone in it.
  case batch([[UInt8]])
  /// What says nothing.
  case skipped(SkipReason)
}

/// Reads records of calls: raw Messages API traffic, LiteLLM, Amazon Bedrock
/// (claude-capture-formats sections 11, 12.1 and 13.1).
///
/// The calls of each conversation are gathered within a bound; beyond it all are handed over, and
/// what comes later adds to them.
final class ExchangeReader: RecordReader {
  private static let byteLimit = 16 << 20
  /// Of calls and of bodies that wait for each other.
  private static let bodyByteLimit = 64 << 20

  private struct Key: Hashable {
    var route: String
    var id: ExactText
  }

  private var threads: [String: ExchangeThreads] = [:]
  private var answers = SessionAnswers()
  private var conversations: [Key: ExchangeConversation] = [:]
  private var order: [ExchangeConversation] = []
  private var byteCount = 0
  private var bodies = BedrockBodies()
  /// Reasons that were told of calls that are not read.
  private var skipped: Set<SkipReason> = []

  init() {}

  func read(_ record: NativeRecord, into sink: any RecordSink) throws {
    if record.format == .bedrockBody { return try take(body: record, into: sink) }
    let route = Exchanges.route(of: record.format)
    switch try parsed(record, route: route) {
    case .skipped(let reason): try sink.skip(reason, count: 1)
    case .exchange(let exchange) where !exchange.bodiesApart.isEmpty:
      if bodies.holds(call: record) { return try sink.noteDuplicates(1) }
      if let call = bodies.take(record, names: exchange.bodiesApart) {
        try add(call, into: sink)
      }
      try keepBound(into: sink)
    case .exchange(let exchange): try add(exchange, record, route: route, into: sink)
    case .batch(let natives):
      for (number, native) in natives.enumerated() {
        var part = record
        part.bytes = native
        do {
          guard case .exchange(let exchange) = try parsed(part, route: route) else {
            throw CaptureError(code: .decodeError, message: "it is no call of a batch")
          }
          try add(exchange, part, route: route, into: sink)
        } catch let error as CaptureError {
          try sink.fail(
            CaptureProblem(
              code: error.code, path: record.path, object: "\(record.name), call \(number + 1)",
              detail: error.message))
          try keep(part, into: sink)
        }
      }
    }
  }

  private func parsed(_ record: NativeRecord, route: String) throws -> ExchangeRecord {
    do throws(JSONError) {
      return try Exchanges.parse(record.bytes, route: route)
    } catch {
      throw CaptureError(decoding: error, expected: "a call of a model")
    }
  }

  // MARK: - Bodies that lie apart

  private func take(body file: NativeRecord, into sink: any RecordSink) throws {
    var body = file
    // It comes to stand on a line of its own.
    body.bytes = Array(
      file.bytes.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed())
    do throws(JSONError) {
      var cursor = JSONCursor(body.bytes.span)
      try cursor.skipValue()
      try cursor.expectEnd()
    } catch {
      throw CaptureError(decoding: error, expected: "the body of a call")
    }
    if bodies.holds(body) { return try sink.noteDuplicates(1) }
    guard let calls = bodies.take(body: body) else {
      throw CaptureError(
        code: .unresolvedLink, message: "another file has the name of this body of a call")
    }
    for call in calls { try add(call, into: sink) }
    try keepBound(into: sink)
  }

  private func keepBound(into sink: any RecordSink) throws {
    if bodies.byteCount > Self.bodyByteLimit { try settleBodies(into: sink) }
  }

  /// Gives up waiting for bodies and for the records of calls.
  private func settleBodies(into sink: any RecordSink) throws {
    let (calls, left) = bodies.drain()
    for call in calls { try add(call, into: sink) }
    for body in left {
      try sink.fail(
        CaptureProblem(
          code: .unresolvedLink, path: body.path,
          detail:
            "the record of its call is not among the files, or came too far behind it: import them "
            + "together, the log first"))
      try keep(body, into: sink)
    }
  }

  private func add(_ call: BedrockBodies.Call, into sink: any RecordSink) throws {
    let route = Exchanges.route(of: call.record.format)
    guard case .exchange(let exchange) = try parsed(call.record, route: route) else { return }
    try add(exchange, call.record, route: route, mergedCount: call.bodyCount, into: sink)
  }

  // MARK: - Calls

  private func add(
    _ exchange: Exchange, _ record: NativeRecord, route: String, mergedCount: Int = 0,
    into sink: any RecordSink
  ) throws {
    var place = threads[route, default: ExchangeThreads()].place(exchange)
    if try !answers.take(exchange, at: place, route: route, sink) {
      place =
        threads[route, default: ExchangeThreads()].placeAlone(exchange, insteadOf: place)
    }
    let key = Key(route: route, id: ExactText(place.conversationID))
    let conversation: ExchangeConversation
    if let known = conversations[key] {
      conversation = known
    } else {
      conversation = ExchangeConversation(id: place.conversationID, route: route)
      conversations[key] = conversation
      order.append(conversation)
    }
    guard !conversation.holds(record.bytes) else {
      try sink.noteDuplicates(1 + mergedCount)
      return
    }
    let before = conversation.byteCount
    let answerID = conversation.add(
      exchange, native: record.bytes, at: place, mergedCount: mergedCount)
    threads[route]?.note(exchange, at: place, as: answerID)
    byteCount += conversation.byteCount - before
    for absence in [exchange.absence, exchange.requestAbsence] {
      guard let absence, absence.reason == Exchanges.storedApart else { continue }
      try sink.lack(
        CaptureProblem(
          code: .missingAtSource, path: record.path, object: exchange.id,
          detail: "the body of the call is stored apart and not among the files"))
    }
    if let reason = exchange.skipReason, skipped.insert(reason).inserted {
      try sink.lack(
        CaptureProblem(
          code: .unsupportedType, path: "", object: reason.rawValue,
          detail: reason == .foreignModel
            ? "calls of other vendors' models are kept with their bytes and not read"
            : "calls that are no conversation are kept with their bytes and not read"))
    }
    if byteCount > Self.byteLimit { try handOver(into: sink) }
  }

  func finish(into sink: any RecordSink) throws {
    try settleBodies(into: sink)
    try handOver(into: sink)
  }

  private func handOver(into sink: any RecordSink) throws {
    var gathered = order
    order = []
    conversations = [:]
    byteCount = 0
    gathered.reverse()
    while let conversation = gathered.popLast() { try sink.take(conversation.finish()) }
  }
}

/// The routes whose records are calls of a model.
enum Exchanges {
  static let rawRoute = "raw-api"
  static let gatewayRoute = "litellm"
  static let bedrockRoute = "bedrock"
  /// The reason of a body that lies in another file.
  static let storedApart = "body-stored-apart"

  static func route(of format: CaptureFormat) -> String {
    switch format {
    case .liteLLM: gatewayRoute
    case .bedrock, .bedrockBody: bedrockRoute
    default: rawRoute
    }
  }

  static func parse(
    _ native: [UInt8], route: String
  ) throws(JSONError) -> ExchangeRecord {
    switch route {
    case gatewayRoute: try LiteLLM.parse(native)
    case bedrockRoute: try Bedrock.parse(native)
    default: try RawAPI.parse(native)
    }
  }

  /// Parses the native records of a conversation again, taken together.
  ///
  /// - Throws: `CaptureError` with `decodeError`.
  static func parse(
    _ natives: [[UInt8]], route: String, nativeID: String
  ) throws(CaptureError) -> CapturedUnit {
    var threads = ExchangeThreads()
    let conversation = ExchangeConversation(id: nativeID, route: route)
    do throws(JSONError) {
      for native in natives {
        for record in try records(in: native, route: route) {
          guard case .exchange(let exchange) = try parse(record, route: route) else { continue }
          guard !conversation.holds(record) else { continue }
          let place = threads.place(exchange)
          let answerID = conversation.add(exchange, native: record, at: place)
          threads.note(exchange, at: place, as: answerID)
        }
      }
    } catch {
      throw CaptureError(decoding: error, expected: "a call of a model")
    }
    return conversation.finish()
  }

  /// The records of which a conversation was put together, each with the bodies behind it.
  static func records(
    in native: [UInt8], route: String
  ) throws(JSONError) -> [[UInt8]] {
    var ranges: [Range<Int>] = []
    var cursor = JSONCursor(native.span)
    while native[cursor.position...].contains(where: { $0 > 0x20 }) {
      let range = try cursor.skipValue()
      if route == bedrockRoute, let last = ranges.last, try !Bedrock.isRecord(Array(native[range]))
      {
        ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
      } else {
        ranges.append(range)
      }
    }
    return ranges.map { Array(native[$0]) }
  }
}
