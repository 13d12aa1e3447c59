// SPDX-License-Identifier: Apache-2.0
import Model

/// Finds the conversation that a call of a model goes on with (claude-capture-formats section 11).
///
/// A call goes on with another if its request repeats the other's request and response; of several
/// the one that it repeats most of, and of equal ones the newest. Else it begins a conversation, or
/// joins those of the session that the caller names. Calls of two accounts never meet.
struct ExchangeThreads {
  private struct End {
    var conversationID: String
    var itemID: String
  }

  private static let limit = 100_000

  private var ends: [Exchange.Prefix: End] = [:]
  /// The oldest ends first, to forget them.
  private var order: [Exchange.Prefix] = []
  private var oldest = 0
  private var form: [UInt8] = []

  /// Places a call, and notes where it ends.
  mutating func place(
    _ exchange: Exchange
  ) -> (conversationID: String, place: ExchangeConversation.Place) {
    let prefixes = exchange.prefixes(&form)
    var conversationID = exchange.sessionID.map { "session:" + $0 } ?? exchange.id
    var place = ExchangeConversation.Place(parentID: nil, knownCount: 0)
    var count = exchange.messages.count
    while count > 0 {
      if exchange.messages[count - 1].role == "assistant", let end = ends[prefixes[count]] {
        conversationID = end.conversationID
        place = ExchangeConversation.Place(parentID: end.itemID, knownCount: count)
        break
      }
      count -= 1
    }
    if var response = exchange.response, !exchange.messages.isEmpty {
      response.role = "assistant"
      let prefix = prefixes[prefixes.count - 1].adding(response, &form)
      note(prefix, End(conversationID: conversationID, itemID: exchange.id))
    }
    return (conversationID, place)
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
