// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
package import Model

/// When a set was compared within itself, and in which state.
package struct ReviewAnalysis: Hashable, Sendable {
  /// Digest of the frozen list that was looked at.
  package var selection: SHA256Digest
  /// Whose its conversations were: see ``Catalog/ownersDigest(of:)``.
  package var owners: SHA256Digest
  package var conversations: Int
  package var created: Instant
  package var account: String
}

/// A conversation that has copies in its set, or lies in a longer one.
package struct DuplicateRecord: Hashable, Sendable {
  package var conversation: ObjectID
  package var key: Int64
  package var nativeID: String
  package var digest: SHA256Digest
  package var eventCount: Int
  /// The one that stands for it, over all custodians and for its own; itself where it does.
  package var master: ObjectID?
  package var masterKey: Int64
  package var custodianMaster: ObjectID?
  package var custodianMasterKey: Int64
  /// The one that contains it.
  package var includedIn: ObjectID?
  /// How many conversations of the set have its content, itself included.
  package var copies: Int
}

extension Catalog {
  /// The last analysis of a set; nil when there was none.
  package func analysis(of set: ReviewSet) throws -> ReviewAnalysis? {
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT * FROM review_analysis WHERE review_set = ?", arguments: [set.key])
    else { return nil }
    guard let digest = SHA256Digest(bytes: [UInt8](row["selection_sha256"] as Data)),
      let owners = SHA256Digest(bytes: [UInt8](row["owners_sha256"] as Data))
    else {
      throw StoreError(.damaged, "the catalog holds an analysis without a digest")
    }
    return ReviewAnalysis(
      selection: digest, owners: owners, conversations: row["conversation_count"],
      created: row.instant("created"), account: row["account"])
  }

  /// The digest of who owns some conversations: the custodian of each, or the account where the
  /// directory does not know it.
  package func ownersDigest(of conversations: [Int64]) throws -> SHA256Digest {
    var hasher = SHA256Hasher()
    var rest = conversations.sorted()[...]
    while !rest.isEmpty {
      let some = rest.prefix(500)
      rest = rest.dropFirst(500)
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT c.id, coalesce(p.id, c.route || ':' || coalesce(a.native_id, ''))
          FROM conversation c LEFT JOIN account a ON a.key = c.account
            LEFT JOIN custodian p ON p.key = a.custodian
          WHERE c.key IN (\(list(Array(some)))) ORDER BY c.key
          """)
      while let row = try rows.next() {
        hasher.update(((row[0] as String) + " " + (row[1] as String) + "\n").utf8.span)
      }
    }
    return hasher.finish()
  }

  /// The conversations of a set that an analysis found equal to others or contained in another, by
  /// content, the first captured first.
  package func forEachDuplicate(
    of set: ReviewSet, _ body: (DuplicateRecord) throws -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT r.*, c.id, c.native_id, m.id AS master_id, cm.id AS custodian_master_id,
          i.id AS included_id, n.count AS copy_count
        FROM review_content r JOIN conversation c ON c.key = r.conversation
          LEFT JOIN conversation m ON m.key = r.master
          LEFT JOIN conversation cm ON cm.key = r.custodian_master
          LEFT JOIN conversation i ON i.key = r.included_in
          JOIN (SELECT digest, count(*) AS count FROM review_content WHERE review_set = ?1
            GROUP BY digest) n ON n.digest = r.digest
        WHERE r.review_set = ?1 AND (n.count > 1 OR r.included_in IS NOT NULL)
        ORDER BY r.digest, r.conversation <> r.master, c.id
        """, arguments: [set.key])
    while let row = try rows.next() {
      guard let digest = SHA256Digest(bytes: [UInt8](row["digest"] as Data)) else { continue }
      try body(
        DuplicateRecord(
          conversation: try row.objectID("id"), key: row["conversation"],
          nativeID: row["native_id"], digest: digest, eventCount: row["event_count"],
          master: (row["master_id"] as String?).flatMap { ObjectID($0) },
          masterKey: row["master"] ?? row["conversation"],
          custodianMaster: (row["custodian_master_id"] as String?).flatMap { ObjectID($0) },
          custodianMasterKey: row["custodian_master"] ?? row["conversation"],
          includedIn: (row["included_id"] as String?).flatMap { ObjectID($0) },
          copies: row["copy_count"]))
    }
  }

  /// How many conversations an analysis found: copies of others, copies of others of the same
  /// custodian, and contained ones.
  package func duplicateCounts(
    of set: ReviewSet
  ) throws -> (global: Int, custodial: Int, contained: Int) {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT coalesce(sum(master <> conversation), 0),
          coalesce(sum(custodian_master <> conversation), 0), count(included_in)
        FROM review_content WHERE review_set = ?
        """, arguments: [set.key])
    return (row?[0] ?? 0, row?[1] ?? 0, row?[2] ?? 0)
  }
}

extension Change {
  /// Forgets what an earlier analysis found, before a new one is written.
  package func startAnalysis(of set: ReviewSet) throws {
    try db.execute(
      sql: "DELETE FROM review_analysis WHERE review_set = ?", arguments: [set.key])
    try db.execute(sql: "DELETE FROM review_content WHERE review_set = ?", arguments: [set.key])
    try record(AuditEvent("review.analyze", of: set.id, after: ["state": "running"]))
  }

  /// Writes findings, a few thousand at a time.
  package func addFindings(_ findings: [ContentFinding], of set: ReviewSet) throws {
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO review_content (review_set, conversation, digest, event_count, master,
          custodian_master, included_in) VALUES (?, ?, ?, ?, ?, ?, ?)
        """)
    for finding in findings {
      try insert.execute(arguments: [
        set.key, finding.conversation, Data(finding.digest.bytes), finding.eventCount,
        finding.master, finding.custodianMaster, finding.includedIn,
      ])
    }
    try record(
      AuditEvent(
        "review.analyze", of: set.id,
        after: ["state": "running", "conversations": JSONValue(findings.count)]))
  }

  /// Ends an analysis.
  package func finishAnalysis(
    of set: ReviewSet, selection: SHA256Digest, owners: SHA256Digest
  ) throws {
    let counts = try catalog.duplicateCounts(of: set)
    try db.execute(
      sql: """
        INSERT INTO review_analysis (review_set, selection_sha256, owners_sha256,
          conversation_count, created, account)
        VALUES (?1, ?2, ?3, (SELECT count(*) FROM review_content WHERE review_set = ?1), ?4, ?5)
        """,
      arguments: [
        set.key, Data(selection.bytes), Data(owners.bytes), now.ticks, actor.displayName,
      ])
    try record(
      AuditEvent(
        "review.analyze", of: set.id,
        after: [
          "state": "complete", "selection_sha256": .string(selection.hexadecimal),
          "duplicates": JSONValue(counts.global), "within_custodian": JSONValue(counts.custodial),
          "contained": JSONValue(counts.contained),
        ]))
  }
}
