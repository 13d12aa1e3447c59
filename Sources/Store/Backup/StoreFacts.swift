// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// What a store is and how much is in it, by its catalog alone.
package struct StoreFacts: Hashable, Sendable {
  package var store: StoreDescription
  package var auditHead: AuditHead
  package var conversationCount: Int
  package var itemCount: Int
  /// Holds on record, whatever their state.
  package var holdCount: Int
  /// The partitions that the catalog names, with what must be in them, in order of number.
  package var partitions: [PartitionFacts]

  package init(
    store: StoreDescription, auditHead: AuditHead, conversationCount: Int, itemCount: Int,
    holdCount: Int, partitions: [PartitionFacts]
  ) {
    self.store = store
    self.auditHead = auditHead
    self.conversationCount = conversationCount
    self.itemCount = itemCount
    self.holdCount = holdCount
    self.partitions = partitions
  }
}

/// A partition that a catalog names.
package struct PartitionFacts: Hashable, Sendable {
  package var number: Int
  package var mark: PartitionMark

  package init(number: Int, mark: PartitionMark) {
    self.number = number
    self.mark = mark
  }

  /// The path of its file from the store's folder.
  package var path: String { "partitions/" + PartitionFile.name(number) }
}

extension StoreFacts {
  /// Reads a catalog as a connection sees it.
  init(_ connection: DirectConnection) throws {
    let statement = try connection.prepare(
      """
      SELECT id, created, format_version, event_count, event_sha256,
        (SELECT count(*) FROM conversation),
        (SELECT coalesce(sum(item_count), 0) FROM conversation), (SELECT count(*) FROM hold)
      FROM store
      """)
    guard try statement.step(), let id = ObjectID(statement.text(0)),
      let digest = SHA256Digest(bytes: statement.bytes(4))
    else { throw StoreError.damaged(connection.path, "it does not say what store it is") }
    store = StoreDescription(
      id: id, created: Instant(ticks: statement.integer(1)),
      formatVersion: Int(statement.integer(2)))
    auditHead = AuditHead(count: statement.integer(3), digest: digest)
    conversationCount = Int(statement.integer(5))
    itemCount = Int(statement.integer(6))
    holdCount = Int(statement.integer(7))
    partitions = []
    let rows = try connection.prepare(
      "SELECT number, last_row, last_record FROM partition ORDER BY number")
    while try rows.step() {
      partitions.append(
        PartitionFacts(
          number: Int(rows.integer(0)),
          mark: PartitionMark(row: rows.integer(1), record: rows.integer(2))))
    }
  }
}
