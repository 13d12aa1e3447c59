// SPDX-License-Identifier: Apache-2.0
import Model
import TestSupport
import Testing

@Suite("Items of two routes that are the same")
struct ItemJoinTests {
  private static func item(
    _ text: String, role: ItemRole = .user, time: String? = nil, id: String? = nil
  ) -> CapturedItem {
    var item = CapturedItem(kind: .prompt, role: role, nativeRole: "", nativeRange: 0..<0)
    item.nativeID = id
    item.time = time.map { SourceTime(text: $0) }
    item.blocks = [ContentBlock(kind: .text, text: text)]
    return item
  }

  private static func unit(_ route: String, _ items: [CapturedItem]) -> CapturedUnit {
    var unit = CapturedUnit(kind: .conversation, route: route, nativeID: "c", native: [])
    unit.items = items
    return unit
  }

  private static func told(_ own: [CapturedItem], _ other: [CapturedItem]) -> [String] {
    ItemJoin.joins(ItemJoin.Places(unit("a", own)), unit("b", other)).map { join in
      "\(join.own)=\(join.other) \(join.grade.rawValue): "
        + join.rules.map(\.rawValue).joined(separator: ",")
    }
  }

  @Test("are told by identifiers, and else by words, speaker and minute")
  func rules() {
    var call = Self.item("look", role: .assistant, time: "2026-05-05T08:00:59.9Z", id: "msg_1")
    call.callIDs = ["toolu_1", "call_7"]
    call.aliases = ["req_1"]
    var answer = Self.item("", role: .tool, id: "x#1")
    answer.answeredCallIDs = ["toolu_1"]
    var line = Self.item("look ", role: .assistant, time: "2026-05-05T08:00:01Z", id: "u-1")
    line.aliases = ["msg_1"]
    line.callIDs = ["toolu_1", "call_7"]
    line.answeredCallIDs = ["toolu_1"]
    #expect(
      Self.told([call, answer], [line]) == [
        "0=0 certain: response,tool-call,content", "1=0 certain: tool-result",
      ])
    #expect(
      Self.told([line], [call, answer]) == [
        "0=0 certain: response,tool-call,content", "0=1 certain: tool-result",
      ])
    // Ids that other services give need not be unique, and a place is no id.
    var foreign = Self.item("other", role: .assistant, id: "u-1")
    foreign.callIDs = ["call_7"]
    #expect(Self.told([foreign], [line]).isEmpty)
    let uuid = "0198AAAA-0000-7000-8000-000000000001"
    #expect(
      Self.told([Self.item("a", id: uuid)], [Self.item("b", id: uuid.lowercased())])
        == ["0=0 certain: native-id"])
  }

  @Test("are the same in whatever way white space and characters are written")
  func likeness() {
    let time = "2026-05-05T08:00:00Z"
    let own = [Self.item("Caf\u{E9}  au\n\nlait ", time: time)]
    func other(_ text: String, _ role: ItemRole = .user, _ time: String? = time) -> [String] {
      Self.told(own, [Self.item(text, role: role, time: time)])
    }
    #expect(other("Cafe\u{301} au lait") == ["0=0 probable: content"])
    #expect(other(" Café\tau lait", .user, "2026-05-05T08:00:59.9999999Z").count == 1)
    #expect(other("Café au lait", .user, "2026-05-05T09:00:59+01:00").count == 1)
    #expect(other("Café au lait", .user, "2026-05-05T08:01:00Z").isEmpty)
    #expect(other("Café au lait", .user, "2026-05-05T07:59:59.9999999Z").isEmpty)
    #expect(other("Café au lait", .assistant).isEmpty)
    #expect(other("café au lait").isEmpty)
    #expect(other("Café aulait").isEmpty)
    #expect(other("Café au lait", .user, nil).isEmpty && other("Café au lait", .user, "?").isEmpty)
    #expect(Self.told([Self.item(" ", time: time)], [Self.item(" ", time: time)]).isEmpty)
    let old = "1969-12-31T23:59:59Z"
    #expect(Self.told([Self.item("x", time: old)], [Self.item("x", time: time)]).isEmpty)
    #expect(
      Self.told(
        [Self.item("x", time: old)], [Self.item("x", time: "1969-12-31T23:59:01Z")]
      ).count == 1)
  }

  @Test("of one route are none")
  func oneRoute() {
    let item = Self.item("a", time: "2026-05-05T08:00:00Z", id: "msg_1")
    #expect(ItemJoin.joins(ItemJoin.Places(Self.unit("a", [item])), Self.unit("a", [item])).isEmpty)
  }

  @Test("link all that share a mark, and nothing else", arguments: 0..<40)
  func random(seed: Int) {
    var dice = Dice(state: UInt64(seed) &* 7919 &+ 5)
    func items() -> [CapturedItem] {
      (0..<(1 + dice.below(12))).map { _ in
        var item = Self.item(
          ["yes", "no", "yes ", ""][dice.below(4)], role: dice.below(2) == 0 ? .user : .assistant,
          time: ["2026-05-05T08:00:0\(dice.below(9))Z", "2026-05-05T08:01:00Z", nil][dice.below(3)],
          id: [nil, "msg_\(dice.below(4))", "m\(dice.below(4))"][dice.below(3)])
        if dice.below(3) == 0 { item.callIDs = ["toolu_\(dice.below(4))"] }
        if dice.below(3) == 0 { item.answeredCallIDs = ["toolu_\(dice.below(4))"] }
        return item
      }
    }
    let (own, other) = (items(), items())
    let joins = ItemJoin.joins(ItemJoin.Places(Self.unit("a", own)), Self.unit("b", other))
    /// Whether a rule holds between two items, told anew.
    func holds(_ rule: ItemJoinRule, _ one: CapturedItem, _ two: CapturedItem) -> Bool {
      switch rule {
      case .nativeID: return false
      case .response:
        return one.nativeID == two.nativeID && one.nativeID?.hasPrefix("msg_") ?? false
      case .toolCall: return !Set(one.callIDs).isDisjoint(with: two.callIDs)
      case .toolResult: return !Set(one.answeredCallIDs).isDisjoint(with: two.answeredCallIDs)
      case .content:
        guard let left = one.time?.text.prefix(16), let right = two.time?.text.prefix(16) else {
          return false
        }
        let word = one.blocks[0].text.filter { $0 != " " }
        return left == right && one.role == two.role && !word.isEmpty
          && word == two.blocks[0].text.filter { $0 != " " }
      }
    }
    for join in joins {
      #expect(!join.rules.isEmpty)
      for rule in join.rules { #expect(holds(rule, own[join.own], other[join.other])) }
    }
    for rule in ItemJoinRule.allCases {
      let linked = joins.filter { $0.rules.contains(rule) }
      // Items that the rule makes one class of are linked, each to one at least; by words to one.
      for (index, item) in own.enumerated() {
        let partners = other.indices.filter { holds(rule, item, other[$0]) }
        let found = linked.filter { $0.own == index }.map(\.other)
        guard rule == .content else {
          #expect(found.isEmpty == partners.isEmpty, "\(rule) \(index)")
          continue
        }
        #expect(found.count <= 1)
      }
      guard rule == .content else { continue }
      #expect(Set(linked.map(\.other)).count == linked.count)
      // In each class as many as the smaller side has, in order.
      for (index, item) in own.enumerated() {
        let before = own.indices.filter {
          $0 < index && holds(.content, own[$0], item)
        }.count
        let partners = other.indices.filter { holds(rule, item, other[$0]) }
        let expected = before < partners.count ? partners[before] : nil
        #expect(linked.first { $0.own == index }?.other == expected)
      }
    }
  }
}
