// SPDX-License-Identifier: Apache-2.0
package import FileText
import GRDB
package import Model

/// Makes the full-text indexes anew from the texts in the partitions.
///
/// What a hold selected by what an earlier version found or read stays held.
package struct ContentReindexer {
  private let store: Store
  private let actor: AuditActor
  private let extractor: FileTextExtractor

  /// Prepares to make the indexes anew.
  ///
  /// - Parameters:
  ///   - store: Opened for writing; for reading, where nothing is but counted.
  ///   - actor: Who runs the command.
  ///   - extractor: Reads files that another version read, or whose reader was missing or failed.
  package init(
    _ store: Store, actor: AuditActor, extractor: FileTextExtractor = FileTextExtractor()
  ) {
    self.store = store
    self.actor = actor
    self.extractor = extractor
  }

  /// Tells how many partitions ``reindex(_:)`` would rebuild; writes nothing and takes no lock.
  ///
  /// - Throws: `StoreError` with `.damaged` when one is missing.
  package func partitionCount() throws -> Int { try partitions().count }

  private func partitions() throws -> [(path: String, mark: PartitionMark)] {
    try store.read { try PartitionRow.all($0.db) }.map { row in
      let path = store.layout.partitions + "/" + PartitionFile.name(row.number)
      guard FileSystem.exists(path) else {
        throw StoreError(.damaged, "\(path) is missing; restore it from a backup")
      }
      return (path, row.mark)
    }
  }

  /// Rebuilds partition by partition, each all or nothing; a search meanwhile sees the old index.
  ///
  /// - Parameter progress: Gets the number of partitions done and of all.
  /// - Returns: How many partitions were rebuilt.
  /// - Throws: `StoreError` with `.locked` while content is written, or when a partition cannot be
  ///   read; what `progress` throws.
  package func reindex(_ progress: (Int, Int) throws -> Void = { _, _ in }) throws -> Int {
    let lock = try store.lockJob("content", as: actor)
    return try withExtendedLifetime(lock) {
      let rows = try partitions()
      for (index, row) in rows.enumerated() {
        try progress(index, rows.count)
        let connection = try PartitionFile.openForWriting(row.path)
        try FullTextIndex.rebuild(connection, upTo: row.mark)
        try RereadRows.settle(connection, in: store)
        _ = try connection.checkpoint()
      }
      try progress(rows.count, rows.count)
      _ = try FileTextPass(store, actor: actor, extractor: extractor)
        .runAgain { _ in try progress(rows.count, rows.count) }
      let id = try store.read { catalog in
        try String.fetchOne(catalog.db, sql: "SELECT id FROM store") ?? ""
      }
      try store.change(as: actor) { change in
        try change.record(
          AuditEvent(
            "content.reindex", of: id, after: ["partitions": JSONValue(rows.count)]))
      }
      return rows.count
    }
  }
}
