// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

extension Catalog {
  /// Runs, newest first.
  ///
  /// - Parameters:
  ///   - source: Only those of a source; nil for all.
  ///   - limit: At most so many.
  /// - Returns: The runs.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func runs(of source: SourceRecord? = nil, limit: Int? = nil) throws -> [RunRecord] {
    try Row.fetchAll(
      db,
      sql: RunRecord.selection
        + " WHERE (?1 IS NULL OR run.source = ?1) ORDER BY run.started DESC, run.key DESC LIMIT ?2",
      arguments: [source?.key, limit ?? -1]
    ).map(RunRecord.init)
  }

  /// The runs that brought what a set froze, oldest first.
  ///
  /// - Parameter set: The set.
  /// - Returns: The runs.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func runs(behind set: ReviewSet) throws -> [RunRecord] {
    try Row.fetchAll(
      db,
      sql: RunRecord.selection + """
         WHERE run.key IN (
          SELECT version.run FROM review_item
          JOIN review_load ON review_load.key = review_item.load
          JOIN conversation_version AS version ON version.conversation = review_item.conversation
            AND version.version = review_item.conversation_version
          WHERE review_load.review_set = ?)
        ORDER BY run.started, run.key
        """,
      arguments: [set.key]
    ).map(RunRecord.init)
  }

  /// The run with an id.
  package func run(_ id: String) throws -> RunRecord {
    guard let row = try row(withID: id, RunRecord.selection, table: "run") else {
      throw Catalog.notFound([id], noun: "capture")
    }
    return try RunRecord(row: row)
  }

  /// The files that a run read, by path.
  package func inputs(of run: RunRecord) throws -> [RunInput] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM run_input WHERE run = ? ORDER BY path", arguments: [run.key]
    ).map(RunInput.init)
  }

  /// When a source last completed a capture; nil when it never did.
  ///
  /// A run of `sync` that could not read a list to its end has not: what single objects lack is an
  /// exception of its own, and so is what the key does not reach. Nor has an import that found no record
  /// to keep: an empty folder tells nothing of the source, while a list that the service says is empty
  /// does.
  package func lastCompleteRun(of source: SourceRecord) throws -> Instant? {
    try Int64.fetchOne(
      db,
      sql: """
        SELECT max(finished) FROM run WHERE source = ? AND state = 'complete'
          AND (kind <> 'import'
            OR stored_count + updated_count + duplicate_count + merged_count > 0)
          AND NOT EXISTS (
          SELECT 1 FROM sync_endpoint WHERE sync_endpoint.run = run.key
            AND outcome IN ('running', 'partial', 'failed') AND endpoint NOT LIKE '%{%')
        """, arguments: [source.key]
    ).map { Instant(ticks: $0) }
  }
}
