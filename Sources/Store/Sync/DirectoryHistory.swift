// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
package import Model

/// When a list of a source's directory was read whole.
package struct DirectorySnapshot: Hashable, Sendable {
  /// The run that read it.
  package var run: ObjectID
  package var time: Instant
}

/// A version of an entry of a directory, with the times at which it was seen.
package struct DatedDirectoryEntry: Hashable, Sendable {
  package var source: SourceRecord
  package var entry: DirectoryEntry
  /// The time of the first snapshot that had it.
  package var firstSeen: Instant
  /// The time of the last snapshot that had it.
  package var lastSeen: Instant
  /// The time of the first snapshot that had it no more, or otherwise; nil while it stands.
  package var gone: Instant?

  /// Whether the last snapshot not later than a time has it.
  package func stands(at time: Instant) -> Bool {
    firstSeen <= time && gone.map { $0 > time } ?? true
  }
}

extension Catalog {
  /// The last snapshot of a list that is not later than a time.
  ///
  /// - Parameters:
  ///   - kind: Of the list's entries.
  ///   - parent: What they belong to.
  ///   - source: Whose directory it is.
  ///   - time: The latest time.
  /// - Returns: Nil before the first snapshot.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func directorySnapshot(
    of kind: DirectoryEntry.Kind, parent: String, _ source: SourceRecord, notAfter time: Instant
  ) throws -> DirectorySnapshot? {
    try directorySnapshot(
      "AND s.time <= ? ORDER BY s.time DESC", kind, parent, source, [time.ticks])
  }

  /// The first snapshot of a list.
  ///
  /// - Parameters:
  ///   - kind: Of the list's entries.
  ///   - parent: What they belong to.
  ///   - source: Whose directory it is.
  /// - Returns: Nil when the list was never read.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func firstDirectorySnapshot(
    of kind: DirectoryEntry.Kind, parent: String, _ source: SourceRecord
  ) throws -> DirectorySnapshot? {
    try directorySnapshot("ORDER BY s.time", kind, parent, source, [])
  }

  private func directorySnapshot(
    _ clause: String, _ kind: DirectoryEntry.Kind, _ parent: String, _ source: SourceRecord,
    _ arguments: StatementArguments
  ) throws -> DirectorySnapshot? {
    try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT run.id, s.time FROM directory_snapshot s JOIN run ON run.key = s.run
          WHERE s.source = ? AND s.kind = ? AND s.parent = ? \(clause) LIMIT 1
          """), arguments: [source.key, kind.rawValue, parent] + arguments
    ).map { row in
      DirectorySnapshot(run: try row.objectID("id"), time: row.instant("time"))
    }
  }

  /// All versions of the entries of an id that any source's directory had.
  ///
  /// - Parameters:
  ///   - nativeID: The source's id.
  ///   - kind: The entries' kind.
  /// - Returns: By source, parent and time.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func directoryHistory(
    of nativeID: String, _ kind: DirectoryEntry.Kind
  ) throws -> [DatedDirectoryEntry] {
    var sources: [Int64: SourceRecord] = [:]
    for source in try self.sources() { sources[source.key] = source }
    return try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT * FROM directory_entry WHERE native_id = ? AND kind = ?
          ORDER BY source, parent, first_seen, key
          """), arguments: [nativeID, kind.rawValue]
    ).map { row in
      guard let source = sources[row["source"]] else {
        throw StoreError(.damaged, "the catalog lacks the source of a directory entry")
      }
      return DatedDirectoryEntry(
        source: source,
        entry: DirectoryEntry(
          kind: kind, parent: row["parent"], nativeID: nativeID,
          native: [UInt8](row["native"] as Data)),
        firstSeen: row.instant("first_seen"), lastSeen: row.instant("last_seen"),
        gone: row.optionalInstant("gone"))
    }
  }
}
