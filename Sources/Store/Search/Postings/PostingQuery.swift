// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// An expression that is answered from the lists of the index, without FTS5.
///
/// It asks each entry the same as FTS5 would; the tests compare the two.
struct PostingQuery {
  private let root: PostingNode
  private let range: ClosedRange<Int64>
  private let deadline: Deadline?
  private let lastEntry: () throws -> Int64

  /// Prepares an expression; nil for one that only FTS5 answers.
  ///
  /// - Parameters:
  ///   - expression: What entries match.
  ///   - range: Where they lie.
  ///   - respectsSegments: Whether nearness ends where a segment does, which FTS5 cannot tell.
  ///   - reader: The partition.
  /// - Throws: `StoreError` when the index cannot be read.
  init?(
    _ expression: IndexExpression, in range: ClosedRange<Int64>, respectsSegments: Bool = false,
    _ reader: PartitionReader
  ) throws {
    try self.init(
      expression, in: range, respectsSegments: respectsSegments, reader.postings(),
      deadline: reader.deadline
    ) { try reader.lastEntry() }
  }

  /// The same for an index by itself, with the greatest number of an entry.
  init?(
    _ expression: IndexExpression, in range: ClosedRange<Int64>, respectsSegments: Bool = false,
    _ source: PostingSource, deadline: Deadline? = nil, lastEntry: @escaping () throws -> Int64
  ) throws {
    let builder = PostingBuilder(source: source, respectsSegments: respectsSegments)
    guard let root = try builder.node(expression) else { return nil }
    self.root = root
    self.range = max(0, range.lowerBound)...max(0, range.upperBound)
    self.deadline = deadline
    self.lastEntry = lastEntry
  }

  /// How many entries match.
  func count() throws -> Int {
    if let token = root as? PostingToken {
      if let count = try token.postings.count(in: range) { return count }
      try root.rewind()
    }
    var count = 0
    try forEachWindow(in: range) { window in count += window.count }
    return count
  }

  /// Calls a body with the windows of a range that may hold entries, in ascending order.
  fileprivate func forEachWindow(
    in range: ClosedRange<Int64>, _ body: (PostingWindow) throws -> Void
  ) throws {
    let window = PostingWindow()
    var start = range.lowerBound
    while try fill(window, from: &start, in: range) { try body(window) }
  }

  /// Fills the next window from a place on, which moves behind it; false at the end of the range.
  fileprivate func fill(
    _ window: PostingWindow, from start: inout Int64, in range: ClosedRange<Int64>
  ) throws -> Bool {
    try deadline?.check()
    let bound = try root.lowerBound(from: start)
    guard bound <= range.upperBound, bound < .max else { return false }
    window.move(to: PostingWindow.base(of: bound))
    try root.fill(window)
    window.clamp(to: range)
    start = window.end
    return true
  }

  /// Steps over the entries that match.
  func entries(_ direction: RowCursor.Direction) throws -> PostingEntries {
    try PostingEntries(self, direction)
  }

  /// The entries of a query in the order of their numbers.
  final class PostingEntries {
    /// Windows that are read at once when the last entries come first: lists are read forwards.
    private static let largestBlock: Int64 = 64

    private let query: PostingQuery
    private let direction: RowCursor.Direction
    private let window = PostingWindow()
    /// The entries at hand.
    private var entries: [Int64] = []
    private var index = 0
    /// Where reading goes on: upward from it, or downward.
    private var place: Int64
    private var isAtEnd = false
    private var block: Int64 = 1

    fileprivate init(_ query: PostingQuery, _ direction: RowCursor.Direction) throws {
      self.query = query
      self.direction = direction
      switch direction {
      case .ascending: place = query.range.lowerBound
      case .descending: place = min(query.range.upperBound, try query.lastEntry())
      }
    }

    /// The next entry; nil at the end.
    func next() throws -> Int64? {
      while index == entries.count {
        if isAtEnd { return nil }
        entries.removeAll(keepingCapacity: true)
        index = 0
        switch direction {
        case .ascending: try readForwards()
        case .descending: try readBackwards()
        }
      }
      defer { index += 1 }
      return entries[index]
    }

    private func readForwards() throws {
      isAtEnd = try !query.fill(window, from: &place, in: query.range)
      if !isAtEnd { window.append(to: &entries) }
    }

    private func readBackwards() throws {
      guard place >= query.range.lowerBound else {
        isAtEnd = true
        return
      }
      let first = max(
        query.range.lowerBound,
        PostingWindow.base(of: place) - (block - 1) * PostingWindow.length)
      try query.root.rewind()
      try query.forEachWindow(in: first...place) { $0.append(to: &entries) }
      entries.reverse()
      place = first - 1
      block = min(block * 2, PostingEntries.largestBlock)
    }
  }
}

/// Makes conditions on lists of expressions.
private struct PostingBuilder {
  private static let columns = ["body", "title", "names", "files", "facet"]

  let source: PostingSource
  let respectsSegments: Bool

  /// The condition; nil where only FTS5 knows.
  func node(_ expression: IndexExpression) throws -> PostingNode? {
    switch expression {
    case .none: return PostingNode()
    case .all: return PostingToken(try TokenPostings(Facet.every, source))
    case .facet(let token): return PostingToken(try TokenPostings(token, source))
    case .phrase(let match, let column): return try phrase(match, column)
    case .near(let matches, let distance, let column):
      return try proximity(matches, distance: distance, column)
    case .and(let parts): return try conjunction(parts)
    case .or(let parts): return try disjunction(parts)
    case .not: return try conjunction([expression])
    }
  }

  private func conjunction(_ parts: [IndexExpression]) throws -> PostingNode? {
    var wanted: [PostingNode] = []
    var unwanted: [PostingNode] = []
    for part in parts {
      if case .not(let inner) = part {
        guard let node = try node(inner) else { return nil }
        unwanted.append(node)
      } else {
        guard let node = try node(part) else { return nil }
        if let token = node as? PostingToken, token.postings.isNowhere { return PostingNode() }
        wanted.append(node)
      }
    }
    if wanted.isEmpty { wanted.append(PostingToken(try TokenPostings(Facet.every, source))) }
    return try PostingConjunction(wanted: wanted, unwanted: unwanted)
  }

  private func disjunction(_ parts: [IndexExpression]) throws -> PostingNode? {
    var nodes: [PostingNode] = []
    var short: [TokenPostings] = []
    for part in parts {
      guard let node = try node(part) else { return nil }
      if let token = node as? PostingToken, token.postings.isShort {
        if !token.postings.isNowhere { short.append(token.postings) }
      } else {
        nodes.append(node)
      }
    }
    // A list of few rows costs less to read at once than to ask for in every window.
    if short.count == 1 { nodes += short.map(PostingToken.init) }
    if short.count > 1 {
      if let list = try PostingList(short) {
        nodes.append(list)
      } else {
        for token in short { try token.rewind() }
        nodes += short.map(PostingToken.init)
      }
    }
    return nodes.count == 1 ? nodes[0] : PostingDisjunction(nodes)
  }

  private func phrase(_ match: TextMatch, _ column: String?) throws -> PostingNode? {
    guard Self.isPlain(match.tokens) else { return nil }
    if match.lastIsPrefix {
      guard match.tokens.count == 1, column == nil else { return nil }
      return try PostingList(prefix: match.tokens[0], source)
    }
    if match.tokens.count == 1, column == nil {
      return PostingToken(try TokenPostings(match.tokens[0], source))
    }
    return try makePhrase(match, column)
  }

  private func makePhrase(_ match: TextMatch, _ column: String?) throws -> PostingPhrase? {
    var number: Int?
    if let column {
      guard let index = Self.columns.firstIndex(of: column) else { return nil }
      number = index
    }
    return try PostingPhrase(
      match.tokens.map { try TokenPostings($0, source) }, column: number)
  }

  private func proximity(
    _ matches: [TextMatch], distance: Int, _ column: String?
  ) throws -> PostingNode? {
    guard matches.count == 2,
      matches.allSatisfy({ !$0.lastIsPrefix && Self.isPlain($0.tokens) }),
      let first = try makePhrase(matches[0], column),
      let second = try makePhrase(matches[1], column)
    else { return nil }
    let separators =
      respectsSegments
      ? try TokenPostings(String(Character(Tokenizer.segmentSeparator)), source) : nil
    return try PostingProximity(first, second, distance: distance, separators: separators)
  }

  /// Whether FTS5 would be given these tokens as they are.
  private static func isPlain(_ tokens: [String]) -> Bool {
    !tokens.isEmpty && tokens.allSatisfy { !$0.isEmpty && !$0.utf8.contains(UInt8(ascii: " ")) }
  }
}
