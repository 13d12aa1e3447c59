// SPDX-License-Identifier: Apache-2.0

/// Reads the rows of all tokens that begin alike.
struct PrefixReader {
  private let prefix: [UInt8]
  private let source: PostingSource
  private let page = PostingPage()
  /// For the pages on which a list goes on.
  private let tail = PostingPage()
  var rows = GatheredRows()

  /// - Parameters:
  ///   - prefix: With the index's mark.
  ///   - source: The index.
  init(_ prefix: [UInt8], _ source: PostingSource) {
    self.prefix = prefix
    self.source = source
  }

  /// Takes the rows of one segment; false where one was taken back, or lies too far from the others.
  mutating func read(segmentNumber: Int) throws -> Bool {
    let segment = source.segments[segmentNumber]
    var number = try source.page(of: prefix, inSegment: segmentNumber).number
    var token: [UInt8] = []
    while number <= segment.lastPage {
      try source.load(page, segment: segment, number: number)
      var scan = PostingPage.TokenScan(page)
      while let step = try next(&scan) {
        guard step.shared <= token.count else { throw source.broken }
        token.removeSubrange(step.shared...)
        unsafe token.append(
          contentsOf: UnsafeBufferPointer(
            start: page.bytes + step.suffix.lowerBound, count: step.suffix.count))
        guard token.starts(with: prefix) else {
          if prefix.lexicographicallyPrecedes(token) { return true }
          continue
        }
        guard try take(scan.list, page) else { return false }
        if scan.list.isLast {
          guard try takeFurther(after: &number, segment) else { return false }
        }
      }
      number += 1
    }
    return true
  }

  private func next(
    _ scan: inout PostingPage.TokenScan
  ) throws -> PostingPage.TokenScan.Step? {
    do { return try scan.next() } catch { throw source.broken }
  }

  /// Takes the rest of a list from the pages after one; `number` becomes the last one that holds
  /// nothing else.
  private mutating func takeFurther(
    after number: inout Int, _ segment: IndexStructure.Segment
  ) throws -> Bool {
    while number < segment.lastPage {
      try source.load(tail, segment: segment, number: number + 1)
      if tail.firstRowPlace > 0 {
        let list = PostingPage.Token(
          list: tail.firstRowPlace..<tail.firstTokenPlace, isLast: !tail.hasTokens)
        guard try take(list, tail) else { return false }
      }
      if tail.hasTokens { return true }
      number += 1
    }
    return true
  }

  /// Takes the rows of a list on one page; false where one was taken back.
  private mutating func take(_ token: PostingPage.Token, _ page: PostingPage) throws -> Bool {
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
      guard rows.insert(row) else { return false }
      place += Int(truncatingIfNeeded: word >> 1) & 0x3FFF_FFFF
    }
    guard place == limit || token.isLast else { throw source.broken }
    return true
  }
}
