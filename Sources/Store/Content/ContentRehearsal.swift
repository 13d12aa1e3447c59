// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import GRDB
package import Model

/// Takes what a capture holds: to store it, or to tell what storing it would do.
package protocol ContentReceiver: AnyObject {
  /// Takes a unit.
  func add(_ unit: CapturedUnit) throws

  /// Ends the capture, and gives the counts of all that was taken.
  func finish() throws -> IngestCounts
}

extension ContentWriter: ContentReceiver {}

/// Counts what a ``ContentWriter`` would make of the same units, and stores nothing.
///
/// What was stored before is read from the partitions; what the capture itself brought so far is
/// kept as digests beside the copy of the catalog, since a conversation may come twice in one
/// capture.
package final class ContentRehearsal: ContentReceiver {
  private struct Account: Hashable {
    var route: String
    var nativeID: String
  }

  /// What this capture brought of a conversation so far.
  private struct Earlier {
    /// Digests of its versions, one after another.
    var versions = Data()
    /// Of each version of each item the digest of its identity and that of its bytes.
    var items = Data()
  }

  private struct Known {
    var partition: Int
    var digests: [[UInt8]]
    var isAttributed: Bool
  }

  private let rehearsal: Rehearsal
  private let actor: AuditActor
  private let partitionsPath: String
  private let marks: [Int: PartitionMark]
  private var connections: [Int: DirectConnection] = [:]
  private var accounts: Set<Account> = []
  private var counts = IngestCounts()

  /// Prepares to count.
  ///
  /// - Parameters:
  ///   - store: Opened for reading or writing.
  ///   - rehearsal: A copy of its catalog.
  ///   - actor: Who asks.
  /// - Throws: `StoreError` when the copy cannot be read or grow.
  package init(store: Store, rehearsal: Rehearsal, as actor: AuditActor) throws {
    self.rehearsal = rehearsal
    self.actor = actor
    partitionsPath = store.layout.partitions
    marks = try rehearsal.read { catalog in
      Dictionary(
        uniqueKeysWithValues: try PartitionRow.all(catalog.db).map { ($0.number, $0.mark) })
    }
    try rehearsal.change(as: actor) { change in
      try change.db.execute(
        sql: """
          CREATE TEMP TABLE rehearsed_conversation (
            id TEXT NOT NULL UNIQUE, versions BLOB NOT NULL, items BLOB NOT NULL) STRICT
          """)
    }
  }

  package func add(_ unit: CapturedUnit) throws {
    try rehearsal.change(as: actor) { change in try add(unit, change.db) }
  }

  package func finish() throws -> IngestCounts {
    // An account belongs to a person as soon as there is content of it.
    try rehearsal.change(as: actor) { change in
      for account in accounts {
        _ = try change.accountKey(route: account.route, nativeID: account.nativeID)
      }
    }
    return counts
  }

  private func add(_ unit: CapturedUnit, _ db: Database) throws {
    let id = ObjectID.conversation(route: unit.route, nativeID: unit.nativeID)
    let digest = SHA256Digest(of: unit.native.span).bytes
    let known = try find(id, db)
    let found = try recall(id, db)
    var earlier = found ?? Earlier()
    let isHeld = known?.digests.contains(digest) ?? false
    let tellsOwner = unit.accountIsAssigned && !(known?.isAttributed ?? true)
    if isHeld && !tellsOwner || contains(earlier.versions, digest) {
      counts.noteDuplicate(recordCount: unit.recordCount)
      return
    }
    counts.conversations += 1
    let isKnown = known != nil || found != nil
    if !isKnown {
      counts.newConversations += 1
      if try Catalog(db: db, now: Instant(ticks: 0)).isPurged(id) { counts.recaptured += 1 }
    }
    counts.byteCount += unit.native.count
    var histories = try known.map { try storedItems(of: unit, in: $0.partition) } ?? [:]
    append(earlier.items, to: &histories)
    counts.hasNews = false
    for (position, item) in unit.items.enumerated() {
      let identity = Self.key(item.nativeID ?? String(position))
      let native = unit.native[item.nativeRange]
      let itemDigest = SHA256Digest(of: native.span).bytes
      let outcome = histories[identity]?.take(itemDigest)
      if outcome == nil { histories[identity] = ItemHistory(itemDigest) }
      counts.note(outcome, of: item)
      if case .same? = outcome { continue }
      earlier.items.append(contentsOf: identity + itemDigest)
    }
    if unit.items.isEmpty, unit.recordCount == 1 {
      var single = IngestCounts()
      single.noteUnitWithoutItems(isKnown: isKnown)
      counts += single
    }
    earlier.versions.append(contentsOf: digest)
    try remember(earlier, of: id, db)
    if let account = unit.accountID, account != "" {
      accounts.insert(Account(route: unit.route, nativeID: account))
    }
  }

  // MARK: - What the store holds

  private func find(_ id: ObjectID, _ db: Database) throws -> Known? {
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT c.partition, v.digest, a.custodian IS NOT NULL FROM conversation c
          JOIN conversation_version v ON v.conversation = c.key
          LEFT JOIN account a ON a.key = c.account WHERE c.id = ?
          """), arguments: [id.text])
    var known: Known?
    while let row = try rows.next() {
      if known == nil { known = Known(partition: row[0], digests: [], isAttributed: row[2]) }
      known?.digests.append([UInt8](row[1] as Data))
    }
    return known
  }

  private func storedItems(
    of unit: CapturedUnit, in number: Int
  ) throws -> [[UInt8]: ItemHistory] {
    let connection = try connection(number)
    let statement = try connection.cached(
      """
      SELECT i.native_id, i.position, i.version, i.digest FROM item i
      JOIN conversation c ON c.key = i.conversation
      WHERE c.route = ? AND c.native_id = ? AND i.row <= ? ORDER BY i.row
      """)
    defer { statement.reset() }
    try statement.bind(unit.route, at: 1)
    try statement.bind(unit.nativeID, at: 2)
    try statement.bind(marks[number]?.row ?? 0, at: 3)
    var histories: [[UInt8]: ItemHistory] = [:]
    while try statement.step() {
      let identity = Self.key(statement.optionalText(0) ?? String(statement.integer(1)))
      histories[identity, default: ItemHistory()].note(
        version: Int(statement.integer(2)), statement.bytes(3))
    }
    return histories
  }

  private func connection(_ number: Int) throws -> DirectConnection {
    if let open = connections[number] { return open }
    let connection = try PartitionFile.openForReading(
      partitionsPath + "/" + PartitionFile.name(number))
    connections[number] = connection
    return connection
  }

  // MARK: - What the capture brought

  private static func key(_ identity: String) -> [UInt8] {
    SHA256Digest(of: Array(identity.utf8).span).bytes
  }

  private func recall(_ id: ObjectID, _ db: Database) throws -> Earlier? {
    try Row.fetchOne(
      db.cachedStatement(
        sql: "SELECT versions, items FROM rehearsed_conversation WHERE id = ?"),
      arguments: [id.text]
    ).map { Earlier(versions: $0[0], items: $0[1]) }
  }

  private func remember(_ earlier: Earlier, of id: ObjectID, _ db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO rehearsed_conversation (id, versions, items) VALUES (?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET versions = excluded.versions, items = excluded.items
        """
    ).execute(arguments: [id.text, earlier.versions, earlier.items])
  }

  private func contains(_ versions: Data, _ digest: [UInt8]) -> Bool {
    let bytes = [UInt8](versions)
    return stride(from: 0, to: bytes.count, by: digest.count).contains { start in
      bytes[start..<(start + digest.count)].elementsEqual(digest)
    }
  }

  private func append(_ items: Data, to histories: inout [[UInt8]: ItemHistory]) {
    let bytes = [UInt8](items)
    for start in stride(from: 0, to: bytes.count, by: 64) {
      let identity = Array(bytes[start..<(start + 32)])
      let digest = Array(bytes[(start + 32)..<(start + 64)])
      _ = histories[identity, default: ItemHistory()].take(digest)
    }
  }
}
