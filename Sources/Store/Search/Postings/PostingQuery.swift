// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// An expression that is answered from the lists of the index, without FTS5.
///
/// It asks each entry the same as FTS5 would; the tests compare the two.
struct PostingQuery {
  /// Entries that are read at once: they stay in the processor's caches.
  private static let batchCount = 1 << 11

  private let root: PostingNode
  private let range: ClosedRange<Int64>

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
    guard let source = try reader.postings() else { return nil }
    try self.init(expression, in: range, respectsSegments: respectsSegments, source)
  }

  /// The same for an index by itself.
  init?(
    _ expression: IndexExpression, in range: ClosedRange<Int64>, respectsSegments: Bool = false,
    _ source: PostingSource
  ) throws {
    let builder = PostingBuilder(source: source, respectsSegments: respectsSegments)
    guard let root = try builder.node(expression) else { return nil }
    self.root = root
    self.range = max(0, range.lowerBound)...max(0, range.upperBound)
  }

  /// How many entries match.
  func count() throws -> Int {
    if let token = root as? PostingToken {
      if let count = try token.postings.count(in: range) { return count }
      try root.rewind(to: range.lowerBound)
    }
    var count = 0
    try forEachBatch(in: range) { entries, _ in count += entries.count }
    return count
  }

  /// Calls a body with the entries of a range, some at a time, in ascending order, and with where the
  /// next ones begin.
  fileprivate func forEachBatch(
    in range: ClosedRange<Int64>, _ body: ([Int64], Int64) -> Void
  ) throws {
    var entries: [Int64] = []
    var place = range.lowerBound
    while place <= range.upperBound, place < .max {
      entries.removeAll(keepingCapacity: true)
      try root.read(
        into: &entries, from: &place, through: range.upperBound, count: PostingQuery.batchCount)
      body(entries, place)
    }
  }

  /// Steps over the entries that match.
  func entries(_ direction: RowCursor.Direction) -> PostingEntries {
    PostingEntries(self, direction)
  }

  /// The entries of a query in the order of their numbers.
  final class PostingEntries {
    /// Windows that are read at once, at most, when the last entries come first: lists are read
    /// forwards.
    private static let largestBlock: Int64 = 1 << 14
    /// Entries of a block below which the next one is larger.
    private static let fewEntries = 1 << 12
    /// Entries of a block above which the first ones are left to the next block.
    private static let manyEntries = 1 << 16

    private let query: PostingQuery
    private let direction: RowCursor.Direction
    /// The entries at hand.
    private var entries: [Int64] = []
    private var index = 0
    /// Where reading goes on: upward from it, or downward.
    private var place: Int64
    private var isAtEnd = false
    private var block: Int64 = 1
    /// How many are read next: most ask for a page.
    private var count = 64

    fileprivate init(_ query: PostingQuery, _ direction: RowCursor.Direction) {
      self.query = query
      self.direction = direction
      place = direction == .ascending ? query.range.lowerBound : query.range.upperBound
    }

    /// The next entry; nil at the end.
    func next() throws -> Int64? {
      while index == entries.count {
        if isAtEnd { return nil }
        switch direction {
        case .ascending: try readForwards()
        case .descending: try readBackwards()
        }
        index = 0
      }
      let entry = entries[index]
      index += 1
      return entry
    }

    private func readForwards() throws {
      entries.removeAll(keepingCapacity: true)
      try query.root.read(
        into: &entries, from: &place, through: query.range.upperBound, count: count)
      isAtEnd = place > query.range.upperBound || place == .max
      count = min(count * 2, PostingQuery.batchCount)
    }

    /// Reads the block of windows that ends with the last entry that may match.
    ///
    /// Where entries are rare, blocks grow until they hold some; so each page of a list is read a few
    /// times at most, however the entries lie.
    private func readBackwards() throws {
      let lowest = query.range.lowerBound
      let last = place < lowest ? -1 : try query.root.upperBound(to: place)
      guard last >= lowest else {
        isAtEnd = true
        entries = []
        return
      }
      var first = max(
        lowest, PostingWindow.base(of: last) - (block - 1) * PostingWindow.length)
      try query.root.rewind(to: first)
      var found: [Int64] = []
      var isCut = false
      var start = first
      try query.forEachBatch(in: first...last) { entries, next in
        if found.count > PostingEntries.manyEntries {
          found.removeAll(keepingCapacity: true)
          first = start
          isCut = true
        }
        found += entries
        start = next
      }
      found.reverse()
      entries = found
      place = first - 1
      if isCut {
        block = max(1, block / 2)
      } else if found.count < PostingEntries.fewEntries {
        block = min(block * 2, PostingEntries.largestBlock)
      }
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
    var gathered = GatheredRows()
    for part in parts {
      guard let node = try node(part) else { return nil }
      // A list of few rows costs less to read at once than to ask for in every window.
      guard let token = node as? PostingToken, token.postings.isShort else {
        nodes.append(node)
        continue
      }
      // What was gathered of a list before a row that was taken back counts all the same.
      guard try !token.postings.forEachRow({ gathered.insert($0) }) else { continue }
      try token.rewind(to: 0)
      nodes.append(token)
    }
    if !gathered.isEmpty { nodes.append(PostingList(gathered)) }
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
