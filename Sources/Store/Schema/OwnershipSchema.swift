// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

/// Every account and project that a capture of a conversation named, and its newest item.
///
/// `conversation.account` and `conversation.project` are what the newest capture told. A hold through
/// an account that an earlier capture named must not lose the conversation, so holds and policies ask
/// these tables.
enum OwnershipSchema {
  static let statements = [
    """
    CREATE TABLE conversation_account (
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      account INTEGER NOT NULL REFERENCES account (key),
      PRIMARY KEY (conversation, account)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX conversation_account_by_account ON conversation_account (account)",
    """
    CREATE TABLE conversation_project (
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      project INTEGER NOT NULL REFERENCES project (key),
      PRIMARY KEY (conversation, project)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX conversation_project_by_project ON conversation_project (project)",
    // The time of its newest item over all versions; NULL: no item tells a time.
    "ALTER TABLE conversation ADD COLUMN newest_item INTEGER",
  ]

  /// Fills the tables of a store that was made before there were any.
  ///
  /// - Parameters:
  ///   - db: The catalog.
  ///   - layout: The store.
  /// - Throws: `StoreError` when a partition cannot be read, or names what the catalog lacks.
  static func fill(_ db: Database, layout: StoreLayout) throws {
    try db.execute(
      sql: """
        INSERT INTO conversation_account SELECT key, account FROM conversation
        WHERE account IS NOT NULL
        """)
    try db.execute(
      sql: """
        INSERT INTO conversation_project SELECT key, project FROM conversation
        WHERE project IS NOT NULL
        """)
    for partition in try PartitionRow.all(db) {
      let path = layout.partitions + "/" + PartitionFile.name(partition.number)
      let connection = try PartitionFile.openForReading(path)
      try fillOwners(db, from: connection, mark: partition.mark)
      try fillNewestItems(db, from: connection, mark: partition.mark)
    }
  }

  /// What earlier versions of a conversation named.
  private static func fillOwners(
    _ db: Database, from connection: DirectConnection, mark: PartitionMark
  ) throws {
    let records = try connection.prepare(
      """
      SELECT DISTINCT c.route, c.native_id, a.text, p.text FROM record r
        JOIN conversation c ON c.key = r.conversation
        LEFT JOIN term a ON a.key = r.account LEFT JOIN term p ON p.key = r.project
      WHERE r.row <= ? AND (r.account IS NOT NULL OR r.project IS NOT NULL)
      """)
    try records.bind(mark.record, at: 1)
    while try records.step() {
      let route = records.text(0)
      let id = ObjectID.conversation(route: route, nativeID: records.text(1)).text
      try db.cachedStatement(
        sql: """
          INSERT OR IGNORE INTO conversation_account
          SELECT c.key, a.key FROM conversation c, account a
          WHERE c.id = ? AND a.route = ? AND a.native_id = ?
          """
      ).execute(arguments: [id, route, records.text(2)])
      try db.cachedStatement(
        sql: """
          INSERT OR IGNORE INTO conversation_project
          SELECT c.key, p.key FROM conversation c, project p
          WHERE c.id = ? AND p.route = ? AND p.native_id = ?
          """
      ).execute(arguments: [id, route, records.text(3)])
    }
  }

  private static func fillNewestItems(
    _ db: Database, from connection: DirectConnection, mark: PartitionMark
  ) throws {
    let items = try connection.prepare(
      """
      SELECT c.route, c.native_id, max(i.time) FROM item i
        JOIN conversation c ON c.key = i.conversation
      WHERE i.row <= ? AND i.time IS NOT NULL GROUP BY i.conversation
      """)
    try items.bind(mark.row, at: 1)
    while try items.step() {
      let id = ObjectID.conversation(route: items.text(0), nativeID: items.text(1)).text
      try db.cachedStatement(
        sql: "UPDATE conversation SET newest_item = ? WHERE id = ?"
      ).execute(arguments: [items.integer(2), id])
    }
  }
}
