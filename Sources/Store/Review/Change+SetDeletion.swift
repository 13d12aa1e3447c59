// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

extension Change {
  /// Deletes a review set in which nothing was ever done but naming tags and filters.
  ///
  /// What was loaded, coded, sampled or exported stays on record. The caller holds the set's job lock.
  ///
  /// - Throws: `StoreError` with `.denied` where there is such a record, or in a closed case.
  package func deleteReviewSet(_ set: ReviewSet, reason: String = "") throws {
    let set = try requireOpen(set)
    try forgetUnfinishedLoads(of: set)
    let used = try Self.records.filter { table, _ -> Bool in
      try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM \(table) WHERE review_set = ?)",
        arguments: [set.key]) ?? false
    }
    guard used.isEmpty else {
      throw StoreError(
        .denied,
        "the review set \(set.name) has \(used.map(\.noun).joined(separator: ", ")) on record and "
          + "cannot be deleted; close its case when it is done", objects: [set.id.text])
    }
    let tags = try catalog.tags(of: set)
    let filters = try catalog.filters(of: set)
    for sql in [
      "DELETE FROM tag WHERE review_set = ?", "DELETE FROM tag_group WHERE review_set = ?",
      "DELETE FROM review_filter WHERE review_set = ?",
      "DELETE FROM review_content WHERE review_set = ?",
      "DELETE FROM review_analysis WHERE review_set = ?", "DELETE FROM review_set WHERE key = ?",
    ] {
      try db.execute(sql: sql, arguments: [set.key])
    }
    try record(
      AuditEvent(
        "review.delete", of: set.id,
        before: [
          "case": .string(set.matter.id.text), "name": .string(set.name),
          "tags": JSONValue(tags.map(\.name)), "filters": JSONValue(filters.map(\.name)),
        ], reason: reason))
  }

  /// The set as it is, in an open case: one that was deleted since it was named may have left its key to
  /// another one.
  ///
  /// - Throws: `StoreError` with `.notFound`, or `.denied` where the case is closed.
  func requireOpen(_ set: ReviewSet) throws -> ReviewSet {
    let set = try catalog.reviewSet("id:" + set.id.text)
    try requireOpen(set.matter)
    return set
  }

  /// What keeps a set, by its table.
  private static let records: [(table: String, noun: String)] = [
    ("review_load", "loads"), ("coding", "codings"), ("review_sample", "samples"),
    ("export", "exports"), ("control_number", "control numbers"),
  ]
}
