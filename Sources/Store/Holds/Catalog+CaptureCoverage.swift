// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// What a source has brought of a person: a hold protects what is here
/// (holds-and-retention section 2.3).
package struct CaptureCoverage: Hashable, Sendable {
  package var custodian: Custodian
  package var source: SourceRecord
  /// Conversations of that person that the source brought, be it as a copy of what was here.
  package var conversationCount: Int
  /// When the newest version came in; nil when the source brought none of that person.
  package var newestCapture: Instant?
  /// When the source was last captured whole; nil when it never was.
  package var lastRun: Instant?
}

extension Catalog {
  /// For each of some persons and every source, what the source has brought of the person, in the
  /// order of the persons, then by the source's name.
  ///
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func captureCoverage(of custodians: [Custodian]) throws -> [CaptureCoverage] {
    let sources = try sources().map { (record: $0, lastRun: try lastCompleteRun(of: $0)) }
    // In one pass for all persons: a hold on everyone may look at thousands of them.
    let persons = JSONValue.array(custodians.map { .integer($0.key) }).canonical
    var newest: [Pair: Int64] = [:]
    var counts: [Pair: Int] = [:]
    let captured = try Row.fetchCursor(
      db,
      sql: """
        SELECT account.custodian, run.source, max(version.captured)
        FROM account JOIN conversation_account AS own ON own.account = account.key
          JOIN conversation_version AS version ON version.conversation = own.conversation
          JOIN run ON run.key = version.run
        WHERE account.custodian IN (SELECT value FROM json_each(?))
        GROUP BY account.custodian, run.source
        """, arguments: [persons])
    while let row = try captured.next() { newest[Pair(row)] = row[2] }
    let brought = try Row.fetchCursor(
      db,
      sql: """
        WITH own (person, conversation) AS (
          SELECT account.custodian, own.conversation
          FROM account JOIN conversation_account AS own ON own.account = account.key
          WHERE account.custodian IN (SELECT value FROM json_each(?)))
        SELECT person, source, count(*) FROM (
          SELECT own.person, conversation.source, own.conversation
          FROM own JOIN conversation ON conversation.key = own.conversation
          UNION
          SELECT own.person, further.source, own.conversation
          FROM own JOIN conversation_source AS further ON further.conversation = own.conversation
          UNION
          SELECT own.person, run.source, own.conversation
          FROM own JOIN conversation_version AS version ON version.conversation = own.conversation
            JOIN run ON run.key = version.run)
        GROUP BY person, source
        """, arguments: [persons])
    while let row = try brought.next() { counts[Pair(row)] = row[2] }
    return custodians.flatMap { custodian in
      sources.map { source, lastRun in
        let pair = Pair(custodian: custodian.key, source: source.key)
        return CaptureCoverage(
          custodian: custodian, source: source, conversationCount: counts[pair] ?? 0,
          newestCapture: newest[pair].map { Instant(ticks: $0) }, lastRun: lastRun)
      }
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

/// Rows of a person and a source.
private struct Pair: Hashable {
  var custodian: Int64
  var source: Int64

  init(custodian: Int64, source: Int64) {
    self.custodian = custodian
    self.source = source
  }

  /// The first two columns.
  init(_ row: Row) { self.init(custodian: row[0], source: row[1]) }
}
