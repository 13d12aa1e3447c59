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
  /// The columns that it is made of beside those of a row, of the item `i`, its conversation `c` and
  /// record `r`.
  static let columns = [
    "i.version", "i.position", "i.native_id", "c.route", "c.native_id", "r.version",
  ]

  /// Reads what a cursor stands on.
  ///
  /// - Throws: `StoreError` with `.damaged` when the partition lacks a part of it.
  init(_ found: FoundRow, _ statement: DirectStatement, in reader: PartitionReader) throws {
    let start = FoundRow.columns.count
    guard !statement.isNull(start + 3), !statement.isNull(start + 5) else {
      throw StoreError.damaged(reader.connection.path, "it lacks parts of item row \(found.row)")
    }
    let route = statement.text(start + 3)
    let conversation = statement.text(start + 4)
    place = RowPlace(partition: reader.number, row: found.row)
    id = ObjectID.item(
      route: route, conversationID: conversation,
      itemID: statement.optionalText(start + 2) ?? String(statement.integer(start + 1)))
    conversationID = ObjectID.conversation(route: route, nativeID: conversation)
    time = found.time.map(Instant.init(ticks:))
    version = Int(statement.integer(start))
    conversationVersion = Int(statement.integer(start + 5))
    if found.flags.contains(.absent) {
      let item = StoredItem(row: found.row, reader: reader, directory: reader.directory)
      conversationVersion = try item.columns().recordVersion
    }
  }
}
