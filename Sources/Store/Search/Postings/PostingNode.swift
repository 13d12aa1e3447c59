// SPDX-License-Identifier: Apache-2.0
import Query

/// A condition on entries of the index, answered from its lists; this one matches none.
///
/// Where calls ascend, an alternative may still be asked for a whole window again; what it then gives
/// before the last question need not be right, and nobody looks there.
class PostingNode {
  /// An entry before which, from one on, none matches; `.max` for none at all.
  ///
  /// Calls ascend until `rewind`.
  func lowerBound(from entry: Int64) throws -> Int64 { .max }

  /// Appends the next entries that match, in ascending order.
  ///
  /// Calls ascend until `rewind`.
  ///
  /// - Parameters:
  ///   - entries: Gets them.
  ///   - place: Where they begin; moves behind what was read, to `.max` where nothing is left.
  ///   - last: The greatest entry that is wanted.
  ///   - count: About how many are wanted now.
  /// - Throws: `StoreError` when the index cannot be read.
  func read(
    into entries: inout [Int64], from place: inout Int64, through last: Int64, count: Int
  ) throws { place = .max }

  /// Adds the entries of a window that match to those that it has.
  ///
  /// Calls ascend until `rewind`.
  func fill(_ window: PostingWindow) throws {
    var entries: [Int64] = []
    var place = window.base
    while place < window.end {
      try read(into: &entries, from: &place, through: window.end - 1, count: .max)
    }
    for entry in entries { window.insert(entry) }
  }

  /// Keeps of some entries, in ascending order, those that match, or those that do not.
  ///
  /// Calls ascend until `rewind`.
  func keep(_ entries: inout [Int64], matching isWanted: Bool) throws {
    if isWanted { entries.removeAll(keepingCapacity: true) }
  }

  /// An entry behind which, up to one, none matches; -1 for none at all.
  ///
  /// May be asked in any order, and leaves open what is read next: `rewind` has to follow.
  func upperBound(to entry: Int64) throws -> Int64 { -1 }

  /// Goes back, so that entries from one on can be asked for.
  func rewind(to entry: Int64) throws {}

  /// About how much there is to read.
  func cost() throws -> Int { 0 }
}

/// A token in any column.
final class PostingToken: PostingNode {
  let postings: TokenPostings

  init(_ postings: TokenPostings) { self.postings = postings }

  override func lowerBound(from entry: Int64) throws -> Int64 {
    try postings.seek(entry)
    return postings.row
  }

  override func read(
    into entries: inout [Int64], from place: inout Int64, through last: Int64, count: Int
  ) throws {
    try postings.seek(place)
    try postings.read(into: &entries, through: last, count: count)
    place = postings.row > last ? .max : postings.row
  }

  override func fill(_ window: PostingWindow) throws { try postings.fill(window) }

  override func keep(_ entries: inout [Int64], matching isWanted: Bool) throws {
    try entries.keep { try postings.contains($0) == isWanted }
  }

  override func upperBound(to entry: Int64) throws -> Int64 {
    try postings.lastRow(upTo: entry)
  }

  override func rewind(to entry: Int64) throws { try postings.rewind(to: entry) }

  override func cost() throws -> Int { try postings.byteCount() }
}

/// All of some conditions and none of others.
final class PostingConjunction: PostingNode {
  /// From the one that matches least on.
  private let wanted: [PostingNode]
  private let unwanted: [PostingNode]

  /// At least one condition is wanted.
  init(wanted: [PostingNode], unwanted: [PostingNode]) throws {
    // What matches least says soonest that there is nothing.
    let costs = try wanted.map { try $0.cost() }
    self.wanted = wanted.indices.sorted { costs[$0] < costs[$1] }.map { wanted[$0] }
    self.unwanted = unwanted
  }

  override func lowerBound(from entry: Int64) throws -> Int64 {
    var bound = entry
    for node in wanted where bound < .max { bound = try node.lowerBound(from: bound) }
    return bound
  }

  override func read(
    into entries: inout [Int64], from place: inout Int64, through last: Int64, count: Int
  ) throws {
    guard let leader = wanted.first else {
      place = .max
      return
    }
    var found: [Int64] = []
    repeat {
      found.removeAll(keepingCapacity: true)
      place = try lowerBound(from: place)
      guard place <= last, place < .max else {
        place = .max
        return
      }
      try leader.read(into: &found, from: &place, through: last, count: count)
      for node in wanted.dropFirst() where !found.isEmpty {
        try node.keep(&found, matching: true)
      }
      for node in unwanted where !found.isEmpty { try node.keep(&found, matching: false) }
    } while found.isEmpty && place < .max
    entries += found
  }

  override func keep(_ entries: inout [Int64], matching isWanted: Bool) throws {
    var found = entries
    for node in wanted where !found.isEmpty { try node.keep(&found, matching: true) }
    for node in unwanted where !found.isEmpty { try node.keep(&found, matching: false) }
    guard !isWanted else {
      entries = found
      return
    }
    var index = 0
    entries.keep { entry in
      guard index < found.count, found[index] == entry else { return true }
      index += 1
      return false
    }
  }

  override func upperBound(to entry: Int64) throws -> Int64 {
    var bound = entry
    for node in wanted where bound >= 0 { bound = try node.upperBound(to: bound) }
    return bound
  }

  override func rewind(to entry: Int64) throws {
    for node in wanted { try node.rewind(to: entry) }
    for node in unwanted { try node.rewind(to: entry) }
  }

  override func cost() throws -> Int { try wanted.first?.cost() ?? 0 }
}

/// Any of some conditions.
final class PostingDisjunction: PostingNode {
  private let parts: [PostingNode]
  /// The window that was read last: who asks for entries may come back for others of it.
  private let window = PostingWindow()
  private var hasWindow = false

  init(_ parts: [PostingNode]) { self.parts = parts }

  override func lowerBound(from entry: Int64) throws -> Int64 {
    var start = entry
    if hasWindow, entry < window.end {
      if let known = window.first(from: entry) { return known }
      start = window.end
    }
    var bound = Int64.max
    for node in parts {
      bound = min(bound, try node.lowerBound(from: start))
      if bound == start { return bound }
    }
    return bound
  }

  override func read(
    into entries: inout [Int64], from place: inout Int64, through last: Int64, count: Int
  ) throws {
    let bound = try lowerBound(from: place)
    place = .max
    guard bound <= last, bound < .max else { return }
    try load(PostingWindow.base(of: bound))
    window.append(to: &entries, in: bound...last)
    if window.end <= last { place = window.end }
  }

  override func fill(_ window: PostingWindow) throws {
    if hasWindow, self.window.base == window.base { return window.formUnion(self.window) }
    for node in parts { try node.fill(window) }
  }

  override func keep(_ entries: inout [Int64], matching isWanted: Bool) throws {
    try entries.keep { entry in
      try load(PostingWindow.base(of: entry))
      return window.contains(entry) == isWanted
    }
  }

  private func load(_ base: Int64) throws {
    if hasWindow, window.base == base { return }
    window.move(to: base)
    for node in parts { try node.fill(window) }
    hasWindow = true
  }

  override func upperBound(to entry: Int64) throws -> Int64 {
    var bound: Int64 = -1
    for node in parts {
      bound = max(bound, try node.upperBound(to: entry))
      if bound == entry { return bound }
    }
    return bound
  }

  override func rewind(to entry: Int64) throws {
    hasWindow = false
    for node in parts { try node.rewind(to: entry) }
  }

  override func cost() throws -> Int { try parts.reduce(0) { try $0 + $1.cost() } }
}

extension [Int64] {
  /// Keeps the elements for which a body, called in their order, says so.
  mutating func keep(where isKept: (Int64) throws -> Bool) rethrows {
    var kept = 0
    for index in indices where try isKept(self[index]) {
      self[kept] = self[index]
      kept += 1
    }
    removeSubrange(kept...)
  }
}
