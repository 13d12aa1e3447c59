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
      var found: [(id: ExactText, request: Exchange.Prefix)] = []
      let isHeld = try sink.readHeldRecords(
        of: place.conversationID, route: route, having: exchange.id
      ) { native in
        found += Self.calls(in: native, route: route)
        return true
      }
      sessions[key, default: Session()].isNew = !isHeld
      for call in found { note(call.request, of: call.id, in: key) }
    }
    if let known = sessions[key]?.requests[id], !known.contains(place.request) { return false }
    note(place.request, of: id, in: key)
    return true
  }

  /// The calls of a native record by the ids of their answers.
  private static func calls(
    in native: [UInt8], route: String
  ) -> [(id: ExactText, request: Exchange.Prefix)] {
    var threads = ExchangeThreads()
    var calls: [(id: ExactText, request: Exchange.Prefix)] = []
    // What cannot be read is no call.
    for record in (try? Exchanges.records(in: native, route: route)) ?? [] {
      guard case .exchange(let exchange)? = try? Exchanges.parse(record, route: route),
        exchange.skipReason == nil
      else { continue }
      calls.append((ExactText(exchange.id), threads.place(exchange).request))
    }
    return calls
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
