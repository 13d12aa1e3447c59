// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// What a record of a gateway or a log is.
enum ExchangeRecord {
  case exchange(Exchange)
  case skipped(SkipReason)
}

/// Reads records of calls: raw Messages API traffic, LiteLLM, Amazon Bedrock
/// (claude-capture-formats sections 11, 12.1 and 13.1).
///
/// The calls of each conversation are gathered within a bound; beyond it all are handed over, and
/// what comes later adds to them.
final class ExchangeReader: RecordReader {
  private static let byteLimit = 16 << 20

  private struct Key: Hashable {
    var route: String
    var id: ExactText
  }

  private var threads: [String: ExchangeThreads] = [:]
  private var conversations: [Key: ExchangeConversation] = [:]
  private var order: [ExchangeConversation] = []
  private var byteCount = 0

  init() {}

  func read(_ record: NativeRecord, into sink: any RecordSink) throws {
    let route = Exchanges.route(of: record.format)
    let parsed: ExchangeRecord
    do throws(JSONError) {
      parsed = try Exchanges.parse(record.bytes, route: route)
    } catch {
      throw CaptureError(decoding: error, expected: "a call of a model")
    }
    switch parsed {
    case .skipped(let reason): try sink.skip(reason, count: 1)
    case .exchange(let exchange): try add(exchange, record, route: route, into: sink)
    }
  }

  private func add(
    _ exchange: Exchange, _ record: NativeRecord, route: String, into sink: any RecordSink
  ) throws {
    let place = threads[route, default: ExchangeThreads()].place(exchange)
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
      try sink.noteDuplicates(1)
      return
    }
    let before = conversation.byteCount
    let answerID = conversation.add(exchange, native: record.bytes, at: place)
    threads[route]?.note(exchange, at: place, as: answerID)
    byteCount += conversation.byteCount - before
    for absence in [exchange.absence, exchange.requestAbsence] {
      guard let absence, absence.reason == Exchanges.storedApart else { continue }
      try sink.lack(
        CaptureProblem(
          code: .missingAtSource, path: record.path, object: exchange.id,
          detail: "the body of the call is stored apart and not among the files"))
    }
    if byteCount > Self.byteLimit { try handOver(into: sink) }
  }

  func finish(into sink: any RecordSink) throws {
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
    case .bedrock: bedrockRoute
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
    for native in natives {
      var splitter = JSONRecordSplitter()
      splitter.append(native.span)
      splitter.finish()
      while let piece = splitter.next() {
        guard case .record(let record) = piece else {
          throw CaptureError(code: .decodeError, message: "the record is damaged")
        }
        do throws(JSONError) {
          guard case .exchange(let exchange) = try parse(record.bytes, route: route) else {
            continue
          }
          guard !conversation.holds(record.bytes) else { continue }
          let place = threads.place(exchange)
          let answerID = conversation.add(exchange, native: record.bytes, at: place)
          threads.note(exchange, at: place, as: answerID)
        } catch {
          throw CaptureError(decoding: error, expected: "a call of a model")
        }
      }
    }
    return conversation.finish()
  }
}
