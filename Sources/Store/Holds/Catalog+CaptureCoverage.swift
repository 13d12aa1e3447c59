// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// What a source has brought of a person: a hold protects what is here
/// (holds-and-retention section 2.3).
package struct CaptureCoverage: Hashable, Sendable {
  package var source: SourceRecord
  package var conversationCount: Int
  /// When the newest version came in; nil when the source brought nothing of that person.
  package var newestCapture: Instant?
}

extension Catalog {
  /// For every source, what it has brought of a person, by the source's name.
  package func captureCoverage(of custodian: Custodian) throws -> [CaptureCoverage] {
    try sources().map { source in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT count(DISTINCT conversation.key), max(conversation_version.captured)
          FROM account
            JOIN conversation_account ON conversation_account.account = account.key
            JOIN conversation ON conversation.key = conversation_account.conversation
            JOIN conversation_version ON conversation_version.conversation = conversation.key
            JOIN run ON run.key = conversation_version.run
          WHERE account.custodian = ? AND run.source = ?
          """, arguments: [custodian.key, source.key])
      return CaptureCoverage(
        source: source, conversationCount: row?[0] ?? 0,
        newestCapture: (row?[1] as Int64?).map { Instant(ticks: $0) })
    }
  }

  /// How many conversations are nobody's: under a custodian hold they are held until they are
  /// attributed, and the hold report counts them.
  package func unattributedConversationCount() throws -> Int {
    try Int.fetchOne(
      db,
      sql: """
        SELECT count(*) FROM conversation
        WHERE NOT EXISTS (
            SELECT 1 FROM conversation_account WHERE conversation = conversation.key)
          OR EXISTS (
            SELECT 1 FROM conversation_account JOIN account
              ON account.key = conversation_account.account
            WHERE conversation = conversation.key AND account.custodian IS NULL)
        """) ?? 0
  }

  /// How many conversations belong to no known project.
  package func projectlessConversationCount() throws -> Int {
    try Int.fetchOne(
      db,
      sql: """
        SELECT count(*) FROM conversation WHERE NOT EXISTS (
          SELECT 1 FROM conversation_project WHERE conversation = conversation.key)
        """) ?? 0
  }
}
