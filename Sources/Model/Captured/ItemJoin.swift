// SPDX-License-Identifier: Apache-2.0

/// Why an item of one route is taken for an item of another (claude-capture-formats sections 2.2
/// and 16).
package enum ItemJoinRule: String, Sendable, CaseIterable {
  /// Both bear the same UUID.
  case nativeID = "native-id"
  /// Both are, or were made by, the same response or request.
  case response
  /// Both have the same tool call.
  case toolCall = "tool-call"
  /// Both have the answer to the same tool call.
  case toolResult = "tool-result"
  /// The same words of the same speaker in the same minute.
  case content

  package var grade: JoinRule.Grade { self == .content ? .probable : .certain }
}

/// A link between items of two conversations that are joined.
///
/// It is for people who review: no item is dropped or left out for it.
package struct ItemJoin: Hashable, Sendable {
  /// The item's place in its own conversation.
  package var own: Int
  /// The place of the item of the other conversation.
  package var other: Int
  /// In the order of the rules.
  package var rules: [ItemJoinRule]

  /// The best of its rules.
  package var grade: JoinRule.Grade { rules.map(\.grade).min() ?? .probable }

  /// Where the items of a conversation are that bear each mark: made once, and asked for each
  /// conversation that it is joined to.
  package struct Places {
    fileprivate let route: String
    fileprivate let places: [Mark: [Int]]

    package init(_ unit: CapturedUnit) {
      route = unit.route
      places = ItemJoin.places(in: unit)
    }
  }

  /// Finds the items of two conversations that are the same.
  ///
  /// What several items of both have is paired in order, so that text which is said again and again
  /// links each saying to one.
  ///
  /// - Parameters:
  ///   - own: The places of a conversation.
  ///   - other: One of another route that it is joined to.
  /// - Returns: By place in the one, then in the other.
  /// - Complexity: Linear in the items of the other one and their bytes.
  package static func joins(_ own: Places, _ other: CapturedUnit) -> [ItemJoin] {
    guard own.route != other.route else { return [] }
    var found: [[Int]: Set<ItemJoinRule>] = [:]
    for (mark, others) in places(in: other) {
      guard let places = own.places[mark] else { continue }
      for index in 0..<max(places.count, others.count) {
        // An id that one has once and the other several times names one thing.
        if mark.rule == .content, index >= min(places.count, others.count) { break }
        let pair = [
          places[min(index, places.count - 1)], others[min(index, others.count - 1)],
        ]
        found[pair, default: []].insert(mark.rule)
      }
    }
    return found.map { pair, rules in
      ItemJoin(
        own: pair[0], other: pair[1], rules: ItemJoinRule.allCases.filter(rules.contains))
    }.sorted { ($0.own, $0.other) < ($1.own, $1.other) }
  }

  fileprivate struct Mark: Hashable {
    var rule: ItemJoinRule
    var value: String
  }

  /// The places of the items that bear each mark, ascending.
  private static func places(in unit: CapturedUnit) -> [Mark: [Int]] {
    var found: [Mark: [Int]] = [:]
    for (index, item) in unit.items.enumerated() {
      for mark in marks(of: item) { found[mark, default: []].append(index) }
    }
    return found
  }

  private static func marks(of item: CapturedItem) -> Set<Mark> {
    var marks: Set<Mark> = []
    for id in [item.nativeID].compactMap(\.self) + item.aliases {
      if id.isUUID { marks.insert(Mark(rule: .nativeID, value: id.lowercased())) }
      if let key = JoinKey(responseID: id) {
        marks.insert(Mark(rule: .response, value: key.value))
      }
    }
    for call in item.callIDs.compactMap(JoinKey.init(callID:)) {
      marks.insert(Mark(rule: .toolCall, value: call.value))
    }
    for call in item.answeredCallIDs.compactMap(JoinKey.init(callID:)) {
      marks.insert(Mark(rule: .toolResult, value: call.value))
    }
    if let likeness = item.likeness {
      marks.insert(Mark(rule: .content, value: likeness))
    }
    return marks
  }
}

extension CapturedItem {
  /// What was said, by whom and in which minute: equal for items that are probably the same
  /// (claude-capture-formats section 16); nil without words or a time.
  ///
  /// The text is that for reading, with one blank for every run of white space; texts are equal in
  /// whatever way their characters are composed.
  package var likeness: String? {
    guard let time = time?.instant else { return nil }
    let text =
      readingText
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !text.isEmpty else { return nil }
    let perMinute = 60 * Instant.ticksPerSecond
    let minute = (time.ticks - (time.ticks % perMinute + perMinute) % perMinute) / perMinute
    return "\(role.rawValue) \(minute) \(text)"
  }
}
