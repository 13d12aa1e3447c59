// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Retention

/// The conversations of a partition as the catalog knows them, one after the other, by row.
///
/// Owners and sources come from cursors in the same order, so that nothing is kept in memory.
final class PlanStream {
  struct Entry {
    var key: Int64
    var id: ObjectID
    /// Route and native id, as the partition names it.
    var name: String
    var facts: RetentionFacts
    var itemCount: Int
    var byteCount: Int64
  }

  private let conversations: RowCursor
  private var accounts: Following<(account: Int64, isAttributed: Bool)>
  private var projects: Following<String>
  private var sources: Following<String>

  private typealias RowCursor = GRDB.RowCursor

  init(_ db: Database, partition: Int) throws {
    conversations = try Row.fetchCursor(
      db,
      sql: """
        SELECT c.key, c.id, c.route, c.native_id, c.started, c.last_activity,
          c.item_count,
          (SELECT max(captured) FROM conversation_version WHERE conversation = c.key),
          (SELECT sum(byte_count) FROM conversation_version WHERE conversation = c.key),
          l.since, p.id, s.id
        FROM conversation c
          JOIN source s ON s.key = c.source
          LEFT JOIN label_assignment l ON l.conversation = c.key
          LEFT JOIN policy p ON p.key = l.policy
        WHERE c.partition = ? ORDER BY c.key
        """, arguments: [partition])
    accounts = Following(
      try Row.fetchCursor(
        db,
        sql: """
          SELECT c.key, o.account, a.custodian IS NOT NULL FROM conversation c
            JOIN conversation_account o ON o.conversation = c.key
            JOIN account a ON a.key = o.account
          WHERE c.partition = ? ORDER BY c.key
          """, arguments: [partition])
    ) { (account: $0[1], isAttributed: $0[2]) }
    projects = Following(
      try Row.fetchCursor(
        db,
        sql: """
          SELECT c.key, p.native_id FROM conversation c
            JOIN conversation_project o ON o.conversation = c.key
            JOIN project p ON p.key = o.project
          WHERE c.partition = ? ORDER BY c.key
          """, arguments: [partition])
    ) { $0[1] }
    sources = Following(
      try Row.fetchCursor(
        db,
        sql: """
          SELECT c.key, s.id FROM conversation c
            JOIN conversation_source f ON f.conversation = c.key
            JOIN source s ON s.key = f.source
          WHERE c.partition = ?1
          UNION ALL SELECT c.key, s.id FROM conversation c
            JOIN conversation_version v ON v.conversation = c.key AND v.version > 1
            JOIN run ON run.key = v.run JOIN source s ON s.key = run.source
          WHERE c.partition = ?1 AND c.version_count > 1 ORDER BY 1
          """, arguments: [partition])
    ) { $0[1] }
  }

  /// The next conversation; nil at the end.
  func next() throws -> Entry? {
    guard let row = try conversations.next() else { return nil }
    let key: Int64 = row[0]
    guard let id = ObjectID(row[1] as String) else {
      throw StoreError(.damaged, "the catalog holds a conversation without an identifier")
    }
    let owners = try accounts.values(of: key)
    let unit = UnitFacts(
      accounts: Set(owners.map(\.account)),
      isAttributed: !owners.isEmpty && owners.allSatisfy(\.isAttributed),
      projects: Set(try projects.values(of: key)),
      sources: Set(try sources.values(of: key) + [row[11] as String]),
      started: (row[4] as Int64?).map { Instant(ticks: $0) })
    let last: Int64? = row[5]
    var label: AssignedLabel?
    if let since: Int64 = row[9], let text: String = row[10], let policy = ObjectID(text) {
      label = AssignedLabel(policy: policy, since: Instant(ticks: since))
    }
    let facts = RetentionFacts(
      unit: unit, lastActivity: last.map { Instant(ticks: $0) },
      captured: (row[7] as Int64?).map { Instant(ticks: $0) }, label: label)
    return Entry(
      key: key, id: id, name: (row[2] as String) + "\u{0}" + (row[3] as String), facts: facts,
      itemCount: row[6], byteCount: row[8] ?? 0)
  }
}

/// A cursor over rows that begin with a conversation's row, in that order.
private struct Following<Value> {
  private let rows: GRDB.RowCursor
  private let read: (Row) -> Value
  private var next: (key: Int64, value: Value)?
  private var isAtEnd = false

  init(_ rows: GRDB.RowCursor, read: @escaping (Row) -> Value) {
    self.rows = rows
    self.read = read
  }

  /// The values of a conversation; asked in ascending order.
  mutating func values(of key: Int64) throws -> [Value] {
    var values: [Value] = []
    while true {
      if next == nil, !isAtEnd {
        if let row = try rows.next() { next = (row[0], read(row)) } else { isAtEnd = true }
      }
      guard let found = next, found.key <= key else { return values }
      if found.key == key { values.append(found.value) }
      next = nil
    }
  }
}
