// SPDX-License-Identifier: Apache-2.0
import Model
import Query

extension SearchHit {
  /// The columns that it is made of beside those of a row and its ids, of the item `i`, its record
  /// `r` and texts `t`.
  static let columns = [
    "i.kind", "i.role", "i.model", "r.title", "r.source", "t.body", "t.names", "t.files",
  ]

  /// Reads everything that is shown of what a cursor stands on: a page is most of what a search
  /// costs, and one statement for both is half the price of two.
  ///
  /// - Throws: `StoreError` with `.damaged` when the partition lacks a part of it.
  init(_ found: FoundRow, _ statement: DirectStatement, in reader: PartitionReader) throws {
    let reference = try ItemReference(found, statement, in: reader)
    let ids = FoundRow.columns.count
    let start = ids + ItemReference.columns.count
    guard !statement.isNull(start + 5) else {
      throw StoreError.damaged(reader.connection.path, "it lacks the texts of row \(found.row)")
    }
    place = reference.place
    id = reference.id
    nativeID = statement.optionalText(ids + 2)
    conversationID = reference.conversationID
    nativeConversationID = statement.text(ids + 4)
    time = reference.time
    version = reference.version
    conversationVersion = reference.conversationVersion
    byteCount = found.byteCount
    kind = statement.text(start)
    role = statement.text(start + 1)
    model = statement.optionalInteger(start + 2).flatMap(reader.term)?.text ?? ""
    title = statement.text(start + 3)
    source = reader.sourceName(statement.integer(start + 4))
    body = statement.text(start + 5)
    names = statement.text(start + 6)
    files = statement.text(start + 7)
    let owner = found.account.flatMap(reader.owner)
    custodianID = owner?.custodianID
    custodian = owner?.name ?? ""
    let isPerson = role == ItemRole.user.rawValue
    from =
      isPerson ? custodian : model.isEmpty && role == ItemRole.assistant.rawValue ? "Claude" : model
  }
}
