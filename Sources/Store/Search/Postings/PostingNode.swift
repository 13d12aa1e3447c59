// SPDX-License-Identifier: Apache-2.0
import Query

/// A condition on entries of the index, answered from its lists.
class PostingNode {
  /// An entry before which, from one on, none matches; `.max` for none at all.
  ///
  /// Calls ascend until `rewind`.
  func lowerBound(from entry: Int64) throws -> Int64 { .max }

  /// Adds the entries of a window that match to those that it has.
  ///
  /// Calls ascend until `rewind`.
  func fill(_ window: PostingWindow) throws {}

  /// Keeps the entries of a window that match, which has few.
  ///
  /// Calls ascend until `rewind`.
  func restrict(_ window: PostingWindow) throws {
    let part = PostingWindow()
    part.move(to: window.base)
    try fill(part)
    window.formIntersection(part)
  }

  /// Takes out of a window, which has few entries, those that match.
  ///
  /// Calls ascend until `rewind`.
  func exclude(from window: PostingWindow) throws {
    let part = PostingWindow()
    part.move(to: window.base)
    try fill(part)
    window.subtract(part)
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

  override func fill(_ window: PostingWindow) throws { try postings.fill(window) }

  override func restrict(_ window: PostingWindow) throws {
    try window.filter { try postings.contains($0) }
  }

  override func exclude(from window: PostingWindow) throws {
    try window.filter { try !postings.contains($0) }
  }

  override func upperBound(to entry: Int64) throws -> Int64 {
    try postings.lastRow(upTo: entry)
  }

  override func rewind(to entry: Int64) throws { try postings.rewind(to: entry) }

  override func cost() throws -> Int { try postings.byteCount() }
}

/// All of some conditions and none of others.
final class PostingConjunction: PostingNode {
  /// Entries of a window up to which each is looked for, rather than all of the other condition.
  private static let fewEntries = 48

  private let wanted: [PostingNode]
  private let unwanted: [PostingNode]
  private let result = PostingWindow()
  private let part = PostingWindow()

  /// At least one condition is wanted.
  init(wanted: [PostingNode], unwanted: [PostingNode]) throws {
    // What matches least says soonest that a window has nothing.
    let costs = try wanted.map { try $0.cost() }
    self.wanted = wanted.indices.sorted { costs[$0] < costs[$1] }.map { wanted[$0] }
    self.unwanted = unwanted
  }

  override func lowerBound(from entry: Int64) throws -> Int64 {
    var bound = entry
    while true {
      let before = bound
      for node in wanted {
        bound = try node.lowerBound(from: bound)
        if bound == .max { return .max }
      }
      if PostingWindow.base(of: before) == PostingWindow.base(of: bound) { return bound }
    }
  }

  override func fill(_ window: PostingWindow) throws {
    result.move(to: window.base)
    try wanted.first?.fill(result)
    for node in wanted.dropFirst() {
      if result.isEmpty { return }
      if result.count <= PostingConjunction.fewEntries {
        try node.restrict(result)
      } else {
        part.move(to: window.base)
        try node.fill(part)
        result.formIntersection(part)
      }
    }
    for node in unwanted {
      if result.isEmpty { return }
      if result.count <= PostingConjunction.fewEntries {
        try node.exclude(from: result)
      } else {
        part.move(to: window.base)
        try node.fill(part)
        result.subtract(part)
      }
    }
    window.formUnion(result)
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

  init(_ parts: [PostingNode]) { self.parts = parts }

  override func lowerBound(from entry: Int64) throws -> Int64 {
    var bound = Int64.max
    for node in parts {
      bound = min(bound, try node.lowerBound(from: entry))
      if bound == entry { return bound }
    }
    return bound
  }

  override func fill(_ window: PostingWindow) throws {
    for node in parts { try node.fill(window) }
  }

  override func upperBound(to entry: Int64) throws -> Int64 {
    var bound: Int64 = -1
    for node in parts {
      bound = max(bound, try node.upperBound(to: entry))
      if bound == entry { return bound }
    }
    return bound
  }

  override func rewind(to entry: Int64) throws { for node in parts { try node.rewind(to: entry) } }

  override func cost() throws -> Int { try parts.reduce(0) { try $0 + $1.cost() } }
}
