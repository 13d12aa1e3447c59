// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// What the store knows of an object of a source: to tell what is new, what is gone and what was
/// never seen.
package struct SourceObject: Hashable, Sendable {
  /// What kind of object.
  package enum Kind: String, Sendable, CaseIterable {
    case chat, project, session, file
    case codeArtifact = "code_artifact"
  }

  package var kind: Kind
  package var nativeID: String
  /// The source's account whose it is; empty when that is not known.
  package var account: String
  /// What the list said of it when it was last read whole; empty: it never was, or not since it
  /// changed.
  package var mark: String
  /// When it was made, by an activity.
  package var mentioned: Instant?
  /// When a list last had it.
  package var listed: Instant?
  /// When it was deleted at the source.
  package var deleted: Instant?
  /// By what a deletion was noticed, or what else is to be remembered; JSON, or empty.
  package var evidence: String

  init(row: Row) throws {
    kind = try row.value("kind")
    nativeID = row["native_id"]
    account = row["account"]
    mark = row["mark"]
    mentioned = row.optionalInstant("mentioned")
    listed = row.optionalInstant("listed")
    deleted = row.optionalInstant("deleted")
    evidence = row["evidence"]
  }
}

/// What a run learnt of an object; nil leaves what is known, an empty mark takes it away.
package struct SourceObjectNote: Sendable {
  package var kind: SourceObject.Kind
  package var nativeID: String
  package var account: String?
  package var mark: String?
  package var mentioned: Instant?
  package var isListed = false
  package var deleted: Instant?
  /// By what a deletion was noticed.
  package var evidence: JSONValue = .null

  package init(_ kind: SourceObject.Kind, _ nativeID: String) {
    self.kind = kind
    self.nativeID = nativeID
  }
}

extension Catalog {
  /// What is known of an object; nil when nothing is.
  package func sourceObject(
    _ kind: SourceObject.Kind, _ nativeID: String, of source: SourceRecord
  ) throws -> SourceObject? {
    try Row.fetchOne(
      db.cachedStatement(
        sql: "SELECT * FROM source_object WHERE source = ? AND kind = ? AND native_id = ?"),
      arguments: [source.key, kind.rawValue, nativeID]
    ).map(SourceObject.init)
  }

  /// Objects that activities tell of and no list ever had, by id.
  ///
  /// - Parameters:
  ///   - kind: The kind of object.
  ///   - source: The source.
  ///   - body: Gets one after the other.
  /// - Throws: `StoreError` when the catalog cannot be read; what the body throws.
  package func forEachUnlisted(
    _ kind: SourceObject.Kind, of source: SourceRecord, _ body: (SourceObject) throws -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT * FROM source_object
        WHERE source = ? AND kind = ? AND mentioned IS NOT NULL AND listed IS NULL
        ORDER BY native_id
        """, arguments: [source.key, kind.rawValue])
    while let row = try rows.next() { try body(SourceObject(row: row)) }
  }

  /// Objects that a list had and that could not be read whole since, by id; also those that are
  /// deleted at the source meanwhile, of which something may be left.
  package func unreadObjects(
    _ kind: SourceObject.Kind, of source: SourceRecord
  ) throws -> [SourceObject] {
    try objects(kind, of: source, where: "mark = '' AND listed IS NOT NULL")
  }

  /// Objects that a list had and that are not known to be deleted, by id.
  package func listedObjects(
    _ kind: SourceObject.Kind, of source: SourceRecord
  ) throws -> [SourceObject] {
    try objects(kind, of: source, where: "listed IS NOT NULL AND deleted IS NULL")
  }

  private func objects(
    _ kind: SourceObject.Kind, of source: SourceRecord, where condition: String
  ) throws -> [SourceObject] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM source_object WHERE source = ? AND kind = ? AND \(condition)
        ORDER BY native_id
        """, arguments: [source.key, kind.rawValue]
    ).map(SourceObject.init)
  }

  /// Objects of a source that were deleted there, by time.
  package func deletedObjects(of source: SourceRecord) throws -> [SourceObject] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM source_object WHERE source = ? AND deleted IS NOT NULL
        ORDER BY deleted, kind, native_id
        """, arguments: [source.key]
    ).map(SourceObject.init)
  }
}

extension Change {
  /// Writes down what a run learnt of an object; a part of a batch with an event.
  ///
  /// - Returns: Whether a deletion at the source was noticed for the first time.
  /// - Throws: `StoreError` when the catalog refuses.
  @discardableResult
  package func note(_ note: SourceObjectNote, of source: SourceRecord) throws -> Bool {
    let before = try catalog.sourceObject(note.kind, note.nativeID, of: source)
    let isNewlyDeleted = note.deleted != nil && before?.deleted == nil
    try db.cachedStatement(
      sql: """
        INSERT INTO source_object (source, kind, native_id, account, mark, mentioned, listed,
          deleted, deletion_seen, evidence)
        VALUES (?1, ?2, ?3, coalesce(?4, ''), coalesce(?5, ''), ?6, ?7, ?8,
          CASE WHEN ?8 IS NULL THEN NULL ELSE ?9 END, ?10)
        ON CONFLICT DO UPDATE SET account = coalesce(?4, account), mark = coalesce(?5, mark),
          mentioned = coalesce(mentioned, ?6), listed = coalesce(?7, listed),
          deleted = coalesce(deleted, ?8),
          deletion_seen = coalesce(deletion_seen, CASE WHEN ?8 IS NULL THEN NULL ELSE ?9 END),
          evidence = CASE WHEN evidence = '' THEN ?10 ELSE evidence END
        """
    ).execute(arguments: [
      source.key, note.kind.rawValue, note.nativeID, note.account, note.mark,
      note.mentioned?.ticks, note.isListed ? now.ticks : nil, note.deleted?.ticks, now.ticks,
      note.evidence == .null ? "" : note.evidence.canonical,
    ])
    guard isNewlyDeleted else { return false }
    try record(
      AuditEvent(
        "source.deletion", of: source.id,
        after: [
          "kind": .string(note.kind.rawValue), "native_id": .string(note.nativeID),
          "deleted": JSONValue(note.deleted), "evidence": note.evidence,
        ]))
    return true
  }
}
