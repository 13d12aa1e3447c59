// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// The rows of one partition, numbered from 0 in the order of their entries, with the columns that
/// statistics count by.
final class RowTable {
  let reader: PartitionReader
  /// The entry of each row, ascending.
  private let entries: [Int64]
  /// Of rows that share their item with others: the item, and what decides which row stands for it.
  private var shared: [Int: (first: Int64, time: Int64, row: Int64)] = [:]
  private var sharedRows: RowSet
  /// By item that has several rows: the row that stands for it in sets of items.
  private var itemRows: [Int64: Int] = [:]

  /// By row; what was not loaded is 0.
  private(set) var conversations: [Int32] = []
  /// The number of the account's name; 0 where the source tells none.
  private(set) var accounts: [Int32] = []
  private(set) var byteCounts: [Int64] = []
  /// `Int64.max` where there is none.
  private(set) var times: [Int64] = []
  private(set) var models: [Int32] = []
  private(set) var sources: [Int32] = []
  /// Positions in `kindNames`.
  private(set) var kinds: [UInt8] = []
  private(set) var kindNames: [String] = []
  private(set) var lastConversation: Int32 = 0

  var count: Int { entries.count }

  init(_ reader: PartitionReader) throws {
    self.reader = reader
    var entries: [Int64] = []
    let statement = try reader.connection.cached(
      "SELECT entry FROM item WHERE row <= ? ORDER BY entry")
    defer { statement.reset() }
    try statement.bind(reader.mark.row, at: 1)
    while try statement.step() { entries.append(statement.integer(0)) }
    self.entries = entries
    sharedRows = RowSet(capacity: entries.count)
    if reader.hasLaterVersions { try findSharedRows() }
  }

  /// The rows that a plan finds.
  func rows(of plan: SearchPlan) throws -> RowSet {
    var rows = RowSet(capacity: entries.count)
    var position = 0
    try plan.forEachEntry { entry in
      if position >= entries.count || entries[position] > entry { position = 0 }
      position = index(of: entry, from: position)
      if position < entries.count, entries[position] == entry { rows.insert(position) }
    }
    return rows
  }

  /// The first row from a position on whose entry is not smaller.
  private func index(of entry: Int64, from start: Int) -> Int {
    var low = start
    var step = 1
    while low + step < entries.count, entries[low + step] < entry {
      low += step
      step *= 2
    }
    var high = min(low + step, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle] < entry { low = middle + 1 } else { high = middle }
    }
    return low
  }

  // MARK: - Items

  private func findSharedRows() throws {
    let statement = try reader.connection.cached(
      """
      SELECT entry, first, row, time FROM item WHERE row <= ?1 AND first IN (
        SELECT first FROM item WHERE first <> row AND row <= ?1) ORDER BY entry
      """)
    defer { statement.reset() }
    try statement.bind(reader.mark.row, at: 1)
    var position = 0
    while try statement.step() {
      position = index(of: statement.integer(0), from: position)
      let first = statement.integer(1)
      shared[position] = (
        first, statement.optionalInteger(3) ?? .max, statement.integer(2)
      )
      sharedRows.insert(position)
      if itemRows[first] == nil { itemRows[first] = position }
    }
  }

  /// The items that a set of rows stands for, each as one and the same row whichever of its rows
  /// matched: to compare sets.
  func items(_ rows: RowSet) -> RowSet {
    guard !shared.isEmpty else { return rows }
    return replacingShared(rows) { itemRows[$0] ?? $1 }
  }

  /// The items that a set of rows stands for, each as the first of its matching rows by time, which
  /// is the one that a search shows: to count what they hold.
  func shownRows(_ rows: RowSet) -> RowSet {
    guard !shared.isEmpty else { return rows }
    return replacingShared(rows) { $1 }
  }

  private func replacingShared(
    _ rows: RowSet, _ place: (_ item: Int64, _ shown: Int) -> Int
  ) -> RowSet {
    var matching = rows
    matching.formIntersection(sharedRows)
    var shown: [Int64: Int] = [:]
    matching.forEachRow { row in
      guard let here = shared[row] else { return }
      guard let known = shown[here.first], let there = shared[known],
        (there.time, there.row) < (here.time, here.row)
      else {
        shown[here.first] = row
        return
      }
    }
    var result = rows
    result.subtract(sharedRows)
    for (item, row) in shown { result.insert(place(item, row)) }
    return result
  }

  // MARK: - Columns

  /// Loads the columns of some rows.
  func load(_ wanted: RowSet) throws {
    conversations = Array(repeating: 0, count: count)
    accounts = conversations
    models = conversations
    sources = conversations
    byteCounts = Array(repeating: 0, count: count)
    times = byteCounts
    kinds = Array(repeating: 0, count: count)
    // A lookup costs about as much as ten rows of a scan.
    wanted.count < count / 10 ? try loadEach(wanted) : try loadAll()
  }

  private static let columns = """
    SELECT i.entry, i.conversation, i.account, i.byte_count, i.time, i.model, i.kind
    """

  private func loadAll() throws {
    let source = try onlySource
    let statement = try reader.connection.cached(
      source == nil
        ? Self.columns + ", r.source FROM item i CROSS JOIN record r ON r.row = i.record"
          + " WHERE i.row <= ? ORDER BY i.entry"
        : Self.columns + " FROM item i WHERE i.row <= ? ORDER BY i.entry")
    defer { statement.reset() }
    try statement.bind(reader.mark.row, at: 1)
    var position = 0
    while try statement.step() {
      position = index(of: statement.integer(0), from: position)
      take(statement, position, source ?? Int32(statement.integer(7)))
    }
  }

  private func loadEach(_ wanted: RowSet) throws {
    let statement = try reader.connection.cached(
      Self.columns + ", r.source FROM item i JOIN record r ON r.row = i.record WHERE i.entry = ?")
    defer { statement.reset() }
    var failure: (any Error)?
    wanted.forEachRow { row in
      guard failure == nil else { return }
      do {
        statement.reset()
        try statement.bind(entries[row], at: 1)
        guard try statement.step() else {
          throw StoreError.damaged(reader.connection.path, "it lacks the entry \(entries[row])")
        }
        take(statement, row, Int32(statement.integer(7)))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// The number of the one source that brought everything; nil where there are several.
  private var onlySource: Int32? {
    get throws {
      let sources = reader.terms(.source)
      return sources.count == 1 ? sources.first.map { Int32($0.key) } : nil
    }
  }

  private func take(_ statement: DirectStatement, _ row: Int, _ source: Int32) {
    let conversation = Int32(statement.integer(1))
    conversations[row] = conversation
    lastConversation = max(lastConversation, conversation)
    accounts[row] = Int32(statement.optionalInteger(2) ?? 0)
    byteCounts[row] = statement.integer(3)
    times[row] = statement.optionalInteger(4) ?? .max
    models[row] = Int32(statement.optionalInteger(5) ?? 0)
    sources[row] = source
    kinds[row] = kindNumber(statement.text(6))
  }

  /// Calls a body with some rows and each sensitive type that was found in them.
  func forEachSensitiveType(in rows: RowSet, _ body: (_ row: Int, _ type: Int) -> Void) throws {
    let statement = try reader.connection.cached(
      """
      SELECT DISTINCT i.entry, s.type FROM item_sensitive s CROSS JOIN item i ON i.row = s.row
      WHERE s.row <= ?
      """)
    defer { statement.reset() }
    try statement.bind(reader.mark.row, at: 1)
    var position = 0
    while try statement.step() {
      let entry = statement.integer(0)
      if position >= entries.count || entries[position] > entry { position = 0 }
      position = index(of: entry, from: position)
      guard position < entries.count, entries[position] == entry, rows.contains(position) else {
        continue
      }
      body(position, Int(statement.integer(1)))
    }
  }

  private func kindNumber(_ name: String) -> UInt8 {
    if let known = kindNames.firstIndex(of: name) { return UInt8(known) }
    kindNames.append(name)
    return UInt8(kindNames.count - 1)
  }
}
