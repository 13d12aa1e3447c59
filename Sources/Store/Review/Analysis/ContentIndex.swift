// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
package import Model

/// What an analysis found of a conversation of a set.
package struct ContentFinding: Hashable, Sendable {
  package var conversation: Int64
  package var digest: SHA256Digest
  package var eventCount: Int
  /// The first conversation with the same content, over all custodians and of the same one; itself
  /// where there is no other.
  package var master: Int64
  package var custodianMaster: Int64
  /// The longest conversation of the same custodian whose events hold all of this one's in one run;
  /// nil where there is none.
  package var includedIn: Int64?
}

/// Finds equal conversations and those that lie whole in a longer one.
///
/// Works in a database without a name, in memory while it is small, so that any number of
/// conversations can be compared.
package final class ContentIndex {
  private let queue: DatabaseQueue
  private var pending: [Entry] = []

  private struct Entry {
    var conversation: Int64
    var id: String
    var custodian: String
    var captured: Int64
    var digest: SHA256Digest
    var events: [SHA256Digest]
  }

  package init() throws {
    queue = try StoreError.wrapping("the comparison") {
      let queue = try DatabaseQueue(path: "")
      try queue.write { db in
        try db.execute(
          sql: """
            CREATE TABLE entry (conversation INTEGER PRIMARY KEY, id TEXT, custodian TEXT,
              captured INTEGER, digest BLOB, event_count INTEGER, place INTEGER);
            CREATE TABLE event (conversation INTEGER, position INTEGER, hash BLOB,
              PRIMARY KEY (conversation, position)) WITHOUT ROWID;
            """)
      }
      return queue
    }
  }

  /// Adds a conversation.
  ///
  /// - Parameters:
  ///   - conversation: Its row.
  ///   - id: Its id, which decides between equals.
  ///   - custodian: Whose it is; conversations are contained in those of the same one alone.
  ///   - captured: When it was captured first; the first one stands for its duplicates.
  ///   - digest: Of its content.
  ///   - events: The digests of its events in reading order.
  /// - Throws: `StoreError` when there is no room.
  package func add(
    _ conversation: Int64, id: ObjectID, custodian: String, captured: Instant?,
    digest: SHA256Digest, events: [SHA256Digest]
  ) throws {
    pending.append(
      Entry(
        conversation: conversation, id: id.text, custodian: custodian,
        captured: captured?.ticks ?? .max, digest: digest, events: events))
    if pending.count >= 1000 { try flush() }
  }

  private func flush() throws {
    try StoreError.wrapping("the comparison") {
      try queue.write { db in
        let entry = try db.cachedStatement(
          sql: "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, NULL)")
        let event = try db.cachedStatement(sql: "INSERT INTO event VALUES (?, ?, ?)")
        for item in pending {
          try entry.execute(arguments: [
            item.conversation, item.id, item.custodian, item.captured, Data(item.digest.bytes),
            item.events.count,
          ])
          for (position, hash) in item.events.enumerated() {
            try event.execute(arguments: [item.conversation, position, Data(hash.bytes)])
          }
        }
      }
    }
    pending.removeAll(keepingCapacity: true)
  }

  /// Compares all and calls a body with each finding, by digest, then order of capture.
  ///
  /// - Throws: `StoreError` when there is no room; what the body throws.
  package func forEachFinding(_ body: (ContentFinding) throws -> Void) throws {
    try flush()
    try StoreError.wrapping("the comparison") {
      try queue.write { db in
        // Longer ones come first among those of a custodian.
        try db.execute(
          sql: """
            UPDATE entry SET place = ranked.place FROM (
              SELECT conversation AS key, row_number() OVER (ORDER BY event_count DESC, id) AS place
              FROM entry) AS ranked WHERE ranked.key = entry.conversation;
            CREATE TABLE spot AS SELECT e.hash, c.custodian, c.place, e.position, e.conversation
              FROM event e JOIN entry c ON c.conversation = e.conversation;
            CREATE INDEX spot_by_hash ON spot (hash, custodian, place);
            CREATE TABLE tally AS SELECT hash, custodian, count(*) AS count FROM spot
              GROUP BY hash, custodian;
            CREATE INDEX tally_by_hash ON tally (hash, custodian);
            """)
        let rows = try Row.fetchCursor(
          db,
          sql: """
            SELECT conversation, custodian, digest, event_count, place FROM entry
            ORDER BY digest, captured, id
            """)
        var last: (digest: Data, master: Int64, byCustodian: [String: Int64])?
        while let row = try rows.next() {
          let key: Int64 = row[0]
          let custodian: String = row[1]
          let digest: Data = row[2]
          if last?.digest != digest { last = (digest, key, [:]) }
          let custodianMaster = last?.byCustodian[custodian] ?? key
          last?.byCustodian[custodian] = custodianMaster
          guard let hash = SHA256Digest(bytes: [UInt8](digest)) else { continue }
          try body(
            ContentFinding(
              conversation: key, digest: hash, eventCount: row[3], master: last?.master ?? key,
              custodianMaster: custodianMaster,
              includedIn: try container(of: key, custodian, count: row[3], place: row[4], db)))
        }
      }
    }
  }

  /// The longest other conversation in which the events of this one stand in one run.
  private func container(
    of key: Int64, _ custodian: String, count: Int, place: Int, _ db: Database
  ) throws -> Int64? {
    guard count > 0 else { return nil }
    // The rarest event has the fewest places to look at.
    let rarest = try db.cachedStatement(
      sql: """
        SELECT e.position, e.hash FROM event e
          JOIN tally t ON t.hash = e.hash AND t.custodian = ?2
        WHERE e.conversation = ?1 ORDER BY t.count, e.position LIMIT 1
        """)
    guard let anchor = try Row.fetchOne(rarest, arguments: [key, custodian]) else { return nil }
    let position: Int = anchor[0]
    let own = try db.cachedStatement(
      sql: "SELECT hash FROM event WHERE conversation = ? ORDER BY position")
    let events = try Data.fetchAll(own, arguments: [key])
    let spots = try Row.fetchCursor(
      db,
      sql: """
        SELECT spot.conversation, spot.position, entry.event_count FROM spot
          JOIN entry ON entry.conversation = spot.conversation
        WHERE spot.hash = ? AND spot.custodian = ? AND spot.place < ?
        ORDER BY spot.place, spot.position
        """, arguments: [anchor[1] as Data, custodian, place])
    let run = try db.makeStatement(
      sql: """
        SELECT hash FROM event WHERE conversation = ? AND position BETWEEN ? AND ?
        ORDER BY position
        """)
    while let spot = try spots.next() {
      let start = (spot[1] as Int) - position
      let length: Int = spot[2]
      guard length > count else { return nil }
      guard start >= 0, start + count <= length else { continue }
      let found = try Data.fetchCursor(
        run, arguments: [spot[0] as Int64, start, start + count - 1])
      var index = 0
      while let hash = try found.next(), hash == events[index] { index += 1 }
      if index == count { return spot[0] }
    }
    return nil
  }
}
