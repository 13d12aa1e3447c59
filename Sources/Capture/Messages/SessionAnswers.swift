// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Which request each answer in a session's conversation belongs to.
///
/// Only the caller's word keeps the calls of a session together, and services and caches give one id to
/// several answers. A call whose answer bears the id that the answer to another request has there
/// begins a conversation of its own, whether both come in one import or not: two prompts are no
/// versions of one item.
///
/// It holds a bounded number; what lies beyond is asked for again.
struct SessionAnswers {
  private struct Key: Hashable {
    var route: String
    var conversation: ExactText
  }

  private struct Session {
    var requests: [ExactText: Set<Exchange.Prefix>] = [:]
    /// Whether nothing was held of it when it was met.
    var isNew = false
  }

  private static let limit = 100_000

  private var sessions: [Key: Session] = [:]
  private var count = 0

  /// Notes a call, unless its id is that of the answer to another request.
  ///
  /// - Parameters:
  ///   - exchange: The call.
  ///   - place: Where it belongs.
  ///   - route: The route that it came by.
  ///   - sink: Tells what is held.
  /// - Returns: False where the id is taken.
  /// - Throws: What the sink throws.
  mutating func take(
    _ exchange: Exchange, at place: ExchangeThreads.Place, route: String, _ sink: any RecordSink
  ) throws -> Bool {
    guard place.isOfSession, exchange.skipReason == nil else { return true }
    let key = Key(route: route, conversation: ExactText(place.conversationID))
    let id = ExactText(exchange.id)
    if sessions[key]?.requests[id] == nil, sessions[key]?.isNew != true {
      let held = try sink.heldRecords(of: place.conversationID, route: route, having: exchange.id)
      sessions[key, default: Session()].isNew = held == nil
      for native in held ?? [] { note(native, in: key) }
    }
    if let known = sessions[key]?.requests[id], !known.contains(place.request) { return false }
    note(place.request, of: id, in: key)
    return true
  }

  private mutating func note(_ native: [UInt8], in key: Key) {
    var threads = ExchangeThreads()
    // What cannot be read is no call.
    for record in (try? Exchanges.records(in: native, route: key.route)) ?? [] {
      guard case .exchange(let exchange)? = try? Exchanges.parse(record, route: key.route),
        exchange.skipReason == nil
      else { continue }
      note(threads.place(exchange).request, of: ExactText(exchange.id), in: key)
    }
  }

  private mutating func note(_ request: Exchange.Prefix, of id: ExactText, in key: Key) {
    if sessions[key, default: Session()].requests[id, default: []].insert(request).inserted {
      count += 1
    }
    guard count > Self.limit else { return }
    let current = sessions[key]
    sessions = [:]
    sessions[key] = current
    count = current?.requests.values.reduce(0) { $0 + $1.count } ?? 0
  }
}
