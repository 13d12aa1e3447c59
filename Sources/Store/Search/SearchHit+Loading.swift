// SPDX-License-Identifier: Apache-2.0
import Model
import Query

extension SearchHit {
  /// The columns that it is made of beside those of a row and its ids, of the item `i` and its texts
  /// `t`.
  static let columns = ["i.kind", "i.role", "i.model", "t.body", "t.names", "t.files", "i.sender"]

  /// Reads everything that is shown of what a cursor stands on: a page is most of what a search
  /// costs, and one statement for both is half the price of two.
  ///
  /// - Throws: `StoreError` with `.damaged` when the partition lacks a part of it.
  init(_ found: FoundRow, _ statement: DirectStatement, in reader: PartitionReader) throws {
    let parts = try ReferenceParts(found, statement, in: reader)
    let reference = try parts.reference(to: found, in: reader)
    let start = FoundRow.columns.count + ItemReference.columns.count
    guard !statement.isNull(start + 3) else {
      throw StoreError.damaged(reader.connection.path, "it lacks the texts of row \(found.row)")
    }
    place = reference.place
    id = reference.id
    nativeID = parts.nativeID
    conversationID = reference.conversationID
    nativeConversationID = parts.conversation.nativeID
    time = reference.time
    version = reference.version
    conversationVersion = reference.conversationVersion
    byteCount = found.byteCount
    kind = statement.text(start)
    role = statement.text(start + 1)
    model = statement.optionalInteger(start + 2).flatMap(reader.term)?.text ?? ""
    title = parts.record.title
    source = reader.sourceName(parts.record.source)
    body = statement.text(start + 3)
    names = statement.text(start + 4)
    files = statement.text(start + 5)
    let owner = found.account.flatMap(reader.owner)
    custodianID = owner?.custodianID
    custodian = owner?.name ?? ""
    let isPerson = role == ItemRole.user.rawValue
    let sender = statement.optionalInteger(start + 6).flatMap(reader.owner)?.name ?? custodian
    from =
      isPerson ? sender : model.isEmpty && role == ItemRole.assistant.rawValue ? "Claude" : model
  }
}
