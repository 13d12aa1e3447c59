// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

/// The table `item_reread` of a partition: items of which a later reading gave something else than an
/// earlier one had, so that what a hold's query selected before cannot be told from what is stored.
///
/// A hold that is older than the last change goes on holding such an item (holds-and-retention
/// sections 2.1 and 2.2). Which holds those are is told by the newest wording of any hold on record
/// when the change could be seen, and not by a clock, which may have been set meanwhile. That is known
/// only after the change is committed, since a hold may be set while it is made; until then the row has
/// NULL, for any hold.
enum RereadRows {
  /// Stands for a wording that is not known: later than any.
  static let unsettled = Int64.max

  /// Notes that what was derived from a row has changed; in the transaction that changes it.
  static func note(_ row: Int64, in connection: DirectConnection) throws {
    let statement = try connection.cached(
      """
      INSERT INTO item_reread (row, wording) VALUES (?, NULL)
      ON CONFLICT (row) DO UPDATE SET wording = NULL
      """)
    try statement.bind(row, at: 1)
    try statement.run()
  }

  /// Puts in which wordings of holds were there before the changes so far, which are committed.
  ///
  /// Not reached after a crash: then later holds hold the items as well, until the next time.
  static func settle(_ connection: DirectConnection, in store: Store) throws {
    let wording = try store.read { try $0.newestHoldWording() }
    let statement = try connection.cached(
      "UPDATE item_reread SET wording = ? WHERE wording IS NULL")
    try statement.bind(wording, at: 1)
    try statement.run()
  }

  /// The newest wording of any hold when what was derived from a row last changed; nil where it never
  /// did.
  static func wording(ofRow row: Int64, in connection: DirectConnection) throws -> Int64? {
    let statement = try connection.cached("SELECT wording FROM item_reread WHERE row = ?")
    defer { statement.reset() }
    try statement.bind(row, at: 1)
    guard try statement.step() else { return nil }
    return statement.optionalInteger(0) ?? unsettled
  }
}

/// The items of one partition that were read anew with another result, by conversation.
struct RereadItems {
  private var items: [Int64: [(wording: Int64, time: Instant?)]] = [:]

  /// Reads them.
  ///
  /// - Parameter reader: The partition.
  /// - Throws: `StoreError` when it cannot be read.
  init(_ reader: PartitionReader) throws {
    let rows = try reader.connection.prepare(
      """
      SELECT i.conversation, i.time, r.wording FROM item_reread r JOIN item i ON i.row = r.row
      WHERE r.row <= ?
      """)
    try rows.bind(reader.mark.row, at: 1)
    while try rows.step() {
      items[rows.integer(0), default: []].append(
        (
          rows.optionalInteger(2) ?? RereadRows.unsettled,
          rows.optionalInteger(1).map(Instant.init(ticks:))
        ))
    }
  }

  /// Whether an item of a conversation, in an interval or without a time, was read anew with another
  /// result since a wording of a hold.
  func contains(_ conversation: Int64, since wording: Int64, in interval: TimeInterval) -> Bool {
    (items[conversation] ?? []).contains { item in
      item.wording >= wording && item.time.map(interval.contains) ?? true
    }
  }
}

extension Catalog {
  /// The row of the newest wording of any hold; 0: there is none.
  ///
  /// Rows of wordings are numbered upward and stay for good.
  func newestHoldWording() throws -> Int64 {
    try Int64.fetchOne(db, sql: "SELECT max(key) FROM hold_version") ?? 0
  }
}
