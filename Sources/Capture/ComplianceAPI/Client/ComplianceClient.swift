// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import Synchronization

/// Asks the Compliance API, one pace for all calls, again where that may help
/// (claude-capture-formats sections 3.8 and 3.9).
///
/// Safe to use from several threads. No message of an error holds the key, nor does any header of an
/// answer, also where the service repeats it.
package final class ComplianceClient: Sendable {
  /// How often and how long to try.
  package struct Patience: Sendable {
    package var tries = 8
    /// The first pause is at most this, the next twice as much.
    package var firstPause = Duration.seconds(1)
    package var longestPause = Duration.seconds(60)
    package var callLimit = Duration.seconds(60)
    package var idleLimit = Duration.seconds(60)
    /// The largest answer that is held in memory; downloads have no limit.
    package var answerByteLimit = 64 << 20
    /// The longest pause that the service may ask for.
    package var longestRetryAfter = Duration.seconds(600)

    package init() {}
  }

  /// An answer with a JSON object or the like.
  package struct Answer: Sendable {
    package var body: [UInt8]
    package var contentType: String
    package var requestID: String?
  }

  /// What was called so far.
  package struct Tally: Sendable, Hashable {
    package var calls = 0
    /// Calls of these that repeated one that failed.
    package var repeats = 0
    package var byteCount: Int64 = 0
    package var lastRequestID: String?
    /// Whether any call had an answer that is no error.
    package var hasSucceeded = false
    /// Calls in a row that had no whole answer however often they were tried.
    var unanswered = 0
  }

  /// The id of the source whose key it bears: what may be deleted is said of a source; nil where
  /// nothing is.
  let source: String?
  private let baseURL: String
  let key: ComplianceKey
  private let transport: any HTTPTransport
  let pace: RequestPace
  let patience: Patience
  private let userAgent: String
  private let counted = Mutex(Tally())
  private let random: @Sendable () -> Double

  /// Prepares a client.
  ///
  /// - Parameters:
  ///   - baseURL: `https`, or `http` on loopback, without the path of the API.
  ///   - key: Sent in the header `x-api-key`, to this address alone.
  ///   - transport: Sends.
  ///   - pace: One for all calls.
  ///   - patience: How often and how long to try.
  ///   - userAgent: Names the program.
  ///   - source: The id of the source that it asks; needed to delete there.
  ///   - random: Gives numbers from 0 to 1, for pauses.
  /// - Throws: `ComplianceError` with `.address`.
  package init(
    baseURL: String, key: ComplianceKey, transport: any HTTPTransport, pace: RequestPace,
    patience: Patience = Patience(), userAgent: String, source: String? = nil,
    random: @escaping @Sendable () -> Double = { .random(in: 0...1) }
  ) throws(ComplianceError) {
    self.baseURL = try ComplianceAddress.checked(baseURL)
    self.key = key
    self.transport = transport
    self.pace = pace
    self.patience = patience
    self.userAgent = userAgent
    self.source = source
    self.random = random
  }

  /// How often something is tried.
  package var tries: Int { patience.tries }

  package var tally: Tally { counted.withLock { $0 } }

  /// Calls in a row without an answer after which nothing is asked for any more: single objects may
  /// be beyond reading, and what stopped answering must not be waited for once an object.
  private static let unansweredLimit = 4

  func noteSuccess() { counted.withLock { $0.hasSucceeded = true } }

  /// What a call ends with that was tried as often as patience lasts.
  private func exhausted(_ error: ComplianceError) -> ComplianceError {
    guard error.code == .unavailable else { return error }
    let isOver = counted.withLock { tally in
      if error.status == nil { tally.unanswered += 1 }
      return !tally.hasSucceeded || tally.unanswered >= Self.unansweredLimit
    }
    guard isOver else { return error }
    var error = error
    error.code = .unreachable
    error.message =
      "the service at \(baseURL) does not answer: \(error.message); check the address and the network"
    return error
  }

  // MARK: Calls

  /// Gets an answer and reads it; one that cannot be read is asked for again.
  ///
  /// - Parameters:
  ///   - path: Below `/v1/compliance`, its parts percent-encoded.
  ///   - query: Names and values.
  ///   - read: Makes something of the answer.
  /// - Returns: What was made of it.
  /// - Throws: `ComplianceError`; what the pace's check throws.
  package func get<Value>(
    _ path: String, _ query: [(String, String)] = [],
    _ read: (Answer) throws(CaptureError) -> Value
  ) throws -> Value {
    try call("GET", path, query, read)
  }

  /// Gets a page of a list, or an object.
  ///
  /// - Parameters:
  ///   - path: Below `/v1/compliance`, its parts percent-encoded.
  ///   - query: Names and values.
  ///   - isList: Whether there must be a list of records.
  /// - Returns: The answer, cut, and the service's id of it.
  /// - Throws: `ComplianceError`; what the pace's check throws.
  package func page(
    _ path: String, _ query: [(String, String)] = [], isList: Bool = true
  ) throws -> (page: CompliancePage, requestID: String) {
    try get(path, query) { answer throws(CaptureError) in
      let page = try CompliancePage(answer.body)
      guard !isList || page.hasList else {
        throw CaptureError(code: .decodeError, message: "the answer has no list of records")
      }
      // Cursors are kept as positions.
      let cursors = [page.firstID, page.lastID, page.nextPage].compactMap(\.self)
      guard cursors.allSatisfy({ key.masked(in: $0) == $0 }) else {
        throw CaptureError(code: .decodeError, message: "a cursor holds the key")
      }
      return (page, answer.requestID ?? "")
    }
  }

  private func call<Value>(
    _ method: String, _ path: String, _ query: [(String, String)],
    _ read: (Answer) throws(CaptureError) -> Value
  ) throws -> Value {
    let request = try request(method, path, query)
    return try trying { isLast in
      let received = Received(byteLimit: self.patience.answerByteLimit)
      let response = try self.send(request) { _, piece in try received.take(piece) }
      try self.require(response, received.bytes)
      let answer = Answer(
        body: received.bytes, contentType: response.headers["content-type"] ?? "",
        requestID: response.headers["request-id"])
      // Bytes that are no UTF-8 may be damage on the way, but are taken where they stay.
      guard isLast || isUTF8(answer.body) else {
        throw Attempt.again(malformed("it is no UTF-8", response))
      }
      do throws(CaptureError) {
        return try read(answer)
      } catch {
        throw Attempt.again(malformed(error.message, response))
      }
    }
  }

  private func malformed(_ what: String, _ response: HTTPResponse) -> ComplianceError {
    ComplianceError(
      .malformed, "an answer of the service makes no sense: \(what)", status: response.status,
      requestID: response.headers["request-id"])
  }

  // MARK: Requests

  func request(
    _ method: String, _ path: String, _ query: [(String, String)], isDownload: Bool = false
  ) throws(ComplianceError) -> HTTPRequest {
    var text = baseURL + "/v1/compliance" + path
    if !query.isEmpty {
      text += "?"
      text += query.map { Self.encoded($0.0) + "=" + Self.encoded($0.1) }.joined(separator: "&")
    }
    guard let url = URL(string: text) else {
      throw ComplianceError(.address, "the address of the service is malformed; check --base-url")
    }
    return HTTPRequest(
      method: method, url: url,
      headers: [
        ("x-api-key", key.secret), ("anthropic-version", "2023-06-01"),
        ("user-agent", userAgent), ("accept", isDownload ? "*/*" : "application/json"),
      ] + (isDownload ? [("accept-encoding", "identity")] : []),
      idleLimit: patience.idleLimit, totalLimit: isDownload ? nil : patience.callLimit)
  }

  /// Sends at the pace of all calls.
  func send(
    _ request: HTTPRequest, _ receive: @escaping BodyReceiver
  ) throws -> HTTPResponse {
    try pace.next()
    return try sendNow(request, receive)
  }

  /// Sends at once: whoever calls has waited for the pace.
  func sendNow(
    _ request: HTTPRequest, _ receive: @escaping BodyReceiver
  ) throws -> HTTPResponse {
    counted.withLock { $0.calls += 1 }
    do {
      var response = try transport.send(request) { response, piece in
        self.counted.withLock { $0.byteCount += Int64(piece.count) }
        try receive(response, piece)
      }
      // A service may repeat the key, and what its headers say is kept.
      response.headers = response.headers.mapValues(key.masked(in:))
      counted.withLock { tally in
        tally.unanswered = 0
        tally.lastRequestID = response.headers["request-id"] ?? tally.lastRequestID
      }
      return response
    } catch let failure as TransportFailure {
      throw Attempt.again(
        ComplianceError(.unavailable, key.masked(in: failure.message), cause: failure.cause))
    }
  }

  /// A part of a path or a query, all but unreserved characters escaped.
  package static func encoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default: result += "%" + [byte].hexadecimal.uppercased()
      }
    }
    return result
  }

  // MARK: Trying again

  /// Tries until it works or patience ends.
  ///
  /// The position of a walk does not move: the same request is sent again.
  func trying<Result>(_ attempt: (_ isLast: Bool) throws -> Result) throws -> Result {
    var pause = patience.firstPause
    for number in 1... {
      do {
        return try attempt(number >= patience.tries)
      } catch let failed as Attempt {
        guard case .again(let error, let asked) = failed else { throw failed.error }
        guard number < patience.tries else { throw exhausted(error) }
        try rest(upTo: pause, asked: asked)
        pause = min(pause * 2, patience.longestPause)
      }
    }
    throw ComplianceError(.unavailable, "the service does not answer")
  }

  /// Waits before something is tried again.
  ///
  /// - Parameters:
  ///   - pause: At most so long, by chance.
  ///   - asked: What the service asked for; what one call is told holds for all.
  /// - Throws: What the pace's check throws.
  func rest(upTo pause: Duration, asked: Duration?) throws {
    counted.withLock { $0.repeats += 1 }
    let asked = asked.map { min($0, patience.longestRetryAfter) }
    if let asked { pace.pause(asked) }
    try pace.rest(max(pause * random(), asked ?? .zero))
  }
}

/// The body of an answer as it comes in.
final class Received: Sendable {
  private let byteLimit: Int
  private let content = Mutex<[UInt8]>([])

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  var bytes: [UInt8] { content.withLock { $0 } }

  func take(_ piece: ArraySlice<UInt8>) throws {
    try content.withLock { bytes in
      guard bytes.count + piece.count <= byteLimit else {
        throw ComplianceError(.tooLarge, "an answer is larger than \(byteLimit) bytes")
      }
      bytes += piece
    }
  }
}

/// How a try ended that brought nothing.
enum Attempt: Error {
  /// It may work later.
  case again(ComplianceError, after: Duration? = nil)
  case failed(ComplianceError)

  var error: ComplianceError {
    switch self {
    case .again(let error, _), .failed(let error): error
    }
  }
}

private func isUTF8(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }
