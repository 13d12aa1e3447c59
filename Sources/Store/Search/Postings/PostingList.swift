// SPDX-License-Identifier: Apache-2.0

/// The rows of many tokens: those that begin alike, or short lists of an OR.
///
/// They are read at once, since each token's rows ascend and together they do not.
final class PostingList: PostingNode {
  /// In ascending order; empty where there are windows.
  private let entries: [Int64]
  private var next = 0
  /// By their place.
  private let windows: [Int64: PostingWindow]
  private let bases: [Int64]

  /// The rows of all tokens that begin alike; nil where some were taken back, or lie too far apart.
  init?(prefix: String, _ source: PostingSource) throws {
    var reader = PrefixReader(PostingSource.marked(prefix), source)
    for number in source.segments.indices {
      guard try reader.read(segmentNumber: number) else { return nil }
    }
    (entries, windows) = reader.rows.finish()
    bases = windows.keys.sorted()
  }

  /// Rows that were gathered from several lists.
  init(_ gathered: GatheredRows) {
    var rows = gathered
    (entries, windows) = rows.finish()
    bases = windows.keys.sorted()
  }

  override func lowerBound(from entry: Int64) throws -> Int64 {
    if !windows.isEmpty {
      let base = PostingWindow.base(of: entry)
      while next < bases.count, bases[next] < base { next += 1 }
      return next < bases.count ? max(entry, bases[next]) : .max
    }
    while next < entries.count, entries[next] < entry { next += 1 }
    return next < entries.count ? entries[next] : .max
  }

  override func fill(_ window: PostingWindow) throws {
    if let known = windows[window.base] { return window.formUnion(known) }
    while next < entries.count, entries[next] < window.base { next += 1 }
    var index = next
    while index < entries.count, entries[index] < window.end {
      window.insert(entries[index])
      index += 1
    }
  }

  override func read(
    into found: inout [Int64], from place: inout Int64, through last: Int64, count: Int
  ) throws {
    let bound = try lowerBound(from: place)
    place = .max
    guard bound <= last, bound < .max else { return }
    if let window = windows[PostingWindow.base(of: bound)] {
      window.append(to: &found, in: bound...last)
      if window.end <= last { place = window.end }
      return
    }
    while next < entries.count, entries[next] <= last {
      guard found.count < count else {
        place = entries[next]
        return
      }
      found.append(entries[next])
      next += 1
    }
  }

  override func keep(_ found: inout [Int64], matching isWanted: Bool) throws {
    try found.keep { entry in
      if !windows.isEmpty {
        return windows[PostingWindow.base(of: entry)]?.contains(entry) ?? false == isWanted
      }
      return try (lowerBound(from: entry) == entry) == isWanted
    }
  }

  override func upperBound(to entry: Int64) throws -> Int64 {
    if !windows.isEmpty {
      let count = bases.firstIndex(after: entry)
      return count == 0 ? -1 : min(entry, bases[count - 1] + PostingWindow.length - 1)
    }
    let count = entries.firstIndex(after: entry)
    return count == 0 ? -1 : entries[count - 1]
  }

  override func rewind(to entry: Int64) throws {
    next =
      windows.isEmpty
      ? entries.firstIndex(after: entry - 1)
      : bases.firstIndex(after: PostingWindow.base(of: entry) - 1)
  }

  override func cost() throws -> Int { windows.isEmpty ? entries.count * 4 : windows.count * 1024 }
}

extension [Int64] {
  /// The index of the first of ascending numbers that is greater than one; the end for none.
  fileprivate func firstIndex(after number: Int64) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] <= number { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
