// SPDX-License-Identifier: Apache-2.0
package import Model

/// A matching item by its ids.
package struct ItemReference: Hashable, Sendable {
  package var place: RowPlace
  package var id: ObjectID
  package var conversationID: ObjectID
  package var time: Instant?
  /// The version of the item that matched, from 1.
  package var version: Int
  /// The version of the conversation's native record that holds it, from 1.
  package var conversationVersion: Int
}

extension ItemReference {
  /// The columns that it is made of beside those of a row, of the item `i`.
  static let columns = ["i.version", "i.position", "i.native_id", "i.record"]

  /// Reads what a cursor stands on.
  ///
  /// - Throws: `StoreError` with `.damaged` when the partition lacks a part of it.
  init(_ found: FoundRow, _ statement: DirectStatement, in reader: PartitionReader) throws {
    self = try ReferenceParts(found, statement, in: reader).reference(to: found, in: reader)
  }
}

/// The parts of an item's ids, of which more is shown than the ids.
struct ReferenceParts {
  var nativeID: String?
  var position: Int64
  var version: Int
  var conversation: KnownNames.Conversation
  var record: KnownNames.Record

  /// Reads what a cursor stands on.
  ///
  /// - Throws: `StoreError` with `.damaged` when the partition lacks a part of it.
  init(_ found: FoundRow, _ statement: DirectStatement, in reader: PartitionReader) throws {
    let start = FoundRow.columns.count
    guard
      let (conversation, record) = try reader.names.names(
        ofConversation: found.conversation, record: statement.integer(start + 3))
    else {
      throw StoreError.damaged(reader.connection.path, "it lacks parts of item row \(found.row)")
    }
    version = Int(statement.integer(start))
    position = statement.integer(start + 1)
    nativeID = statement.optionalText(start + 2)
    self.conversation = conversation
    self.record = record
  }

  /// The ids.
  ///
  /// - Throws: `StoreError` when the partition cannot be read.
  func reference(to found: FoundRow, in reader: PartitionReader) throws -> ItemReference {
    var conversationVersion = record.version
    if found.flags.contains(.absent) {
      let item = StoredItem(row: found.row, reader: reader, directory: reader.directory)
      conversationVersion = try item.columns().recordVersion
    }
    return ItemReference(
      place: RowPlace(partition: reader.number, row: found.row),
      id: ObjectID.item(
        route: conversation.route, conversationID: conversation.nativeID,
        itemID: nativeID ?? String(position)),
      conversationID: conversation.id, time: found.time.map(Instant.init(ticks:)),
      version: version, conversationVersion: conversationVersion)
  }
}
