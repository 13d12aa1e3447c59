// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
package import Model

/// A file that a run fetched.
package struct FetchedFile: Sendable {
  /// The source's id.
  package var nativeID: String
  package var digest: SHA256Digest
  package var byteCount: Int64
  /// Whether the source told a digest, and it is that of the bytes.
  package var isVerified: Bool
  /// Where the bytes wait.
  package var stagedPath: String

  package init(
    nativeID: String, digest: SHA256Digest, byteCount: Int64, isVerified: Bool, stagedPath: String
  ) {
    self.nativeID = nativeID
    self.digest = digest
    self.byteCount = byteCount
    self.isVerified = isVerified
    self.stagedPath = stagedPath
  }
}

extension Catalog {
  /// Whether the bytes of a source's file are here.
  package func hasFile(_ nativeID: String, of source: SourceRecord) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT 1 FROM source_file WHERE source = ? AND native_id = ?)
          """), arguments: [source.key, nativeID]) ?? false
  }
}

extension Change {
  /// Records a file whose bytes were moved to their place, for all conversations that wait for it;
  /// a part of a batch with an event.
  ///
  /// - Throws: `StoreError` when the catalog refuses.
  package func recordFile(_ file: FetchedFile, of source: SourceRecord) throws {
    try db.execute(
      sql: """
        INSERT INTO source_file (source, native_id, sha256, byte_count, verified, captured)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """,
      arguments: [
        source.key, file.nativeID, Data(file.digest.bytes), file.byteCount, file.isVerified,
        now.ticks,
      ])
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO conversation_file (conversation, file)
        SELECT a.conversation, f.key FROM awaited_file a
          JOIN source_file f ON f.source = a.source AND f.native_id = a.native_id
        WHERE a.source = ? AND a.native_id = ?
        """, arguments: [source.key, file.nativeID])
    try db.execute(
      sql: "DELETE FROM awaited_file WHERE source = ? AND native_id = ?",
      arguments: [source.key, file.nativeID])
    try db.execute(
      sql: "DELETE FROM blob_removal WHERE sha256 = ?", arguments: [Data(file.digest.bytes)])
  }

  /// Records which files belong to a conversation; those whose bytes are not here are linked when
  /// they come.
  ///
  /// - Returns: Whether there is such a conversation.
  /// - Throws: `StoreError` when the catalog refuses.
  @discardableResult
  package func linkFiles(
    _ nativeIDs: [String], of source: SourceRecord, to conversation: ObjectID
  ) throws -> Bool {
    guard
      let key = try Int64.fetchOne(
        db, sql: "SELECT key FROM conversation WHERE id = ?", arguments: [conversation.text])
    else { return false }
    for id in nativeIDs {
      try db.cachedStatement(
        sql: """
          INSERT OR IGNORE INTO conversation_file (conversation, file)
          SELECT ?, key FROM source_file WHERE source = ? AND native_id = ?
          """
      ).execute(arguments: [key, source.key, id])
      if db.changesCount == 0, try !catalog.hasFile(id, of: source) {
        try db.cachedStatement(
          sql: """
            INSERT OR IGNORE INTO awaited_file (source, native_id, conversation) VALUES (?, ?, ?)
            """
        ).execute(arguments: [source.key, id, key])
      }
    }
    return true
  }

  /// Lets chats be read again by the next run where a file of theirs was here when they were read,
  /// and went with a purged conversation before they were stored.
  ///
  /// - Parameter source: The source.
  /// - Returns: The source's ids of these files and chats.
  /// - Throws: `StoreError` when the catalog refuses.
  package func rereadForLostFiles(
    of source: SourceRecord
  ) throws -> [(file: String, chat: String)] {
    let lost = try Row.fetchAll(
      db,
      sql: """
        SELECT a.native_id, c.native_id FROM awaited_file a
          JOIN source_object f ON f.source = a.source AND f.kind = 'file'
            AND f.native_id = a.native_id AND f.mark = 'captured'
          JOIN conversation c ON c.key = a.conversation
          JOIN source_object o ON o.source = a.source AND o.kind = 'chat'
            AND o.native_id = c.native_id AND o.mark <> ''
        WHERE a.source = ? ORDER BY 1, 2
        """, arguments: [source.key]
    ).map { (file: $0[0] as String, chat: $0[1] as String) }
    for (_, chat) in lost {
      try db.execute(
        sql: """
          UPDATE source_object SET mark = '' WHERE source = ? AND kind = 'chat' AND native_id = ?
          """, arguments: [source.key, chat])
    }
    return lost
  }

  /// Takes the files of a conversation that goes: those that no other one has are to be removed.
  func removeFiles(of conversation: ConversationRecord) throws {
    try db.cachedStatement(sql: "DELETE FROM awaited_file WHERE conversation = ?")
      .execute(arguments: [conversation.key])
    let files = try Int64.fetchAll(
      db.cachedStatement(sql: "SELECT file FROM conversation_file WHERE conversation = ?"),
      arguments: [conversation.key])
    guard !files.isEmpty else { return }
    try db.cachedStatement(sql: "DELETE FROM conversation_file WHERE conversation = ?")
      .execute(arguments: [conversation.key])
    for file in files { try forgetUnused(file) }
  }

  /// Takes files that came for a conversation after it was purged; those that another one has stay.
  ///
  /// - Parameters:
  ///   - nativeIDs: The source's ids.
  ///   - source: The source.
  ///   - conversation: Nothing is taken where it is here, or was never.
  /// - Throws: `StoreError` when the catalog refuses.
  package func forgetFiles(
    _ nativeIDs: [String], of source: SourceRecord, ifPurged conversation: ObjectID
  ) throws {
    guard try catalog.isPurged(conversation) else { return }
    for id in nativeIDs {
      let file = try Int64.fetchOne(
        db, sql: "SELECT key FROM source_file WHERE source = ? AND native_id = ?",
        arguments: [source.key, id])
      if let file { try forgetUnused(file) }
    }
  }

  /// Takes a file that no conversation has.
  private func forgetUnused(_ file: Int64) throws {
    let isUsed =
      try Bool.fetchOne(
        db.cachedStatement(
          sql: "SELECT EXISTS (SELECT 1 FROM conversation_file WHERE file = ?)"),
        arguments: [file]) ?? false
    guard !isUsed,
      let digest = try Data.fetchOne(
        db.cachedStatement(sql: "SELECT sha256 FROM source_file WHERE key = ?"), arguments: [file])
    else { return }
    try db.execute(sql: "DELETE FROM source_file WHERE key = ?", arguments: [file])
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO blob_removal (sha256) SELECT ?1 WHERE NOT EXISTS (
          SELECT 1 FROM source_file WHERE sha256 = ?1)
        """, arguments: [digest])
  }
}
