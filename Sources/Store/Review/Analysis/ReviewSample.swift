// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
package import Model

/// A sample of the items of a set, drawn by a seed from a hashed list of ids.
package struct ReviewSample: Hashable, Sendable {
  package var id: ObjectID
  var key: Int64
  package var name: String
  /// What it was drawn from, JSON.
  package var query: String
  package var seed: String
  package var algorithm: String
  package var population: Int
  package var populationDigest: SHA256Digest
  package var size: Int
  package var created: Instant
  package var account: String

  init(row: Row) throws {
    id = try row.objectID("id")
    key = row["key"]
    name = row["name"]
    query = row["query"]
    seed = row["seed"]
    algorithm = row["algorithm"]
    population = row["population"]
    guard let digest = SHA256Digest(bytes: [UInt8](row["population_sha256"] as Data)) else {
      throw StoreError(.damaged, "the catalog holds a sample without a digest")
    }
    populationDigest = digest
    size = row["size"]
    created = row.instant("created")
    account = row["account"]
  }

  var json: JSONValue {
    [
      "sample": .string(id.text), "name": .string(name), "of": .string(query),
      "seed": .string(seed), "algorithm": .string(algorithm), "population": JSONValue(population),
      "population_sha256": .string(populationDigest.hexadecimal), "size": JSONValue(size),
    ]
  }
}

extension Catalog {
  /// The samples of a set, the oldest first.
  package func samples(of set: ReviewSet) throws -> [ReviewSample] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM review_sample WHERE review_set = ? ORDER BY key",
      arguments: [set.key]
    ).map(ReviewSample.init)
  }

  /// The sample that a written name or id means in a set.
  package func sample(_ written: String, of set: ReviewSet) throws -> ReviewSample {
    let key = try key(written, in: .sample, of: set.key)
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT * FROM review_sample WHERE key = ? AND review_set = ?",
        arguments: [key, set.key])
    else { throw Catalog.notFound([written], noun: "sample") }
    return try ReviewSample(row: row)
  }

  /// The ids of the items of a sample in the order in which they were drawn.
  package func items(of sample: ReviewSample) throws -> [String] {
    try String.fetchAll(
      db, sql: "SELECT item FROM review_sample_item WHERE sample = ? ORDER BY rank",
      arguments: [sample.key])
  }

  /// Whether an item of a set bears a tag that it got by a moment, that one included; what was taken back
  /// and given again has the time of the later act.
  ///
  /// - Parameters:
  ///   - item: The item.
  ///   - set: The set.
  ///   - tag: The tag.
  ///   - moment: Nil for whenever it got it.
  /// - Returns: Whether it bears it.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func bears(
    _ item: ReviewItem, of set: ReviewSet, _ tag: ReviewTag, by moment: Instant?
  ) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT coding.created <= ?5 FROM item_tag JOIN coding ON coding.key = item_tag.coding
          WHERE item_tag.review_set = ?1 AND conversation = ?2 AND item = ?3 AND tag = ?4
          """),
      arguments: [set.key, item.conversation, item.item, tag.key, moment?.ticks ?? .max]) ?? false
  }
}

extension Change {
  /// Puts a sample on record.
  ///
  /// - Parameters:
  ///   - name: Unique in the set.
  ///   - set: The set, of an open case.
  ///   - query: What it was drawn from, JSON.
  ///   - seed: Of the draw.
  ///   - algorithm: Of the draw.
  ///   - population: How many items it was drawn from.
  ///   - populationDigest: Of their ids.
  ///   - items: Those drawn, in order.
  /// - Returns: The sample.
  /// - Throws: `StoreError` with `.exists` when the name is taken.
  @discardableResult
  package func createSample(
    name: String, of set: ReviewSet, query: String, seed: String, algorithm: String,
    population: Int, populationDigest: SHA256Digest, items: [String]
  ) throws -> ReviewSample {
    let set = try requireOpen(set)
    try requireName(name, noun: "sample")
    if let id = try String.fetchOne(
      db, sql: "SELECT id FROM review_sample WHERE review_set = ? AND name = ?",
      arguments: [set.key, name])
    {
      throw StoreError(
        .exists, "the review set \(set.name) has a sample called \(name) already", objects: [id])
    }
    let id = ObjectID.random(.sample)
    try db.execute(
      sql: """
        INSERT INTO review_sample (id, review_set, name, query, seed, algorithm, population,
          population_sha256, size, created, account)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        id.text, set.key, name, query, seed, algorithm, population, Data(populationDigest.bytes),
        items.count, now.ticks, actor.displayName,
      ])
    let key = db.lastInsertedRowID
    let insert = try db.cachedStatement(
      sql: "INSERT INTO review_sample_item (sample, rank, item) VALUES (?, ?, ?)")
    for (rank, item) in items.enumerated() { try insert.execute(arguments: [key, rank + 1, item]) }
    let sample = try catalog.sample("id:" + id.text, of: set)
    try record(AuditEvent("review.sample", of: set.id, after: sample.json))
    return sample
  }
}
