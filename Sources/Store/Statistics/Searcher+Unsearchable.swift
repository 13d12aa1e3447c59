// SPDX-License-Identifier: Apache-2.0
package import Model
package import Query

/// A file of whose text no search sees all.
package struct UnsearchableFile: Hashable, Sendable {
  /// The item that carries it.
  package var item: ObjectID
  package var conversationID: ObjectID
  package var time: Instant?
  /// Whose the item is; empty when the source does not tell.
  package var custodian: String
  /// The file's name as captured; it may be empty.
  package var name: String
  /// Without the dot; empty when the name has none.
  package var fileExtension: String
  package var reason: ProblemCode
  /// What is lacking, in a few words; empty where the reason says all.
  package var note: String
}

extension Searcher {
  /// Calls a body with every file in scope that has no text or not all of it, by time of the items.
  ///
  /// - Parameters:
  ///   - scope: What is searched, without a query.
  ///   - body: Gets a file; returns false to stop.
  /// - Throws: `StoreError` when a partition cannot be read; what the body throws.
  package func forEachUnsearchable(
    in scope: QueryNode, _ body: (UnsearchableFile) throws -> Bool
  ) throws {
    try forEachRow(Self.partial(scope), order: .oldestFirst, .reference) { hit in
      guard case .reference(let reference) = hit.found.content else { return true }
      let files = try hit.reader.connection.prepare(
        """
        SELECT name, extension, lack, note FROM item_file WHERE row = ? AND lack <> ''
        ORDER BY number
        """)
      try files.bind(hit.found.row, at: 1)
      while try files.step() {
        let file = UnsearchableFile(
          item: reference.id, conversationID: reference.conversationID, time: reference.time,
          custodian: hit.found.account.flatMap(hit.reader.owner)?.name ?? "", name: files.text(0),
          fileExtension: files.text(1),
          reason: ProblemCode(rawValue: files.text(2)) ?? .fileNotCaptured, note: files.text(3))
        guard try body(file) else { return false }
      }
      return true
    }
  }
}
