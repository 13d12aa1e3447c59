// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// How one partition finds the rows of a query.
///
/// The query is a conjunction: what the index knows exactly goes into one expression, what columns
/// know into SQL conditions, and only what is left is asked of the evaluator, row by row and for
/// nothing but the rows between the bounds.
struct SearchPlan {
  let reader: PartitionReader
  private let people: PeopleMatches
  /// Whose accounts are.
  var directory: SearchDirectory { people.directory }
  /// Every row of the result matches it.
  private(set) var upper = IndexExpression.all
  /// Every candidate that matches it belongs to the result.
  private(set) var lower = IndexExpression.all
  /// Candidates that must be evaluated.
  private(set) var doubtful = IndexExpression.none
  /// What every row of the result fulfils besides.
  private(set) var conditions: [SQLCondition] = []
  /// What a doubtful row must fulfil besides; nil when no row is doubtful.
  private(set) var evaluator: Evaluator?
  /// The parts of the query that the evaluator decides, in order.
  private(set) var residual: [QueryNode] = []
  /// Whether a row is doubtful only if a field of it has several segments.
  private(set) var doubtIsInSegments = false
  /// When every item of the result was sent; nil when its time does not matter.
  private(set) var interval: Model.TimeInterval?
  /// The entries that such items can have.
  private(set) var entries: ClosedRange<Int64> = 0...(.max)

  /// Compiles a query.
  ///
  /// - Throws: `StoreError` for a property that cannot be searched.
  init(_ node: QueryNode, reader: PartitionReader, people: PeopleMatches) throws {
    self.reader = reader
    self.people = people
    let compiler = SearchCompiler(reader: reader, people: people)
    var uppers: [IndexExpression] = []
    var lowers: [IndexExpression] = []
    var residual: [QueryNode] = []
    var areProximities = true
    for part in SearchPlan.conjuncts(of: node) {
      if case .restriction(let restriction) = part, restriction.property == .sent,
        case .time(let times) = restriction.condition
      {
        restrict(to: times)
        continue
      }
      let compiled = try compiler.compile(part)
      uppers.append(compiled.bounds.upper)
      if compiled.isExact {
        lowers.append(compiled.bounds.upper)
      } else if let condition = compiled.condition {
        conditions.append(condition)
        lowers.append(compiled.bounds.upper)
      } else {
        residual.append(part)
        lowers.append(compiled.bounds.lower)
        areProximities =
          areProximities && compiled.bounds.lower == compiled.bounds.upper.inOneSegment
      }
    }
    upper = .all(of: uppers)
    lower = .all(of: lowers)
    findEntries()
    self.residual = residual
    guard !residual.isEmpty else { return }
    evaluator = Evaluator(residual.count == 1 ? residual[0] : .and(residual))
    doubtIsInSegments = areProximities
    doubtful =
      areProximities
      ? .all(of: [upper, .facet(Facet.severalSegments)])
      : .all(of: [upper, lower.complement])
  }

  /// The rows of the plan that match a facet as well.
  func restricted(to facet: String) -> SearchPlan {
    restricted(to: IndexExpression.facet(facet))
  }

  /// The rows of the plan that fulfil an SQL condition as well.
  func restricted(to condition: SQLCondition) -> SearchPlan {
    var plan = self
    plan.conditions.append(condition)
    return plan
  }

  /// The rows of the plan that belong to none of some conversations.
  func without(_ conversations: [Int64]) -> SearchPlan {
    restricted(
      to: SQLCondition(
        "i.conversation NOT IN (SELECT value FROM json_each(?))", [.list(conversations)]))
  }

  private func restricted(to expression: IndexExpression) -> SearchPlan {
    var plan = self
    plan.upper = .all(of: [upper, expression])
    plan.lower = .all(of: [lower, expression])
    plan.doubtful = .all(of: [doubtful, expression])
    return plan
  }

  // MARK: - Time

  private mutating func restrict(to times: Model.TimeInterval) {
    guard let known = interval else {
      interval = times
      return
    }
    interval = Model.TimeInterval(
      since: [known.since, times.since].compactMap(\.self).max(),
      before: [known.before, times.before].compactMap(\.self).min())
  }

  /// Turns the interval into a range of entries; without effect where all of them lie in it.
  private mutating func findEntries() {
    guard let interval else { return }
    guard let times = reader.times else {
      upper = .none
      return
    }
    if isInInterval(times.lowerBound), isInInterval(times.upperBound) {
      self.interval = nil
      if reader.hasUntimed { entries = EntryNumbers.timed }
      return
    }
    let first = max(interval.since?.ticks ?? .min, times.lowerBound)
    // The last tick that belongs to it.
    let last = min(interval.before.map { $0.ticks - 1 } ?? .max, times.upperBound)
    guard first <= last else {
      upper = .none
      return
    }
    entries =
      EntryNumbers.first(from: first)...EntryNumbers.last(upTo: last, shift: reader.shift)
  }

  /// Whether an item of that time can belong to the result.
  func isInInterval(_ time: Int64?) -> Bool {
    guard let interval else { return true }
    guard let time else { return false }
    return time >= interval.since?.ticks ?? .min
      && interval.before.map { time < $0.ticks } ?? true
  }

  private static func conjuncts(of node: QueryNode) -> [QueryNode] {
    if case .and(let parts) = node { return parts.flatMap(conjuncts) }
    return [node]
  }

  // MARK: - Counting

  /// How many items match: one counts once, whichever of its rows match.
  ///
  /// Fetches no row that the index or the columns decide.
  func itemCount() throws -> Int {
    guard upper != .none, reader.mark.row > 0 else { return 0 }
    var count = 0
    if doubtIsInSegments, let exact = try rowCountBySegments() {
      count = exact
    } else {
      count = try rowCount(lower)
      if evaluator != nil {
        try forEachRow(of: doubtful, certain: .noRow) { _ in count += 1 }
      }
    }
    guard reader.hasLaterVersions else { return count }
    return try count - surplus()
  }

  /// Rows of an expression in the plan's interval: where an entry's number leaves its time in doubt,
  /// at both ends, the time decides.
  func rowCount(_ expression: IndexExpression) throws -> Int {
    try spans().reduce(0) { try $0 + rowCount(expression, $1.entries, $1.exact) }
  }

  /// Rows of a plan whose doubts are those of segments alone, which the lists of the index tell;
  /// nil where they do not.
  private func rowCountBySegments() throws -> Int? {
    guard interval == nil, conditions.isEmpty, !reader.isAhead else { return nil }
    return try PostingQuery(upper, in: entries, respectsSegments: true, reader)?.count()
  }

  /// The entries in the plan's interval in ascending order, with what decides where the number of
  /// an entry leaves its time in doubt.
  private func spans() -> [(entries: ClosedRange<Int64>, exact: SQLCondition?)] {
    guard let interval else { return [(entries, nil)] }
    let exact = SearchCompiler.condition(on: "i.time", interval)
    guard let known = EntryNumbers.certain(interval, shift: reader.shift), known.overlaps(entries)
    else { return [(entries, exact)] }
    let certain = known.clamped(to: entries)
    var spans: [(entries: ClosedRange<Int64>, exact: SQLCondition?)] = []
    if entries.lowerBound < certain.lowerBound {
      spans.append((entries.lowerBound...(certain.lowerBound - 1), exact))
    }
    spans.append((certain, nil))
    if certain.upperBound < entries.upperBound {
      spans.append(((certain.upperBound + 1)...entries.upperBound, exact))
    }
    return spans
  }

  private func rowCount(
    _ expression: IndexExpression, _ entries: ClosedRange<Int64>, _ exact: SQLCondition? = nil
  ) throws -> Int {
    guard expression != .none else { return 0 }
    if exact == nil, conditions.isEmpty, !reader.isAhead,
      let query = try PostingQuery(expression, in: entries, reader)
    {
      return try query.count()
    }
    let query = IndexQuery(
      expression, conditions: conditions + [exact].compactMap(\.self), entries: entries, in: reader)
    let shape = query.shape(.count)
    let statement = try reader.borrow(shape)
    defer { reader.giveBack(statement, shape) }
    try query.bind(to: statement)
    guard try statement.step() else { return 0 }
    return Int(statement.integer(0))
  }

  /// How many rows of the result stand for an item that another row of it stands for too.
  private func surplus() throws -> Int {
    var laterCounts: [Int64: Int] = [:]
    try restricted(to: Facet.later).forEachRow { row in laterCounts[row.first, default: 0] += 1 }
    guard !laterCounts.isEmpty else { return 0 }
    var surplus = laterCounts.values.reduce(0) { $0 + $1 - 1 }
    let firsts = restricted(
      to: SQLCondition(
        "i.row IN (SELECT value FROM json_each(?))", [.list(laterCounts.keys.sorted())]))
    try firsts.forEachRow { row in
      if row.first == row.row { surplus += 1 }
    }
    return surplus
  }

  // MARK: - Rows

  /// Calls a body with every row of the result, in the order of its entries.
  func forEachRow(_ body: (FoundRow) throws -> Void) throws {
    try forEachRow(of: upper, certain: certainty, body)
  }

  /// Calls a body with the entry of every row of the result.
  ///
  /// They come in one or two ascending runs: what the index decides, then what the evaluator does.
  /// Reads no item where the index decides alone.
  func forEachEntry(_ body: (Int64) -> Void) throws {
    guard upper != .none, reader.mark.row > 0 else { return }
    if lower != .none {
      for span in spans() {
        let cursor = try EntryCursor(
          lower, conditions: conditions + [span.exact].compactMap(\.self), entries: span.entries,
          .ascending, in: reader)
        while let entry = try cursor.next() { body(entry) }
      }
    }
    if evaluator != nil {
      try forEachRow(of: doubtful, certain: .noRow) { body($0.entry) }
    }
  }

  private func forEachRow(
    of expression: IndexExpression, certain: RowCursor.Certainty,
    _ body: (FoundRow) throws -> Void
  ) throws {
    guard expression != .none, reader.mark.row > 0 else { return }
    let cursor = try RowCursor(
      self, expression: expression, certainty: certain, entries: entries, direction: .ascending)
    while let row = try cursor.next() { try body(row) }
  }

  /// How a cursor over `upper` knows which rows need no evaluation.
  var certainty: RowCursor.Certainty {
    guard evaluator != nil else { return .everyRow }
    if doubtIsInSegments { return .rowsOfOneSegment }
    return lower == .none ? .noRow : .rows(lower)
  }
}

extension IndexExpression {
  /// What is left of a proximity where no field has several segments.
  var inOneSegment: IndexExpression { .all(of: [self, .not(.facet(Facet.severalSegments))]) }
}
