// SPDX-License-Identifier: Apache-2.0
import Model
import Store

/// An item of another route that an item of a shown conversation is joined to.
struct JoinedItem: Sendable {
  var join: ItemJoin
  var id: ObjectID

  private var rules: String { join.rules.map(\.rawValue).joined(separator: ", ") }

  /// The line below the item in a transcript.
  func sentence(_ conversation: JoinedConversation) -> String {
    "= \(id) (\(conversation.record.route)), \(join.grade.rawValue): \(rules)"
  }

  /// For programs; the transcript tells people the same.
  func fieldValue(_ conversation: JoinedConversation, own: ObjectID) -> FieldValue {
    .object([
      .init("item", FieldValue(own)), .init("id", FieldValue(id)),
      .init("conversation_id", FieldValue(conversation.record.id)),
      .init("route", .text(conversation.record.route)),
      .init("source", .text(conversation.record.source)),
      .init("grade", .text(join.grade.rawValue)),
      .init("rules", FieldValue(join.rules.map(\.rawValue))),
    ])
  }
}

extension ConversationRecord {
  /// Our id of an item at a place of it.
  func itemID(of item: CapturedItem, at index: Int) -> ObjectID {
    ObjectID.item(
      route: route, conversationID: nativeID, itemID: item.nativeID ?? String(index))
  }
}
