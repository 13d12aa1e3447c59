// SPDX-License-Identifier: Apache-2.0
import Capture
import Model
import Store

/// A conversation of another route that a shown one is joined to.
struct JoinedConversation: Sendable {
  var record: ConversationRecord
  var grade: JoinRule.Grade
  var rules: [JoinRule: Int]
  /// How many items of its newest capture have which provenance.
  var provenances: [(word: String, count: Int)]
  /// Its items that are the same as items of the shown one, by their place there.
  var items: [JoinedItem]

  /// The certain and probable joins of a conversation, whose items are compared as they are shown, and
  /// the events about it.
  static func joins(
    of record: ConversationRecord, _ unit: CapturedUnit, in store: Store
  ) throws -> (joined: [JoinedConversation], events: [ObjectID]) {
    let reader = try NativeReader(store)
    let places = ItemJoin.Places(unit)
    var joined: [JoinedConversation] = []
    var events: [ObjectID] = []
    for join in try store.read({ try $0.joins(of: record.key) }) {
      guard join.grade != .about else {
        events.append(join.id)
        continue
      }
      // A run of a plan may have removed it meanwhile.
      guard
        let other = try store.read({ try $0.conversationIfPresent(key: join.conversation) })
      else { continue }
      let versions =
        CaptureRoutes.accumulates(other.route)
        ? 1...other.versionCount : other.currentVersion...other.currentVersion
      let twin = try CaptureRoutes.parse(
        try versions.map { try reader.native(of: other, version: $0) },
        kind: other.kind, route: other.route, nativeID: other.nativeID)
      joined.append(
        JoinedConversation(
          record: other, grade: join.grade, rules: join.rules,
          provenances: twin.items.provenances,
          items: ItemJoin.joins(places, twin).map {
            JoinedItem(join: $0, id: other.itemID(of: twin.items[$0.other], at: $0.other))
          }))
    }
    return (joined, events)
  }

  var fieldValue: FieldValue {
    let told = rules.sorted { $0.key.rawValue < $1.key.rawValue }
    let words = provenances.map { "\($0.count) \($0.word)" }.joined(separator: ", ")
    return .told(
      "\(grade.rawValue): \(record.id) (\(record.route), \(record.source)), by "
        + told.map { $0.key.rawValue + ($0.value > 1 ? " (\($0.value))" : "") }
        .joined(separator: ", ") + "; " + words,
      .object([
        .init("id", FieldValue(record.id)), .init("route", .text(record.route)),
        .init("source", .text(record.source)), .init("custodian", .text(record.custodian)),
        .init("grade", .text(grade.rawValue)),
        .init(
          "rules",
          .list(
            told.map {
              .object([
                .init("rule", .text($0.key.rawValue)), .init("count", FieldValue($0.value)),
              ])
            })),
        .init("provenances", provenances.fieldValue),
      ]))
  }
}

extension [CapturedItem] {
  /// How many of them have which provenance, by word.
  var provenances: [(word: String, count: Int)] {
    var counts: [String: Int] = [:]
    for item in self { counts[item.provenance.text, default: 0] += 1 }
    return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

extension [(word: String, count: Int)] {
  var fieldValue: FieldValue {
    .list(
      map { entry in
        .told(
          "\(entry.count) \(entry.word)",
          .object([
            .init("provenance", .text(entry.word)), .init("count", FieldValue(entry.count)),
          ]))
      })
  }
}
