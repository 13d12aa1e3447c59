// SPDX-License-Identifier: Apache-2.0
package import Model

/// Tells which rows of a result stand for an item that came before in another row.
///
/// Remembers only items with several rows, of which a partition has few.
final class ItemGroups {
  private let reader: PartitionReader
  private var seen: Set<Int64> = []

  init(_ reader: PartitionReader) {
    self.reader = reader
  }

  /// Whether no row of the item came before; from now on one did.
  func isNew(_ row: FoundRow) throws -> Bool {
    guard reader.hasLaterVersions, try row.first != row.row || reader.hasLater(than: row.row)
    else { return true }
    return seen.insert(row.first).inserted
  }
}

extension PartitionReader {
  /// Whether an item has further rows than its first.
  fileprivate func hasLater(than first: Int64) throws -> Bool {
    try connection.integer(
      "SELECT EXISTS (SELECT 1 FROM item WHERE first = ? AND first <> row)", first) == 1
  }
}

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

  init(place: RowPlace, columns: StoredItem.Columns) {
    self.place = place
    id = StoredItem.id(columns)
    conversationID = ObjectID.conversation(
      route: columns.route, nativeID: columns.conversationNativeID)
    time = columns.time.map(Instant.init(ticks:))
    version = columns.version
    conversationVersion = columns.recordVersion
  }
}
