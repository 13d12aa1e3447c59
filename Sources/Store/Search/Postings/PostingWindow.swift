// SPDX-License-Identifier: Apache-2.0

/// The entries of a stretch of the index as bits: conditions are combined 64 at a time.
///
/// Entries lie far apart (`EntryNumbers`), so a second level of bits tells which words have any: work
/// follows what is there.
@safe
final class PostingWindow {
  /// Entries in a window: a day and a half of the index.
  static let length: Int64 = 1 << 16
  private static let wordCount = Int(length / 64)
  private static let groupCount = wordCount / 64

  private let words: UnsafeMutablePointer<UInt64>
  /// A bit for each word that may have one.
  private let groups: UnsafeMutablePointer<UInt64>
  /// The first entry; a multiple of the length.
  private(set) var base: Int64 = 0

  init() {
    unsafe words = .allocate(capacity: PostingWindow.wordCount + PostingWindow.groupCount)
    unsafe words.initialize(
      repeating: 0, count: PostingWindow.wordCount + PostingWindow.groupCount)
    unsafe groups = words + PostingWindow.wordCount
  }

  deinit { unsafe words.deallocate() }

  /// The entry after the last one.
  var end: Int64 { base + PostingWindow.length }

  /// The first entry of the window that an entry lies in.
  static func base(of entry: Int64) -> Int64 { entry & ~(length - 1) }

  /// Empties the window and moves it.
  func move(to base: Int64) {
    self.base = base
    forEachWord { index in unsafe words[index] = 0 }
    for group in 0..<PostingWindow.groupCount { unsafe groups[group] = 0 }
  }

  /// Adds an entry that lies in the window.
  @inline(__always)
  func insert(_ entry: Int64) {
    let offset = Int(truncatingIfNeeded: entry) & Int(PostingWindow.length - 1)
    let index = offset >> 6
    unsafe words[index] |= 1 << UInt64(offset & 63)
    unsafe groups[index >> 6] |= 1 << UInt64(index & 63)
  }

  func contains(_ entry: Int64) -> Bool {
    let offset = Int(truncatingIfNeeded: entry) & Int(PostingWindow.length - 1)
    return unsafe words[offset >> 6] >> UInt64(offset & 63) & 1 == 1
  }

  var isEmpty: Bool {
    for group in 0..<PostingWindow.groupCount where unsafe groups[group] != 0 { return false }
    return true
  }

  /// Calls a body with the number of each word that may have bits.
  @inline(__always)
  private func forEachWord(_ body: (Int) -> Void) {
    for group in 0..<PostingWindow.groupCount {
      var bits = unsafe groups[group]
      while bits != 0 {
        body(group << 6 | bits.trailingZeroBitCount)
        bits &= bits - 1
      }
    }
  }

  /// Adds what another window of the same place has.
  func formUnion(_ other: PostingWindow) {
    other.forEachWord { index in
      unsafe words[index] |= other.words[index]
      unsafe groups[index >> 6] |= 1 << UInt64(index & 63)
    }
  }

  /// The first entry at or behind one of the window; nil for none.
  func first(from entry: Int64) -> Int64? {
    let offset = Int(truncatingIfNeeded: max(entry, base) - base)
    guard offset < Int(PostingWindow.length) else { return nil }
    var index = offset >> 6
    var word = unsafe words[index] & (~0 << UInt64(offset & 63))
    while word == 0 {
      index += 1
      guard index < PostingWindow.wordCount else { return nil }
      word = unsafe words[index]
    }
    return base + Int64(index << 6 | word.trailingZeroBitCount)
  }

  /// Appends the entries that lie in a range, in ascending order.
  func append(to entries: inout [Int64], in range: ClosedRange<Int64> = 0...(.max)) {
    forEachWord { index in
      let first = base + Int64(index) * 64
      guard first <= range.upperBound, first + 63 >= range.lowerBound else { return }
      var word = unsafe words[index]
      if first < range.lowerBound { word &= ~0 << UInt64(range.lowerBound - first) }
      if first + 63 > range.upperBound { word &= ~0 >> UInt64(first + 63 - range.upperBound) }
      while word != 0 {
        entries.append(first + Int64(word.trailingZeroBitCount))
        word &= word - 1
      }
    }
  }
}
