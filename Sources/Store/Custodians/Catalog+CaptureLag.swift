// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model
import Retention

/// How far what a source brings of a person is behind.
package struct CaptureLag: Hashable, Sendable {
  package var custodian: Custodian
  package var source: SourceRecord
  /// When the source was last captured whole; nil when it never was.
  package var lastRun: Instant?
  /// The time of the newest item of that person that the source brought; nil when it brought none that
  /// tells its time.
  package var newestItem: Instant?
  /// Whether a hold in force covers what the source brings of that person, whatever its query selects.
  package var isOnHold: Bool

  /// Whether the source was not captured whole since a time.
  package func isLate(before bound: Instant) -> Bool { lastRun.map { $0 < bound } ?? true }
}

extension Catalog {
  /// For every person each source that brought something of theirs or lists them in its directory, by
  /// the person's name, then the source's.
  ///
  /// - Returns: The lags.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func captureLags() throws -> [CaptureLag] {
    let scopes = try holdSituation().rules.rules.map(\.scope)
    let accounts = scopes.reduce(into: Set<Int64>()) { $0.formUnion($1.accounts) }
    let held = Set(
      try Row.fetchAll(db, sql: "SELECT key, custodian FROM account WHERE custodian IS NOT NULL")
        .filter { accounts.contains($0[0]) }.map { $0[1] as Int64 })
    let heldSources = scopes.reduce(into: Set<String>()) { $0.formUnion($1.sources) }
    let coversAll = scopes.contains(where: \.everyone)
    var sources: [Int64: (record: SourceRecord, lastRun: Instant?)] = [:]
    for source in try self.sources() {
      sources[source.key] = (source, try lastCompleteRun(of: source))
    }
    return try Row.fetchAll(
      db,
      sql: """
        SELECT seen.person, seen.source, max(seen.newest) FROM (
          SELECT account.custodian AS person, c.source AS source, max(c.newest_item) AS newest
          FROM account JOIN conversation_account AS own ON own.account = account.key
            JOIN conversation AS c ON c.key = own.conversation
          GROUP BY account.custodian, c.source
          UNION ALL
          SELECT account.custodian, further.source, max(c.newest_item)
          FROM conversation_source AS further JOIN conversation AS c ON c.key = further.conversation
            JOIN conversation_account AS own ON own.conversation = c.key
            JOIN account ON account.key = own.account
          GROUP BY account.custodian, further.source
          UNION ALL
          SELECT account.custodian, entry.source, NULL
          FROM directory_entry AS entry JOIN account ON account.native_id = entry.native_id
          WHERE entry.kind = 'user' AND entry.gone IS NULL
        ) AS seen
        JOIN custodian ON custodian.key = seen.person
        JOIN source ON source.key = seen.source
        GROUP BY seen.person, seen.source
        ORDER BY custodian.name, custodian.id, source.name
        """
    ).compactMap { row in
      guard let source = sources[row[1]] else { return nil }
      let person: Int64 = row[0]
      return CaptureLag(
        custodian: try custodian(key: person), source: source.record, lastRun: source.lastRun,
        newestItem: (row[2] as Int64?).map { Instant(ticks: $0) },
        isOnHold: coversAll || held.contains(person)
          || heldSources.contains(source.record.id.text))
    }
  }
}
