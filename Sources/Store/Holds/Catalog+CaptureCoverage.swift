// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// What a source has brought of a person: a hold protects what is here
/// (holds-and-retention section 2.3).
package struct CaptureCoverage: Hashable, Sendable {
  package var source: SourceRecord
  /// Conversations of that person that the source brought, be it as a copy of what was here.
  package var conversationCount: Int
  /// When the newest version came in; nil when the source brought none of that person.
  package var newestCapture: Instant?
  /// When the source was last captured whole; nil when it never was.
  package var lastRun: Instant?
}

extension Catalog {
  /// For every source, what it has brought of a person, by the source's name.
  package func captureCoverage(of custodian: Custodian) throws -> [CaptureCoverage] {
    try sources().map { source in
      let newest = try Int64.fetchOne(
        db,
        sql: """
          SELECT max(conversation_version.captured)
          FROM account
            JOIN conversation_account ON conversation_account.account = account.key
            JOIN conversation_version
              ON conversation_version.conversation = conversation_account.conversation
            JOIN run ON run.key = conversation_version.run
          WHERE account.custodian = ? AND run.source = ?
          """, arguments: [custodian.key, source.key])
      let count = try Int.fetchOne(
        db,
        sql: """
          SELECT count(DISTINCT conversation.key)
          FROM account
            JOIN conversation_account ON conversation_account.account = account.key
            JOIN conversation ON conversation.key = conversation_account.conversation
          WHERE account.custodian = ?1 AND (conversation.source = ?2
            OR EXISTS (SELECT 1 FROM conversation_source
              WHERE conversation = conversation.key AND source = ?2)
            OR EXISTS (SELECT 1 FROM conversation_version JOIN run
              ON run.key = conversation_version.run
              WHERE conversation_version.conversation = conversation.key AND run.source = ?2))
          """, arguments: [custodian.key, source.key])
      return CaptureCoverage(
        source: source, conversationCount: count ?? 0,
        newestCapture: newest.map { Instant(ticks: $0) },
        lastRun: try lastCompleteRun(of: source))
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
