// SPDX-License-Identifier: Apache-2.0

/// The rows that have all of some tokens, in whatever places.
struct PostingCandidates {
  /// The rarest, and the others from the rarest on: the rarest leads.
  private let leader: TokenPostings?
  private let followers: [TokenPostings]
  /// The one of them, where there is one: out of a list it would be retained at each row.
  private let follower: TokenPostings?

  init(_ tokens: [TokenPostings]) throws {
    let costs = try tokens.map { try $0.byteCount() }
    let sorted = tokens.indices.sorted { costs[$0] < costs[$1] }.map { tokens[$0] }
    leader = sorted.first
    followers = Array(sorted.dropFirst())
    follower = followers.count == 1 ? followers.first : nil
  }

  /// The first row at or after one.
  func first(from entry: Int64) throws -> Int64 {
    guard let leader else { return .max }
    if let follower { return try Self.first(from: entry, leader, follower) }
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

  private static func first(
    from entry: Int64, _ leader: TokenPostings, _ follower: TokenPostings
  ) throws -> Int64 {
    try leader.seek(entry)
    while leader.row < .max {
      try follower.seek(leader.row)
      if follower.row == leader.row { return leader.row }
      try leader.seek(follower.row)
    }
    return .max
  }

  /// A row behind which, up to one, none has all of them; -1 for none at all.
  func upperBound(to entry: Int64) throws -> Int64 {
    guard let leader else { return -1 }
    var bound = try leader.lastRow(upTo: entry)
    for token in followers where bound >= 0 { bound = try token.lastRow(upTo: bound) }
    return bound
  }
}

/// Tokens next to each other, in any column or in one.
final class PostingPhrase: PostingNode {
  private let tokens: [TokenPostings]
  /// The one of them, where there is one.
  private let only: TokenPostings?
  private let candidates: PostingCandidates
  private let column: Int?

  /// - Parameters:
  ///   - tokens: At least one, each for this phrase alone.
  ///   - column: Where they stand; nil for any column.
  /// - Throws: `StoreError` when the index cannot be read.
  init(_ tokens: [TokenPostings], column: Int?) throws {
    self.tokens = tokens
    only = tokens.count == 1 ? tokens.first : nil
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
  ///   - positions: Gets them.
  /// - Throws: `StoreError` when the index cannot be read.
  func readStarts(in row: Int64, into positions: inout PhrasePositions) throws {
    if let only {
      return try only.readPositions(of: row, in: column, into: &positions.starts)
    }
    guard let first = tokens.first else { return }
    try first.readPositions(of: row, in: column, into: &positions.starts)
    for offset in 1..<tokens.count {
      guard !positions.starts.isEmpty else { return }
      try tokens[offset].readPositions(of: row, in: column, into: &positions.token)
      positions.keepStarts(offset: Int64(offset))
    }
  }

  override func lowerBound(from entry: Int64) throws -> Int64 { try candidates.first(from: entry) }

  override func read(
    into entries: inout [Int64], from place: inout Int64, through last: Int64, count: Int
  ) throws {
    var positions = PhrasePositions()
    var row = try candidates.first(from: place)
    while row <= last, row < .max, entries.count < count {
      try readStarts(in: row, into: &positions)
      if !positions.starts.isEmpty { entries.append(row) }
      row = try candidates.first(from: row + 1)
    }
    place = row <= last ? row : .max
  }

  override func keep(_ entries: inout [Int64], matching isWanted: Bool) throws {
    var positions = PhrasePositions()
    try entries.keep { try matches($0, &positions) == isWanted }
  }

  private func matches(_ row: Int64, _ positions: inout PhrasePositions) throws -> Bool {
    guard try candidates.first(from: row) == row else { return false }
    try readStarts(in: row, into: &positions)
    return !positions.starts.isEmpty
  }

  override func upperBound(to entry: Int64) throws -> Int64 {
    try candidates.upperBound(to: entry)
  }

  override func rewind(to entry: Int64) throws {
    for token in tokens { try token.rewind(to: entry) }
  }

  override func cost() throws -> Int { try tokens.map { try $0.byteCount() }.min() ?? 0 }
}

/// The positions of a phrase in a row, with room for those of its tokens.
struct PhrasePositions {
  /// Where the phrase begins, in ascending order.
  var starts: [Int64] = []
  /// Those of the token that was read last.
  fileprivate var token: [Int64] = []

  /// Keeps the starts that the token stands behind, so many tokens on.
  fileprivate mutating func keepStarts(offset: Int64) {
    var kept = 0
    var index = 0
    for start in starts {
      let wanted = start + offset
      while index < token.count, token[index] < wanted { index += 1 }
      if index == token.count { break }
      if token[index] == wanted {
        starts[kept] = start
        kept += 1
      }
    }
    starts.removeSubrange(kept...)
  }
}

/// Two phrases with at most so many tokens between them, in either order.
final class PostingProximity: PostingNode {
  private let first: PostingPhrase
  private let second: PostingPhrase
  private let candidates: PostingCandidates
  private let distance: Int64
  /// Where segments end; nil where nearness may cross them.
  private let separators: TokenPostings?

  /// What was read of a row.
  private struct Places {
    var first = PhrasePositions()
    var second = PhrasePositions()
    var separators: [Int64] = []
    var hasSeparators = false
  }

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

  override func read(
    into entries: inout [Int64], from place: inout Int64, through last: Int64, count: Int
  ) throws {
    var places = Places()
    var row = try candidates.first(from: place)
    while row <= last, row < .max, entries.count < count {
      if try isNear(in: row, &places) { entries.append(row) }
      row = try candidates.first(from: row + 1)
    }
    place = row <= last ? row : .max
  }

  override func keep(_ entries: inout [Int64], matching isWanted: Bool) throws {
    var places = Places()
    try entries.keep { entry in
      try (candidates.first(from: entry) == entry && isNear(in: entry, &places)) == isWanted
    }
  }

  private func isNear(in row: Int64, _ places: inout Places) throws -> Bool {
    try first.readStarts(in: row, into: &places.first)
    guard !places.first.starts.isEmpty else { return false }
    try second.readStarts(in: row, into: &places.second)
    guard !places.second.starts.isEmpty else { return false }
    places.hasSeparators = false
    // Of the second phrase only the nearest on either side matters: what stands farther off has all the
    // more between.
    let firstCount = Int64(first.tokenCount)
    let secondCount = Int64(second.tokenCount)
    let others = places.second.starts
    var index = 0
    for start in places.first.starts {
      while index < others.count, others[index] < start { index += 1 }
      if index < others.count, try fits(start, firstCount, others[index], row, &places) {
        return true
      }
      if index > 0, try fits(others[index - 1], secondCount, start, row, &places) { return true }
    }
    return false
  }

  /// Whether a phrase of so many tokens is near to one that begins at or behind its own begin.
  private func fits(
    _ start: Int64, _ count: Int64, _ other: Int64, _ row: Int64, _ places: inout Places
  ) throws -> Bool {
    // Positions of other columns are farther off than any distance.
    guard other - start - count <= distance, other >> 32 == start >> 32 else { return false }
    guard let separators else { return true }
    if !places.hasSeparators {
      try separators.readPositions(of: row, in: nil, into: &places.separators)
      places.hasSeparators = true
    }
    let ends = places.separators
    var low = 0
    var high = ends.count
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] < start { low = middle + 1 } else { high = middle }
    }
    return low == ends.count || ends[low] > other
  }

  override func upperBound(to entry: Int64) throws -> Int64 {
    try candidates.upperBound(to: entry)
  }

  override func rewind(to entry: Int64) throws {
    try first.rewind(to: entry)
    try second.rewind(to: entry)
    try separators?.rewind(to: entry)
  }

  override func cost() throws -> Int { try min(first.cost(), second.cost()) }
}
