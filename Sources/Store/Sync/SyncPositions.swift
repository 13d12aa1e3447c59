// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
import Model

extension Catalog {
  /// How far a walk of a source has come: JSON as the walk wrote it; nil before its first page.
  package func syncPosition(_ walk: String, of source: SourceRecord) throws -> String? {
    try String.fetchOne(
      db, sql: "SELECT position FROM sync_position WHERE source = ? AND walk = ?",
      arguments: [source.key, walk])
  }
}

extension Change {
  /// Lets all walks of a source start anew, but one.
  package func forgetSyncPositions(of source: SourceRecord, besides walk: String) throws {
    try db.execute(
      sql: "DELETE FROM sync_position WHERE source = ? AND walk <> ?",
      arguments: [source.key, walk])
    try record(AuditEvent("source.restart", of: source.id))
  }

  /// Sets how far a walk has come; nil: it starts anew.
  ///
  /// A part of a batch with an event.
  package func setSyncPosition(
    _ position: String?, of walk: String, _ source: SourceRecord
  ) throws {
    guard let position else {
      try db.execute(
        sql: "DELETE FROM sync_position WHERE source = ? AND walk = ?",
        arguments: [source.key, walk])
      return
    }
    try db.execute(
      sql: """
        INSERT INTO sync_position (source, walk, position, updated) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO UPDATE SET position = ?3, updated = ?4
        """, arguments: [source.key, walk, position, now.ticks])
  }
}
