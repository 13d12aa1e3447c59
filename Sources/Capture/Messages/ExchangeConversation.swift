// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// A conversation that is put together from calls of a model: its native record holds their
/// records, each on a line of its own.
///
/// Each call repeats what was said before it. What an earlier call of the conversation brought is
/// not taken again; what none brought is the client's word (claude-capture-formats section 11).
final class ExchangeConversation {
  private var unit: CapturedUnit
  /// Where the records of the calls lie, by a hash of their bytes.
  private var records: [Int: [Range<Int>]] = [:]
  /// What was asked of the responses of each id.
  private var requests: [ExactText: Set<Exchange.Prefix>] = [:]
  /// The native ids of all responses.
  private var answerIDs: Set<ExactText> = []
  /// Items that follow one which an earlier part may have.
  private var continuations: [Int] = []

  init(id: String, route: String) {
    unit = CapturedUnit(kind: .conversation, route: route, nativeID: id, native: [])
    unit.isPart = true
    unit.hasParentLinks = true
  }

  var byteCount: Int { unit.native.count }

  /// Whether the very record of a call is there.
  func holds(_ native: [UInt8]) -> Bool {
    records[Self.hash(of: native)]?.contains { unit.native[$0].elementsEqual(native) } ?? false
  }

  private static func hash(of native: [UInt8]) -> Int {
    var hasher = Hasher()
    unsafe native.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    return hasher.finalize()
  }

  /// The id of a call in the conversation: that of its response, unless one of the same id
  /// answered another request.
  private func id(of exchange: Exchange, at place: ExchangeThreads.Place) -> String {
    let known = requests[ExactText(exchange.id)]
    guard let known, !known.contains(place.request) else { return exchange.id }
    return exchange.id + "~" + place.request.hexadecimal
  }

  /// Adds a call.
  ///
  /// - Parameters:
  ///   - exchange: The call.
  ///   - native: Its record.
  ///   - place: Where it belongs.
  ///   - mergedCount: How many source records stand in it beside its own.
  /// - Returns: The native id of its response.
  func add(
    _ exchange: Exchange, native: [UInt8], at place: ExchangeThreads.Place, mergedCount: Int = 0
  ) -> String {
    let start = unit.native.count
    unit.native += native
    records[Self.hash(of: native), default: []].append(start..<unit.native.count)
    unit.native.append(0x0A)
    unit.mergedCount += mergedCount
    unit.accountID = unit.accountID ?? exchange.accountID
    if let reason = exchange.skipReason {
      addSkipped(exchange, reason, at: start..<start + native.count)
      return exchange.id
    }
    let id = id(of: exchange, at: place)
    let isRepeated = requests[ExactText(exchange.id)] != nil
    if !exchange.isAnsweredApart {
      requests[ExactText(exchange.id), default: []].insert(place.request)
    }
    func shifted(_ range: Range<Int>) -> Range<Int> {
      start + range.lowerBound..<start + range.upperBound
    }
    exchange.addJoinKeys(to: &unit.joinKeys)
    let isResult = exchange.batch != nil && !exchange.isAnsweredApart
    var parent = isResult ? exchange.batch.map { $0.part + "#request" } : place.parentID
    if let parent, !answerIDs.contains(ExactText(parent)) {
      continuations.append(unit.items.count)
    }
    // The answer may be begun by the caller: then the last words are the assistant's only in name.
    var newestEnd = exchange.messages.count
    while newestEnd > place.knownCount, exchange.messages[newestEnd - 1].role == "assistant" {
      newestEnd -= 1
    }
    var newest = newestEnd
    while newest > place.knownCount, exchange.messages[newest - 1].role != "assistant" {
      newest -= 1
    }
    if let instructions = exchange.instructions, !place.knowsInstructions {
      var item = CapturedItem(
        kind: .system, role: .system, nativeRole: instructions.role,
        nativeRange: shifted(instructions.range))
      item.nativeID = id + "#system"
      fill(&item, instructions, exchange.started)
      append(item, after: &parent)
    }
    for index in place.knownCount..<exchange.messages.count {
      let message = exchange.messages[index]
      let isLast = exchange.isAnsweredApart && index + 1 == exchange.messages.count
      var item = CapturedItem(
        kind: .system, role: .system, nativeRole: message.role,
        nativeRange: shifted(message.range))
      item.nativeID = id + "#" + (isLast ? "request" : String(index))
      (item.kind, item.role) = role(of: message)
      let isSaid = newest <= index && index < newestEnd
      item.provenance = isSaid ? .verified : .clientAsserted
      fill(&item, message, index < newest ? nil : exchange.started)
      if isLast {
        item.countsAsRecord = true
        describe(&item, exchange)
      }
      append(item, after: &parent)
    }
    if let absence = exchange.requestAbsence, !isResult {
      var item = CapturedItem(
        kind: .prompt, role: .user, nativeRole: "user",
        nativeRange: start..<start + native.count)
      item.nativeID = id + "#request"
      item.time = exchange.started
      item.countsAsRecord = exchange.isAnsweredApart
      tell(absence, in: &item)
      if exchange.isAnsweredApart { describe(&item, exchange) }
      append(item, after: &parent)
    }
    if exchange.isAnsweredApart { return id }
    var answer = response(of: exchange, whole: start..<start + native.count, shifted)
    answer.nativeID = id
    if id != exchange.id { answer.aliases.insert(exchange.id, at: 0) }
    if isRepeated { answer.flags.insert(.idRepeated) }
    append(answer, after: &parent)
    answerIDs.insert(ExactText(id))
    return id
  }

  /// Adds a call that is kept and not read: an item that says so stands for it.
  private func addSkipped(_ exchange: Exchange, _ reason: SkipReason, at range: Range<Int>) {
    var item = CapturedItem(kind: .system, role: .system, nativeRole: "", nativeRange: range)
    item.nativeID = exchange.id
    item.provenance = .unavailable(reason: reason.rawValue)
    item.time = exchange.started ?? exchange.ended
    item.countsAsRecord = false
    describe(&item, exchange)
    item.flags.insert(.empty)
    unit.skipped[reason, default: 0] += 1
    unit.items.append(item)
  }

  private func role(of message: Exchange.Message) -> (ItemKind, ItemRole) {
    switch message.role {
    case "assistant": return (.response, .assistant)
    case "user", "human":
      let isAnswer = !message.content.toolResultIDs.isEmpty && !message.content.hasWords
      return isAnswer ? (.system, .tool) : (.prompt, .user)
    case "tool", "function": return (.system, .tool)
    default: return (.system, .system)
    }
  }

  private func fill(
    _ item: inout CapturedItem, _ message: Exchange.Message, _ time: SourceTime?
  ) {
    item.time = time
    item.blocks = message.content.blocks
    item.files = message.content.files
    item.callIDs = message.content.toolUses.map(\.id)
    item.answeredCallIDs = message.content.toolResultIDs
    item.countsAsRecord = false
    for flag in message.flags { item.flags.insert(flag) }
    if item.blocks.allSatisfy({ $0.text.isBlank }) { item.flags.insert(.empty) }
  }

  /// The response, or what stands for it: the item that the record is counted by.
  private func response(
    of exchange: Exchange, whole: Range<Int>, _ shifted: (Range<Int>) -> Range<Int>
  ) -> CapturedItem {
    var item = CapturedItem(
      kind: .response, role: .assistant, nativeRole: exchange.response?.role ?? "",
      nativeRange: exchange.response.map { shifted($0.range) } ?? whole)
    if let response = exchange.response { fill(&item, response, nil) }
    item.countsAsRecord = true
    item.time = exchange.ended ?? exchange.started
    describe(&item, exchange)
    if exchange.response == nil {
      tell(exchange.absence ?? Exchange.Absence(reason: "not-captured"), in: &item)
    }
    return item
  }

  /// Gives the item that a record is counted by what is known of the whole call.
  private func describe(_ item: inout CapturedItem, _ exchange: Exchange) {
    item.aliases = exchange.aliases
    item.model = exchange.model
    for flag in exchange.flags { item.flags.insert(flag) }
  }

  /// Says in an item why its words are not there, with what the source has in their place.
  private func tell(_ absence: Exchange.Absence, in item: inout CapturedItem) {
    item.provenance = .unavailable(reason: absence.reason)
    if absence.text.isEmpty {
      item.flags.insert(.empty)
    } else {
      item.blocks = [ContentBlock(kind: .client, text: absence.text, name: absence.reason)]
    }
  }

  private func append(_ item: consuming CapturedItem, after parent: inout String?) {
    item.parentNativeID = parent
    parent = item.nativeID
    unit.items.append(item)
  }

  /// The conversation.
  func finish() -> CapturedUnit {
    for item in unit.items {
      guard let time = item.time, let instant = time.instant else { continue }
      if unit.createdAt?.instant.map({ instant < $0 }) ?? true { unit.createdAt = time }
      if unit.updatedAt?.instant.map({ $0 < instant }) ?? true { unit.updatedAt = time }
    }
    // Every other item follows the one before it.
    if !continuations.isEmpty {
      let ids = Set(unit.items.map { $0.nativeID.map(ExactText.init) })
      for index in continuations
      where !ids.contains(unit.items[index].parentNativeID.map(ExactText.init)) {
        unit.items[index].flags.insert(.parentMissing)
      }
    }
    return unit
  }
}
