// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
package import Model

/// A capture of a conversation that is a version of it.
package struct ConversationCapture: Hashable, Sendable {
  package var version: Int
  package var run: ObjectID
  package var captured: Instant
}

extension Catalog {
  /// The captures of a conversation, in order of version.
  ///
  /// - Parameter record: The conversation.
  /// - Returns: At least one.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func captures(of record: ConversationRecord) throws -> [ConversationCapture] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT v.version, run.id, v.captured FROM conversation_version v
        JOIN run ON run.key = v.run WHERE v.conversation = ? ORDER BY v.version
        """, arguments: [record.key]
    ).map { row in
      ConversationCapture(
        version: row["version"], run: try row.objectID("id"), captured: row.instant("captured"))
    }
  }

  /// The versions of a conversation by the digests of their native records.
  package func recordVersions(of record: ConversationRecord) throws -> [SHA256Digest: Int] {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT digest, version FROM conversation_version WHERE conversation = ?"),
      arguments: [record.key])
    var versions: [SHA256Digest: Int] = [:]
    for row in rows {
      guard let digest = SHA256Digest(bytes: [UInt8](row[0] as Data)) else { continue }
      versions[digest] = row[1]
    }
    return versions
  }

  /// The custodian of a conversation; nil when it is not known whose it is.
  ///
  /// - Parameter record: The conversation.
  /// - Returns: The person.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func custodian(of record: ConversationRecord) throws -> Custodian? {
    try Int64.fetchOne(
      db,
      sql: """
        SELECT a.custodian FROM conversation c JOIN account a ON a.key = c.account
        WHERE c.key = ? AND a.custodian IS NOT NULL
        """, arguments: [record.key]
    ).map { try custodian(key: $0) }
  }
}
