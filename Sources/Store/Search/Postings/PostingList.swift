// SPDX-License-Identifier: Apache-2.0

/// The rows of many tokens: those that begin alike, or short lists of an OR.
///
/// They are read at once, since each token's rows ascend and together they do not.
final class PostingList: PostingNode {
  /// Entries up to which they are sorted; more become bits.
  private static let sortedLimit = 1 << 16
  /// Windows of 8 KB that are kept at most.
  ///
  /// Times that lie farther apart are left to FTS5.
  private static let windowLimit = 1 << 12

  /// In ascending order once it is complete; empty where there are windows.
  private var entries: [Int64] = []
  private var next = 0
  /// By their place.
  private var windows: [Int64: PostingWindow] = [:]
  private var bases: [Int64] = []

  /// The rows of all tokens that begin alike; nil where some were taken back, or lie too far apart.
  init?(prefix: String, _ source: PostingSource) throws {
    super.init()
    let prefix = PostingSource.marked(prefix)
    let page = PostingPage()
    let tail = PostingPage()
    for segment in source.segments {
      guard try read(prefix, segment, source, page, tail) else { return nil }
    }
    complete()
  }

  /// The rows of some tokens; nil where some were taken back, or lie too far apart.
  init?(_ tokens: [TokenPostings]) throws {
    super.init()
    for token in tokens {
      guard try token.forEachRow({ insert($0) }) else { return nil }
    }
    complete()
  }

  private func complete() {
    bases = windows.keys.sorted()
    guard !entries.isEmpty else { return }
    entries.sort()
    var kept = 1
    for index in 1..<entries.count where entries[index] != entries[kept - 1] {
      entries[kept] = entries[index]
      kept += 1
    }
    entries.removeSubrange(kept...)
  }

  /// Adds a row; false where it lies too far from the others.
  private func insert(_ row: Int64) -> Bool {
    if windows.isEmpty {
      entries.append(row)
      guard entries.count == PostingList.sortedLimit else { return true }
      let rows = entries
      entries.removeAll()
      for row in rows where !insertBit(row) { return false }
      return true
    }
    return insertBit(row)
  }

  private func insertBit(_ row: Int64) -> Bool {
    let base = PostingWindow.base(of: row)
    if let window = windows[base] {
      window.insert(row)
      return true
    }
    guard windows.count < PostingList.windowLimit else { return false }
    let window = PostingWindow()
    window.move(to: base)
    window.insert(row)
    windows[base] = window
    return true
  }

  // MARK: - Tokens that begin alike

  private func read(
    _ prefix: [UInt8], _ segment: IndexStructure.Segment, _ source: PostingSource,
    _ page: PostingPage, _ tail: PostingPage
  ) throws -> Bool {
    var number = try source.page(of: prefix, in: segment).number
    var token: [UInt8] = []
    while number <= segment.lastPage {
      try source.load(page, segment: segment, number: number)
      var scan = PostingPage.TokenScan(page)
      while let step = scan.next() {
        guard step.shared <= token.count else { throw source.broken }
        token.removeSubrange(step.shared...)
        unsafe token.append(
          contentsOf: UnsafeBufferPointer(
            start: page.bytes + step.suffix.lowerBound, count: step.suffix.count))
        guard token.starts(with: prefix) else {
          if prefix.lexicographicallyPrecedes(token) { return true }
          continue
        }
        guard try take(scan.list, page, source) else { return false }
        if scan.list.isLast {
          guard try takeFurther(after: &number, segment, source, tail) else { return false }
        }
      }
      number += 1
    }
    return true
  }

  /// Takes the rest of a list from the pages after one; `number` becomes the last one that holds
  /// nothing else.
  private func takeFurther(
    after number: inout Int, _ segment: IndexStructure.Segment, _ source: PostingSource,
    _ page: PostingPage
  ) throws -> Bool {
    while number < segment.lastPage {
      try source.load(page, segment: segment, number: number + 1)
      if page.firstRowPlace > 0 {
        let list = PostingPage.Token(
          list: page.firstRowPlace..<page.firstTokenPlace, isLast: !page.hasTokens)
        guard try take(list, page, source) else { return false }
      }
      if page.hasTokens { return true }
      number += 1
    }
    return true
  }

  /// Takes the rows of a list on one page; false where one was taken back.
  private func take(
    _ token: PostingPage.Token, _ page: PostingPage, _ source: PostingSource
  ) throws -> Bool {
    var place = token.list.lowerBound
    let limit = token.list.upperBound
    var row: Int64 = 0
    var isFirst = true
    while place < limit {
      let distance = Int64(bitPattern: page.number(&place))
      let word = page.number(&place)
      guard place <= limit, distance >= 0, isFirst || distance > 0 else { throw source.broken }
      row &+= distance
      isFirst = false
      if word & 1 != 0 || row < 0 { return false }
      guard insert(row) else { return false }
      place += Int(truncatingIfNeeded: word >> 1) & 0x3FFF_FFFF
    }
    guard place == limit || token.isLast else { throw source.broken }
    return true
  }

  // MARK: - PostingNode

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

  override func rewind() throws { next = 0 }

  override func cost() throws -> Int { windows.isEmpty ? entries.count * 4 : windows.count * 1024 }
}
