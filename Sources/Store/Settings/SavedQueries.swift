// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// A query that a person saved under a name.
///
/// Relative dates are resolved anew at each use.
package struct SavedQuery: Hashable, Sendable {
  package var id: ObjectID
  package var name: String
  package var query: String
  package var dialect: String
  package var scope: Scope
  package var interval: TimeInterval
  package var created: Instant
  package var account: String

  init(row: Row) throws {
    id = try row.objectID("id")
    name = row["name"]
    query = row["query"]
    dialect = row["dialect"]
    scope = try Scope(json: row["scope"])
    interval = row.interval
    created = row.instant("created")
    account = row["account"]
  }

  var json: JSONValue {
    [
      "name": .string(name), "query": .string(query), "dialect": .string(dialect),
      "scope": scope.json, "interval": interval.json,
    ]
  }
}

extension Catalog {
  /// All saved queries, by name.
  package func savedQueries() throws -> [SavedQuery] {
    try Row.fetchAll(db, sql: "SELECT * FROM saved_query ORDER BY name").map(SavedQuery.init)
  }

  /// The saved query that a written name or id means.
  package func savedQuery(_ written: String) throws -> SavedQuery {
    let key = try key(written, in: .savedQuery)
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT * FROM saved_query WHERE key = ?", arguments: [key])
    else { throw Catalog.notFound([written], noun: "saved query") }
    return try SavedQuery(row: row)
  }
}

extension Change {
  /// Saves a query under a new name.
  ///
  /// - Throws: `StoreError` with `.exists` when the name is taken.
  @discardableResult
  package func saveQuery(
    name: String, query: String, dialect: String, scope: Scope,
    interval: TimeInterval = TimeInterval()
  ) throws -> SavedQuery {
    try requireName(name, noun: "saved query")
    if let id = try String.fetchOne(
      db, sql: "SELECT id FROM saved_query WHERE name = ?", arguments: [name])
    {
      throw StoreError(.exists, "there is a saved query called \(name) already", objects: [id])
    }
    let id = ObjectID.random(.savedQuery)
    try db.execute(
      sql: """
        INSERT INTO saved_query (id, name, query, dialect, scope, since, before, created, account)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        id.text, name, query, dialect, scope.json.canonical, interval.since?.ticks,
        interval.before?.ticks, now.ticks, actor.displayName,
      ])
    let saved = try catalog.savedQuery("id:" + id.text)
    try record(AuditEvent("query.create", of: id, after: saved.json))
    return saved
  }

  /// Deletes a saved query; searches that used it keep its text.
  package func deleteSavedQuery(_ saved: SavedQuery, reason: String = "") throws {
    try db.execute(sql: "DELETE FROM saved_query WHERE id = ?", arguments: [saved.id.text])
    guard db.changesCount > 0 else { return }
    try record(AuditEvent("query.delete", of: saved.id, before: saved.json, reason: reason))
  }
}
