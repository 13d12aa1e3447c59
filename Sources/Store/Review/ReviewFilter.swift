// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// A query that reviewers of a set use again under a name.
///
/// Relative dates are resolved anew at each use.
package struct ReviewFilter: Hashable, Sendable {
  package var id: ObjectID
  package var name: String
  package var query: String
  package var dialect: String
  /// The zone in which its days begin.
  package var zone: String
  package var created: Instant
  package var account: String

  init(row: Row) throws {
    id = try row.objectID("id")
    name = row["name"]
    query = row["query"]
    dialect = row["dialect"]
    zone = row["zone"]
    created = row.instant("created")
    account = row["account"]
  }

  var json: JSONValue {
    [
      "filter": .string(id.text), "name": .string(name), "query": .string(query),
      "dialect": .string(dialect), "zone": .string(zone),
    ]
  }
}

extension Catalog {
  /// The filters of a set, by name.
  package func filters(of set: ReviewSet) throws -> [ReviewFilter] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM review_filter WHERE review_set = ? ORDER BY name",
      arguments: [set.key]
    ).map(ReviewFilter.init)
  }

  /// The filter that a written name or id means in a set.
  package func filter(_ written: String, of set: ReviewSet) throws -> ReviewFilter {
    let key = try key(written, in: .filter, of: set.key)
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT * FROM review_filter WHERE key = ? AND review_set = ?",
        arguments: [key, set.key])
    else { throw Catalog.notFound([written], noun: "filter") }
    return try ReviewFilter(row: row)
  }
}

extension Change {
  /// Keeps a query for a set.
  ///
  /// - Throws: `StoreError` with `.exists` when the name is taken.
  @discardableResult
  package func createFilter(
    name: String, in set: ReviewSet, query: String, dialect: String, zone: String
  ) throws -> ReviewFilter {
    let set = try requireOpen(set)
    try requireName(name, noun: "filter")
    if let id = try String.fetchOne(
      db, sql: "SELECT id FROM review_filter WHERE review_set = ? AND name = ?",
      arguments: [set.key, name])
    {
      throw StoreError(
        .exists, "the review set \(set.name) has a filter called \(name) already", objects: [id])
    }
    let id = ObjectID.random(.filter)
    try db.execute(
      sql: """
        INSERT INTO review_filter (id, review_set, name, query, dialect, zone, created, account)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        id.text, set.key, name, query, dialect, zone, now.ticks, actor.displayName,
      ])
    let filter = try catalog.filter("id:" + id.text, of: set)
    try record(AuditEvent("review.filter.create", of: set.id, after: filter.json))
    return filter
  }

  /// Deletes a filter; codings that it was used for keep its text.
  ///
  /// - Throws: `StoreError` with `.notFound` when it was deleted meanwhile, `.denied` in a closed case.
  package func deleteFilter(
    _ filter: ReviewFilter, of set: ReviewSet, reason: String = ""
  ) throws {
    let set = try requireOpen(set)
    let filter = try catalog.filter("id:" + filter.id.text, of: set)
    try db.execute(sql: "DELETE FROM review_filter WHERE id = ?", arguments: [filter.id.text])
    try record(
      AuditEvent("review.filter.delete", of: set.id, before: filter.json, reason: reason))
  }
}
