// SPDX-License-Identifier: Apache-2.0

/// Steps over the entries that an expression finds in a range, by the index's own lists where they
/// tell, else by FTS5.
final class EntryCursor {
  private let reader: PartitionReader
  private let postings: PostingQuery.PostingEntries?
  private var asked: (shape: IndexQuery.Shape, rows: DirectStatement)?

  /// - Parameters:
  ///   - expression: What entries match.
  ///   - conditions: What their rows fulfil besides.
  ///   - entries: Where they lie.
  ///   - direction: In which order they come.
  ///   - reader: The partition.
  /// - Throws: `StoreError` when the partition cannot be read.
  init(
    _ expression: IndexExpression, conditions: [SQLCondition], entries: ClosedRange<Int64>,
    _ direction: RowCursor.Direction, in reader: PartitionReader
  ) throws {
    self.reader = reader
    if conditions.isEmpty, !reader.isAhead,
      let query = try PostingQuery(expression, in: entries, reader)
    {
      postings = query.entries(direction)
      return
    }
    postings = nil
    let query = IndexQuery(expression, conditions: conditions, entries: entries, in: reader)
    let shape = query.shape(.entry, direction)
    let statement = try reader.borrow(shape)
    try query.bind(to: statement)
    asked = (shape, statement)
  }

  deinit {
    if let asked { reader.giveBack(asked.rows, asked.shape) }
  }

  /// The next entry; nil at the end.
  func next() throws -> Int64? {
    if let postings { return try postings.next() }
    guard let asked else { return nil }
    return try asked.rows.step() ? asked.rows.integer(0) : nil
  }
}
