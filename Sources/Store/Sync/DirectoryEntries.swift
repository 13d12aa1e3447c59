// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import GRDB
package import Model

/// An entry of a source's directory as it was seen.
package struct DirectoryEntry: Hashable, Sendable {
  /// What kind of entry.
  package enum Kind: String, Sendable, CaseIterable {
    case organization, user, role, permission, group, member, settings
  }

  package var kind: Kind
  /// What it belongs to: an organisation, a role or a group; empty where it stands alone.
  package var parent: String
  package var nativeID: String
  /// As received, byte for byte.
  package var native: [UInt8]

  package init(kind: Kind, parent: String = "", nativeID: String, native: [UInt8]) {
    self.kind = kind
    self.parent = parent
    self.nativeID = nativeID
    self.native = native
  }
}

/// What a snapshot of a part of the directory changed.
package struct DirectoryCounts: Hashable, Sendable {
  package var new = 0
  package var changed = 0
  package var same = 0
  /// Entries that the snapshot no longer has.
  package var gone = 0

  package init() {}
}

extension Change {
  /// Takes a list of a source's directory: what is not in a whole one any more is gone.
  ///
  /// A changed entry is a further version; the earlier one stays with the time when it was seen.
  ///
  /// - Parameters:
  ///   - entries: The entries of the list, of one kind and parent.
  ///   - kind: Their kind.
  ///   - parent: What they belong to.
  ///   - source: The source.
  ///   - run: The run that read the list.
  ///   - isWhole: Whether it has all entries that there are; of what it lacks otherwise nothing is said.
  /// - Returns: What changed.
  /// - Throws: `StoreError` when the catalog refuses.
  package func takeSnapshot(
    _ entries: [DirectoryEntry], of kind: DirectoryEntry.Kind, parent: String,
    _ source: SourceRecord, run: RunRecord, isWhole: Bool = true
  ) throws -> DirectoryCounts {
    var counts = DirectoryCounts()
    // An answer names the snapshot that it comes from, also when that had nothing new or was empty.
    try db.cachedStatement(
      sql: """
        INSERT INTO directory_snapshot (source, kind, parent, time, run) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET run = excluded.run
        """
    ).execute(arguments: [source.key, kind.rawValue, parent, now.ticks, run.key])
    var current: [String: (key: Int64, digest: Data)] = [:]
    let standing = """
      SELECT key, native_id, sha256 FROM directory_entry
      WHERE source = ? AND kind = ? AND parent = ? AND gone IS NULL
      """
    let order = " ORDER BY first_seen, key"
    let scope: StatementArguments = [source.key, kind.rawValue, parent]
    if isWhole {
      for row in try Row.fetchAll(db, sql: standing + order, arguments: scope) {
        current[row[1]] = (row[0], row[2])
      }
    } else {
      // A part of a long list asks for no more than it has.
      let named = try db.cachedStatement(sql: standing + " AND native_id = ?" + order)
      for id in Set(entries.map(\.nativeID)) {
        for row in try Row.fetchAll(named, arguments: scope + [id]) {
          current[id] = (row[0], row[2])
        }
      }
    }
    var seen: Set<String> = []
    for entry in entries where seen.insert(entry.nativeID).inserted {
      let digest = Data(SHA256Digest(of: entry.native.span).bytes)
      if let known = current[entry.nativeID] {
        if known.digest == digest {
          counts.same += 1
          try db.cachedStatement(sql: "UPDATE directory_entry SET last_seen = ? WHERE key = ?")
            .execute(arguments: [now.ticks, known.key])
          continue
        }
        counts.changed += 1
        try db.cachedStatement(sql: "UPDATE directory_entry SET gone = ? WHERE key = ?")
          .execute(arguments: [now.ticks, known.key])
      } else {
        counts.new += 1
      }
      try db.cachedStatement(
        sql: """
          INSERT INTO directory_entry (source, kind, parent, native_id, sha256, native,
            first_seen, last_seen)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
          """
      ).execute(arguments: [
        source.key, kind.rawValue, parent, entry.nativeID, digest, Data(entry.native), now.ticks,
      ])
    }
    for (id, known) in current where isWhole && !seen.contains(id) {
      counts.gone += 1
      try db.execute(
        sql: "UPDATE directory_entry SET gone = ? WHERE key = ?",
        arguments: [now.ticks, known.key])
    }
    if counts.new + counts.changed + counts.gone > 0 {
      try record(
        AuditEvent(
          "source.directory", of: source.id,
          after: [
            "kind": .string(kind.rawValue), "parent": .string(parent),
            "new": JSONValue(counts.new), "changed": JSONValue(counts.changed),
            "gone": JSONValue(counts.gone),
          ]))
    }
    return counts
  }
}

extension Catalog {
  /// The entries of a source's directory as they were at a time.
  ///
  /// - Parameters:
  ///   - kind: Their kind.
  ///   - source: The source.
  ///   - time: Nil: as they were last seen.
  /// - Returns: The entries, by parent and id.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func directory(
    _ kind: DirectoryEntry.Kind, of source: SourceRecord, at time: Instant? = nil
  ) throws -> [DirectoryEntry] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT parent, native_id, native FROM directory_entry
        WHERE source = ?1 AND kind = ?2
          AND (gone IS NULL OR (?3 IS NOT NULL AND gone > ?3)) AND (?3 IS NULL OR first_seen <= ?3)
        ORDER BY parent, native_id
        """, arguments: [source.key, kind.rawValue, time?.ticks]
    ).map { row in
      DirectoryEntry(
        kind: kind, parent: row[0], nativeID: row[1], native: [UInt8](row[2] as Data))
    }
  }
}
