// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// Steps over the rows that a plan finds in a range of entries, in the order of their numbers.
final class RowCursor {
  enum Direction: Hashable {
    case ascending, descending
  }

  /// Which candidates belong to the result without being evaluated.
  enum Certainty {
    case everyRow
    case noRow
    case rowsOfOneSegment
    case rows(IndexExpression)
  }

  private let plan: SearchPlan
  private let certainty: Certainty
  private let direction: Direction
  private let shape: IndexQuery.Shape
  private let candidates: DirectStatement
  /// Tells the entries of the candidates; nil where the statement finds them itself.
  private let postings: PostingQuery.PostingEntries?
  private var certain: (entries: EntryCursor, next: Int64?)?

  /// - Parameters:
  ///   - plan: The query's.
  ///   - expression: What candidates match.
  ///   - certainty: Which of them need no evaluation.
  ///   - entries: The range.
  ///   - direction: Of the numbers.
  ///   - selection: What is read of each row: `row`, `reference` or `hit`.
  /// - Throws: `StoreError` when the partition cannot be read.
  init(
    _ plan: SearchPlan, expression: IndexExpression, certainty: Certainty,
    entries: ClosedRange<Int64>, direction: Direction, selection: RowSelection = .row
  ) throws {
    self.plan = plan
    self.direction = direction
    let reader = plan.reader
    var certainty = certainty
    var isInSegments = false
    if case .rowsOfOneSegment = certainty { isInSegments = true }
    if plan.conditions.isEmpty, !reader.isAhead,
      let query = try PostingQuery(
        expression, in: entries, respectsSegments: isInSegments, reader)
    {
      postings = query.entries(direction)
      shape = IndexQuery.Shape.single(selection)
      candidates = try reader.borrow(shape)
      // Where nearness ended with the segments, nothing is left in doubt.
      if isInSegments { certainty = .everyRow }
    } else {
      postings = nil
      let query = IndexQuery(
        expression, conditions: plan.conditions, entries: entries, in: reader)
      shape = query.shape(selection, direction)
      candidates = try reader.borrow(shape)
      try query.bind(to: candidates)
    }
    self.certainty = certainty
    if case .rows(let lower) = certainty {
      certain = (
        try EntryCursor(lower, conditions: [], entries: entries, direction, in: reader), nil
      )
      try advanceCertain()
    }
  }

  deinit { plan.reader.giveBack(candidates, shape) }

  /// The next row; nil at the end.
  func next() throws -> FoundRow? {
    while try nextCandidate() {
      var row = FoundRow(candidates)
      guard plan.isInInterval(row.time), try belongs(row) else { continue }
      row.content = try plan.reader.content(shape.selection, of: row, candidates)
      return row
    }
    return nil
  }

  private func nextCandidate() throws -> Bool {
    guard let postings else { return try candidates.step() }
    while let entry = try postings.next() {
      candidates.reset()
      try candidates.bind(entry, at: 1)
      if try candidates.step() { return true }
    }
    return false
  }

  private func belongs(_ row: FoundRow) throws -> Bool {
    guard let evaluator = plan.evaluator else { return true }
    switch certainty {
    case .everyRow: return true
    case .noRow: break
    case .rowsOfOneSegment:
      if !row.flags.contains(.severalSegments) { return true }
    case .rows:
      while let next = certain?.next, isBefore(next, row.entry) { try advanceCertain() }
      if certain?.next == row.entry { return true }
    }
    return try evaluator.matches(
      StoredItem(row: row.row, reader: plan.reader, directory: plan.directory))
  }

  private func isBefore(_ entry: Int64, _ other: Int64) -> Bool {
    direction == .ascending ? entry < other : entry > other
  }

  private func advanceCertain() throws {
    guard let entries = certain?.entries else { return }
    certain?.next = try entries.next()
  }
}

extension PartitionReader {
  /// What is asked for of a row that a statement stands on.
  fileprivate func content(
    _ selection: RowSelection, of row: FoundRow, _ statement: DirectStatement
  ) throws -> FoundRow.Content {
    switch selection {
    case .reference: .reference(try ItemReference(row, statement, in: self))
    case .hit: .hit(try SearchHit(row, statement, in: self))
    case .count, .entry, .row: .nothing
    }
  }

  /// What is asked for of a row that was found before.
  func content(_ selection: RowSelection, ofEntry entry: Int64) throws -> FoundRow.Content {
    let shape = IndexQuery.Shape.single(selection)
    let statement = try borrow(shape)
    defer { giveBack(statement, shape) }
    try statement.bind(entry, at: 1)
    guard try statement.step() else {
      throw StoreError.damaged(connection.path, "it lacks the index entry \(entry)")
    }
    return try content(selection, of: FoundRow(statement), statement)
  }
}
