// SPDX-License-Identifier: Apache-2.0

/// The rows that have all of some tokens, in whatever places.
struct PostingCandidates {
  /// The rarest, and the others from the rarest on: the rarest leads.
  private let leader: TokenPostings?
  private let followers: [TokenPostings]

  init(_ tokens: [TokenPostings]) throws {
    let costs = try tokens.map { try $0.byteCount() }
    let sorted = tokens.indices.sorted { costs[$0] < costs[$1] }.map { tokens[$0] }
    leader = sorted.first
    followers = Array(sorted.dropFirst())
  }

  /// The first row at or after one.
  func first(from entry: Int64) throws -> Int64 {
    guard let leader else { return .max }
    try leader.seek(entry)
    var row = leader.row
    var index = 0
    while index < followers.count {
      if row == .max { return .max }
      let token = followers[index]
      try token.seek(row)
      if token.row == row {
        index += 1
      } else {
        try leader.seek(token.row)
        row = leader.row
        index = 0
      }
    }
    return row
  }
}

/// Tokens next to each other, in any column or in one.
final class PostingPhrase: PostingNode {
  private let tokens: [TokenPostings]
  private let candidates: PostingCandidates
  private let column: Int?
  private var positions: [Int64] = []

  /// - Parameters:
  ///   - tokens: At least one, each for this phrase alone.
  ///   - column: Where they stand; nil for any column.
  /// - Throws: `StoreError` when the index cannot be read.
  init(_ tokens: [TokenPostings], column: Int?) throws {
    self.tokens = tokens
    candidates = try PostingCandidates(tokens)
    self.column = column
  }

  var tokenCount: Int { tokens.count }
  /// Each for this phrase alone.
  var postings: [TokenPostings] { tokens }

  /// Reads the positions at which the phrase begins in a row.
  ///
  /// - Parameters:
  ///   - row: Not before those that were asked for.
  ///   - starts: Gets the positions in ascending order.
  /// - Throws: `StoreError` when the index cannot be read.
  func readStarts(in row: Int64, into starts: inout [Int64]) throws {
    starts.removeAll(keepingCapacity: true)
    guard let first = tokens.first else { return }
    try first.readPositions(of: row, in: column, into: &starts)
    for (offset, token) in tokens.enumerated().dropFirst() {
      guard !starts.isEmpty else { return }
      try token.readPositions(of: row, in: column, into: &positions)
      var kept = 0
      var index = 0
      for start in starts {
        let wanted = start + Int64(offset)
        while index < positions.count, positions[index] < wanted { index += 1 }
        if index == positions.count { break }
        if positions[index] == wanted {
          starts[kept] = start
          kept += 1
        }
      }
      starts.removeSubrange(kept...)
    }
  }

  private var starts: [Int64] = []

  override func lowerBound(from entry: Int64) throws -> Int64 { try candidates.first(from: entry) }

  override func fill(_ window: PostingWindow) throws {
    var row = try candidates.first(from: window.base)
    while row < window.end {
      try readStarts(in: row, into: &starts)
      if !starts.isEmpty { window.insert(row) }
      row = try candidates.first(from: row + 1)
    }
  }

  override func restrict(_ window: PostingWindow) throws {
    try window.filter { try matches($0) }
  }

  override func exclude(from window: PostingWindow) throws {
    try window.filter { try !matches($0) }
  }

  private func matches(_ row: Int64) throws -> Bool {
    guard try candidates.first(from: row) == row else { return false }
    try readStarts(in: row, into: &starts)
    return !starts.isEmpty
  }

  override func rewind() throws { for token in tokens { try token.rewind() } }

  override func cost() throws -> Int { try tokens.map { try $0.byteCount() }.min() ?? 0 }
}

/// Two phrases with at most so many tokens between them, in either order.
final class PostingProximity: PostingNode {
  private let first: PostingPhrase
  private let second: PostingPhrase
  private let candidates: PostingCandidates
  private let distance: Int64
  /// Where segments end; nil where nearness may cross them.
  private let separators: TokenPostings?
  private var firstStarts: [Int64] = []
  private var secondStarts: [Int64] = []
  private var ends: [Int64] = []
  /// Whether they are those of the row at hand.
  private var hasEnds = false

  init(
    _ first: PostingPhrase, _ second: PostingPhrase, distance: Int, separators: TokenPostings?
  ) throws {
    candidates = try PostingCandidates(first.postings + second.postings)
    self.first = first
    self.second = second
    self.distance = Int64(distance)
    self.separators = separators
  }

  override func lowerBound(from entry: Int64) throws -> Int64 { try candidates.first(from: entry) }

  override func fill(_ window: PostingWindow) throws {
    var row = try candidates.first(from: window.base)
    while row < window.end {
      if try isNear(in: row) { window.insert(row) }
      row = try candidates.first(from: row + 1)
    }
  }

  override func restrict(_ window: PostingWindow) throws {
    try window.filter { try candidates.first(from: $0) == $0 && isNear(in: $0) }
  }

  override func exclude(from window: PostingWindow) throws {
    try window.filter { try candidates.first(from: $0) != $0 || !isNear(in: $0) }
  }

  private func isNear(in row: Int64) throws -> Bool {
    try first.readStarts(in: row, into: &firstStarts)
    guard !firstStarts.isEmpty else { return false }
    try second.readStarts(in: row, into: &secondStarts)
    guard !secondStarts.isEmpty else { return false }
    hasEnds = false
    // Of the second phrase only the nearest on either side matters: what stands farther off has all the
    // more between.
    let firstCount = Int64(first.tokenCount)
    let secondCount = Int64(second.tokenCount)
    var index = 0
    for start in firstStarts {
      while index < secondStarts.count, secondStarts[index] < start { index += 1 }
      if index < secondStarts.count, try fits(start, firstCount, secondStarts[index], row) {
        return true
      }
      if index > 0, try fits(secondStarts[index - 1], secondCount, start, row) { return true }
    }
    return false
  }

  /// Whether a phrase of so many tokens is near to one that begins at or behind its own begin.
  private func fits(
    _ start: Int64, _ count: Int64, _ other: Int64, _ row: Int64
  ) throws -> Bool {
    // Positions of other columns are farther off than any distance.
    guard other - start - count <= distance, other >> 32 == start >> 32 else { return false }
    try readEnds(of: row)
    guard !ends.isEmpty else { return true }
    var low = 0
    var high = ends.count
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] < start { low = middle + 1 } else { high = middle }
    }
    return low == ends.count || ends[low] > other
  }

  private func readEnds(of row: Int64) throws {
    if hasEnds { return }
    hasEnds = true
    ends.removeAll(keepingCapacity: true)
    try separators?.readPositions(of: row, in: nil, into: &ends)
  }

  override func rewind() throws {
    try first.rewind()
    try second.rewind()
    try separators?.rewind()
  }

  override func cost() throws -> Int { try min(first.cost(), second.cost()) }
}
