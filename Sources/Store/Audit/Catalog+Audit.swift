// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// Which events a list shows; nil shows all.
package struct AuditFilter: Sendable {
  /// The whole action, or its noun: `hold` shows `hold.create` and `hold.release`.
  package var action: String?
  /// An object's id.
  package var object: String?
  /// The account, or under sudo the calling one.
  package var account: String?
  package var interval: TimeInterval
  /// Ids of which an event must name one, as its object or in what it tells of before and after.
  package var named: [ObjectID]?

  package init(
    action: String? = nil, object: String? = nil, account: String? = nil,
    interval: TimeInterval = TimeInterval(), named: [ObjectID]? = nil
  ) {
    self.named = named
    self.action = action
    self.object = object
    self.account = account
    self.interval = interval
  }

  fileprivate static let condition = """
     WHERE (?1 IS NULL OR action = ?1 OR action LIKE ?1 || '.%') AND (?2 IS NULL OR object = ?2)
      AND (?3 IS NULL OR account = ?3 OR calling_account = ?3)
      AND (?4 IS NULL OR time >= ?4) AND (?5 IS NULL OR time < ?5)
      AND (?6 IS NULL OR EXISTS (SELECT 1 FROM json_each(?6) AS id WHERE object = id.value
        OR instr(before, '"' || id.value || '"') OR instr(after, '"' || id.value || '"')))
    """

  fileprivate var arguments: StatementArguments {
    [
      action, object, account, interval.since?.ticks, interval.before?.ticks,
      named.map { JSONValue($0.map(\.text)).canonical },
    ]
  }
}

extension Catalog {
  /// Goes over the events that a filter lets through, in order.
  package func forEachEvent(
    _ filter: AuditFilter = AuditFilter(), _ body: (EventRecord) throws -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: "SELECT \(EventRecord.columns) FROM event" + AuditFilter.condition + " ORDER BY seq",
      arguments: filter.arguments)
    while let row = try rows.next() { try body(EventRecord(row: row)) }
  }

  /// The newest events that a filter lets through, newest first.
  ///
  /// - Parameters:
  ///   - filter: Which events.
  ///   - limit: At most so many; nil for all.
  /// - Returns: The events.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func events(
    _ filter: AuditFilter = AuditFilter(), limit: Int? = nil
  ) throws -> [EventRecord] {
    try Row.fetchAll(
      db,
      sql: "SELECT \(EventRecord.columns) FROM event" + AuditFilter.condition
        + " ORDER BY seq DESC LIMIT ?7", arguments: filter.arguments + [limit ?? -1]
    ).map(EventRecord.init)
  }

  /// How many events a filter lets through.
  package func eventCount(_ filter: AuditFilter = AuditFilter()) throws -> Int {
    try Int.fetchOne(
      db, sql: "SELECT count(*) FROM event" + AuditFilter.condition, arguments: filter.arguments)
      ?? 0
  }

  /// One event by its number.
  package func event(_ seq: Int64) throws -> EventRecord {
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT \(EventRecord.columns) FROM event WHERE seq = ?", arguments: [seq])
    else { throw Catalog.notFound([String(seq)], noun: "audit event") }
    return EventRecord(row: row)
  }

  /// Writes the custody log: a line of canonical JSON an event, each with its line feed
  /// (export-formats section 10.1).
  ///
  /// - Parameters:
  ///   - filter: Which events.
  ///   - write: Gets one line after the other.
  /// - Throws: `StoreError` when the catalog cannot be read, or what the closure throws.
  package func exportAudit(
    _ filter: AuditFilter = AuditFilter(), _ write: (String) throws -> Void
  ) throws {
    try forEachEvent(filter) { event in try write(event.line + "\n") }
  }

  /// The ids by which events tell of a record: its own, that of the conversation that an item belongs
  /// to, and those of the runs that captured it.
  ///
  /// - Parameters:
  ///   - record: The record; it may have been removed since.
  ///   - conversation: The conversation of an item; nil for any other record.
  /// - Returns: The ids without repeats, that of the record first.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func auditNames(
    of record: ObjectID, in conversation: ObjectID? = nil
  ) throws -> [ObjectID] {
    let named = [record, conversation].compactMap(\.self)
    let runs = try String.fetchAll(
      db,
      sql: """
        SELECT DISTINCT run.id FROM conversation
          JOIN conversation_version ON conversation_version.conversation = conversation.key
          JOIN run ON run.key = conversation_version.run
        WHERE conversation.id IN (SELECT value FROM json_each(?)) ORDER BY run.key
        """, arguments: [JSONValue(named.map(\.text)).canonical])
    return named + runs.compactMap { ObjectID($0) }.filter { !named.contains($0) }
  }
}
