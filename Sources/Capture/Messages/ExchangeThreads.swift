// SPDX-License-Identifier: Apache-2.0
import Model

/// Finds the conversation that a call of a model goes on with (claude-capture-formats section 11).
///
/// A call goes on with another if its request repeats the other's request and response; of several
/// the one that it repeats most of, and of equal ones the newest. Else it begins a conversation, or
/// joins those of the session that the caller names. Calls of two callers never meet.
struct ExchangeThreads {
  /// Where a call belongs.
  struct Place {
    var conversationID: String
    /// The response that it follows; nil at the begin.
    var parentID: String?
    /// Messages of the request that earlier calls brought.
    var knownCount = 0
    /// Whether the call that it goes on with had the same instructions.
    var knowsInstructions = false
    /// A digest of all that was asked, and by whom.
    var request: Exchange.Prefix
    /// Whether the conversation is that of a session that the caller names.
    var isOfSession: Bool { conversationID.hasPrefix(ExchangeThreads.sessionMark) }
    fileprivate var history: Exchange.Prefix
    fileprivate var instructions: Exchange.Prefix?

    init(
      conversationID: String = "", parentID: String? = nil,
      after history: Exchange.Prefix = Exchange.Prefix(callers: [])
    ) {
      self.conversationID = conversationID
      self.parentID = parentID
      self.history = history
      request = history
    }
  }

  private struct End {
    var conversationID: String
    var itemID: String
    var instructions: Exchange.Prefix?
  }

  private static let limit = 100_000
  /// What the ids of sessions' conversations begin with.
  private static let sessionMark = "session:"

  private var ends: [Exchange.Prefix: End] = [:]
  /// The oldest ends first, to forget them.
  private var order: [Exchange.Prefix] = []
  private var oldest = 0
  private var form: [UInt8] = []

  /// Finds where a call belongs.
  mutating func place(_ exchange: Exchange) -> Place {
    let prefixes = exchange.prefixes(&form)
    let history = prefixes[prefixes.count - 1]
    var place = Place(after: history)
    if let instructions = exchange.instructions {
      place.request = history.adding(instructions, &form)
      place.instructions = Exchange.Prefix(callers: []).adding(instructions, &form)
    }
    var count = exchange.batch == nil ? exchange.messages.count : 0
    while count > 0 {
      if exchange.messages[count - 1].role == "assistant", let end = ends[prefixes[count]] {
        place.conversationID = end.conversationID
        place.parentID = end.itemID
        place.knownCount = count
        place.knowsInstructions = end.instructions == place.instructions
        return place
      }
      count -= 1
    }
    place.conversationID = beginning(of: exchange, at: place)
    return place
  }

  /// The id of the conversation that a call begins, or of its session.
  ///
  /// Ids of sessions are the caller's word, and services and their caches give one id to several
  /// responses: so both count together with whose call it is, and that of a response with what it
  /// answers. A digest keeps names out of ids, which outlast a conversation that is removed.
  private mutating func beginning(of exchange: Exchange, at place: Place) -> String {
    if let batch = exchange.batch {
      // The service's own id; the ending tells it from all others.
      return batch.id + "/" + batch.part + "~batch"
    }
    if let session = exchange.sessionID {
      let isAlone = exchange.callers.allSatisfy { $0 == nil } && !session.contains("~")
      let caller = isAlone ? "" : "~" + Exchange.Prefix(callers: exchange.callers).hexadecimal
      return Self.sessionMark + session + caller
    }
    return ownBeginning(of: exchange, at: place)
  }

  /// The id of the conversation that a call begins whatever session it is of.
  private mutating func ownBeginning(of exchange: Exchange, at place: Place) -> String {
    var request = place.request
    if exchange.messages.isEmpty, let response = exchange.response {
      request = request.adding(response, &form)
    }
    return exchange.id + "~" + request.hexadecimal
  }

  /// The place of a call in a conversation of its own, that goes on with none and is of no session.
  mutating func placeAlone(_ exchange: Exchange, insteadOf place: Place) -> Place {
    var alone = place
    alone.parentID = nil
    alone.knownCount = 0
    alone.knowsInstructions = false
    alone.conversationID = ownBeginning(of: exchange, at: alone)
    return alone
  }

  /// Notes where a call ends, so that others can go on with it.
  ///
  /// - Parameters:
  ///   - exchange: The call.
  ///   - place: Where it belongs.
  ///   - itemID: The native id of its response.
  mutating func note(_ exchange: Exchange, at place: Place, as itemID: String) {
    guard var response = exchange.response, !exchange.messages.isEmpty else { return }
    response.role = "assistant"
    let end = End(
      conversationID: place.conversationID, itemID: itemID, instructions: place.instructions)
    note(place.history.adding(response, &form), end)
  }

  private mutating func note(_ prefix: Exchange.Prefix, _ end: End) {
    if ends.updateValue(end, forKey: prefix) == nil { order.append(prefix) }
    guard ends.count > ExchangeThreads.limit else { return }
    ends[order[oldest]] = nil
    oldest += 1
    guard oldest > ExchangeThreads.limit else { return }
    order.removeFirst(oldest)
    oldest = 0
  }
}
