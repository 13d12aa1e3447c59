// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// One connection to a partition for reading, with the names that its rows use.
final class PartitionReader {
  /// A name of the `term` table.
  struct Term: Sendable {
    var key: Int64
    var text: String
    var detail: String
  }

  /// A contiguous range of rows in the order of time, then id.
  struct Batch: Sendable {
    var rows: ClosedRange<Int64>
    /// Nil when no item of it has a time.
    var times: ClosedRange<Int64>?
    var untimedCount: Int64
  }

  let number: Int
  let connection: DirectConnection
  /// Up to where the content counts.
  private(set) var mark = PartitionMark.nothing
  private(set) var terms: [String: [Term]] = [:]
  private(set) var batches: [Batch] = []
  private var termTexts: [Int64: Term] = [:]
  /// Whether an item has several rows.
  private(set) var hasLaterVersions = false

  init(number: Int, path: String) throws(StoreError) {
    self.number = number
    connection = try PartitionFile.openForReading(path)
  }

  /// Takes the state that the catalog gives.
  func refresh(to mark: PartitionMark) throws {
    guard mark != self.mark else { return }
    terms = [:]
    termTexts = [:]
    batches = []
    let names = try connection.prepare("SELECT key, kind, text, detail FROM term ORDER BY key")
    while try names.step() {
      let term = Term(key: names.integer(0), text: names.text(2), detail: names.text(3))
      terms[names.text(1), default: []].append(term)
      termTexts[term.key] = term
    }
    let rows = try connection.prepare(
      """
      SELECT first_row, last_row, min_time, max_time, untimed_count FROM batch
      WHERE last_record <= ? ORDER BY key
      """)
    try rows.bind(mark.record, at: 1)
    while try rows.step() {
      guard rows.integer(0) <= rows.integer(1) else { continue }
      var times: ClosedRange<Int64>?
      if let first = rows.optionalInteger(2), let last = rows.optionalInteger(3) {
        times = first...last
      }
      batches.append(
        Batch(
          rows: rows.integer(0)...rows.integer(1), times: times,
          untimedCount: rows.integer(4)))
    }
    hasLaterVersions =
      try connection.integer(
        "SELECT EXISTS (SELECT 1 FROM item WHERE first <> row AND row <= ?)", mark.row) == 1
    self.mark = mark
  }

  func terms(_ kind: TermKind) -> [Term] { terms[kind.rawValue] ?? [] }

  func term(_ key: Int64) -> Term? { termTexts[key] }

  /// The times of all items that have one; nil when none has.
  var times: ClosedRange<Int64>? {
    let ranges = batches.compactMap(\.times)
    guard let first = ranges.map(\.lowerBound).min(), let last = ranges.map(\.upperBound).max()
    else { return nil }
    return first...last
  }

  /// The keys of conversations that any of the sources brought after another one.
  func conversationKeys(
    broughtBy sources: Set<String>, in directory: SearchDirectory
  ) throws -> [Int64] {
    let wanted = sources.flatMap { directory.furtherConversations[$0] ?? [] }
    let statement = try connection.cached(
      "SELECT key, route, native_id FROM conversation WHERE id_key = ?")
    defer { statement.reset() }
    var keys: [Int64] = []
    for id in wanted {
      statement.reset()
      try statement.bind(LookupKey.id(id), at: 1)
      while try statement.step() {
        let found = ObjectID.conversation(
          route: statement.text(1), nativeID: statement.text(2))
        if found == id { keys.append(statement.integer(0)) }
      }
    }
    return keys.sorted()
  }

  var hasUntimed: Bool { batches.contains { $0.untimedCount > 0 } }
}
