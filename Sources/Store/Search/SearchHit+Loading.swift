// SPDX-License-Identifier: Apache-2.0
import Model
import Query

extension SearchHit {
  /// Reads everything that is shown of a hit, in one statement: a page is most of what a search
  /// costs.
  ///
  /// - Throws: `StoreError` when the partition lacks a part of it.
  init(_ found: FoundRow, in reader: PartitionReader) throws {
    let statement = try reader.hitStatement()
    defer { statement.reset() }
    try statement.bind(found.row, at: 1)
    guard try statement.step() else {
      throw StoreError.damaged(reader.connection.path, "it lacks parts of item row \(found.row)")
    }
    place = RowPlace(partition: reader.number, row: found.row)
    version = Int(statement.integer(0))
    kind = statement.text(2)
    role = statement.text(3)
    nativeID = statement.optionalText(5)
    let route = statement.text(6)
    nativeConversationID = statement.text(7)
    conversationVersion = Int(statement.integer(8))
    title = statement.text(9)
    body = statement.text(11)
    names = statement.text(12)
    files = statement.text(13)
    id = ObjectID.item(
      route: route, conversationID: nativeConversationID,
      itemID: nativeID ?? String(statement.integer(1)))
    conversationID = ObjectID.conversation(route: route, nativeID: nativeConversationID)
    time = found.time.map(Instant.init(ticks:))
    byteCount = found.byteCount
    model = statement.optionalInteger(4).flatMap(reader.term)?.text ?? ""
    source = reader.sourceName(statement.integer(10))
    let owner = found.account.flatMap(reader.owner)
    custodianID = owner?.custodianID
    custodian = owner?.name ?? ""
    let isPerson = role == ItemRole.user.rawValue
    from =
      isPerson ? custodian : model.isEmpty && role == ItemRole.assistant.rawValue ? "Claude" : model
    if found.flags.contains(.absent) {
      let item = StoredItem(row: found.row, reader: reader, directory: reader.directory)
      conversationVersion = try item.columns().recordVersion
    }
  }
}

extension PartitionReader {
  /// What a hit shows of a row.
  static let hitSQL = """
    SELECT i.version, i.position, i.kind, i.role, i.model, i.native_id, c.route, c.native_id,
      r.version, r.title, r.source, t.body, t.names, t.files
    FROM item i JOIN conversation c ON c.key = i.conversation JOIN record r ON r.row = i.record
      JOIN item_text t ON t.row = i.row
    WHERE i.row = ?
    """
}
