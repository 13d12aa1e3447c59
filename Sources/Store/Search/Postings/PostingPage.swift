// SPDX-License-Identifier: Apache-2.0

/// A leaf page of the full-text index, copied out of SQLite's memory (its parts: `SegmentWriter`).
///
/// What a damaged page says is never trusted: places are kept within the page, and behind its end
/// lie zeros that any number may reach into.
@safe
final class PostingPage {
  /// Zeros behind a page: two of the longest numbers.
  static let padding = 24

  private(set) var bytes: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  /// Where the list of tokens begins: the end of everything else.
  private(set) var end = 4
  /// Where the list of tokens ends.
  private var byteCount = 4
  /// Where the first row number stands that goes on with a list of the page before; 0 for none.
  private(set) var firstRowPlace = 0
  /// Where the first token stands; `end` for none.
  private(set) var firstTokenPlace = 4

  init() {
    capacity = 8192
    unsafe bytes = .allocate(capacity: capacity + PostingPage.padding)
  }

  deinit { unsafe bytes.deallocate() }

  var hasTokens: Bool { firstTokenPlace < end }

  /// Takes the bytes of a page; false when they cannot be one.
  func take(_ source: UnsafeRawBufferPointer) -> Bool {
    guard let start = source.baseAddress, source.count >= 4, source.count < 1 << 24 else {
      return false
    }
    if source.count > capacity {
      unsafe bytes.deallocate()
      capacity = source.count
      unsafe bytes = .allocate(capacity: capacity + PostingPage.padding)
    }
    unsafe bytes.update(
      from: start.assumingMemoryBound(to: UInt8.self), count: source.count)
    unsafe (bytes + source.count).update(repeating: 0, count: PostingPage.padding)
    byteCount = source.count
    unsafe firstRowPlace = Int(bytes[0]) << 8 | Int(bytes[1])
    unsafe end = Int(bytes[2]) << 8 | Int(bytes[3])
    guard end >= 4, end <= byteCount, firstRowPlace == 0 || (4..<end).contains(firstRowPlace)
    else { return false }
    firstTokenPlace = end
    guard end < byteCount else { return true }
    var place = end
    firstTokenPlace = Int(truncatingIfNeeded: number(&place))
    return (4..<end).contains(firstTokenPlace) && firstRowPlace < firstTokenPlace
  }

  /// The number at a place of the page, which moves behind it.
  @inline(__always)
  func number(_ place: inout Int) -> UInt64 {
    let first = unsafe bytes[place]
    place += 1
    return first < 0x80 ? UInt64(first) : longNumber(first, &place)
  }

  private func longNumber(_ first: UInt8, _ place: inout Int) -> UInt64 {
    var value = UInt64(first & 0x7F)
    for _ in 0..<7 {
      let byte = unsafe bytes[place]
      place += 1
      value = value << 7 | UInt64(byte & 0x7F)
      if byte < 0x80 { return value }
    }
    let last = unsafe bytes[place]
    place += 1
    return value << 8 | UInt64(last)
  }

  // MARK: - Tokens

  /// A token of the page.
  struct Token {
    /// Where its list begins, and where it ends on this page.
    var list: Range<Int>
    /// Whether it is the last one, so that its list may go on on the next page.
    var isLast: Bool
  }

  /// Finds a token; nil when the page lacks it.
  ///
  /// Tokens ascend, so how many bytes the one before shares with the wanted one tells of most
  /// that they are lesser without looking at them.
  ///
  /// - Throws: `PostingPage.Broken` where the page contradicts its format.
  func find(_ wanted: [UInt8]) throws(Broken) -> Token? {
    guard hasTokens else { return nil }
    var listed = end
    var start = 0
    var following = Int(truncatingIfNeeded: number(&listed) & 0xFF_FFFF)
    var matched = 0
    while following < end {
      let isFirst = start == 0
      start = following
      following =
        listed < byteCount
        ? start + Int(truncatingIfNeeded: number(&listed) & 0xFF_FFFF) : end
      guard start >= 4, following > start, following <= end else { throw Broken() }
      var place = start
      let shared = isFirst ? 0 : Int(truncatingIfNeeded: number(&place) & 0xFF_FFFF)
      if shared > matched { continue }
      if shared < matched { return nil }
      let count = Int(truncatingIfNeeded: number(&place) & 0xFF_FFFF)
      guard place + count <= following else { throw Broken() }
      let limit = min(count, wanted.count - matched)
      var index = 0
      while index < limit, unsafe bytes[place + index] == wanted[matched + index] { index += 1 }
      matched += index
      if index == count {
        guard matched == wanted.count else { continue }
        return Token(list: (place + count)..<following, isLast: following == end)
      }
      // The wanted one ends here, or goes on with a lesser byte: it would have come before.
      if index == limit { return nil }
      if unsafe bytes[place + index] > wanted[matched] { return nil }
    }
    return nil
  }

  /// What a page says cannot be.
  struct Broken: Error {}

  /// Steps over the tokens of a page.
  struct TokenScan {
    /// What a token shares with the one before, and where the rest of it stands.
    typealias Step = (shared: Int, suffix: Range<Int>)

    private let page: PostingPage
    /// In the list of tokens.
    private var place: Int
    private var tokenPlace: Int
    private var nextTokenPlace: Int
    private var listStart = 0

    init(_ page: PostingPage) {
      self.page = page
      place = page.end
      tokenPlace = 0
      nextTokenPlace = 0
      advance()
    }

    private mutating func advance() {
      tokenPlace = nextTokenPlace
      guard place < page.byteCount else {
        nextTokenPlace = page.end
        return
      }
      let distance = Int(truncatingIfNeeded: page.number(&place) & 0xFF_FFFF)
      nextTokenPlace = tokenPlace + distance
    }

    /// The next token; nil at the end.
    mutating func next() throws(Broken) -> Step? {
      let isFirst = tokenPlace == 0
      advance()
      if tokenPlace == page.end { return nil }
      guard tokenPlace >= 4, tokenPlace < page.end, nextTokenPlace > tokenPlace,
        nextTokenPlace <= page.end
      else { throw Broken() }
      var start = tokenPlace
      let shared = isFirst ? 0 : Int(truncatingIfNeeded: page.number(&start) & 0xFF_FFFF)
      let count = Int(truncatingIfNeeded: page.number(&start) & 0xFF_FFFF)
      guard start + count <= nextTokenPlace else { throw Broken() }
      listStart = start + count
      return (shared, start..<listStart)
    }

    /// The list of the token at hand.
    var list: Token {
      Token(list: listStart..<nextTokenPlace, isLast: nextTokenPlace == page.end)
    }
  }
}
