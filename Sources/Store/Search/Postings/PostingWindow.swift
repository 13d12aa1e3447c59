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

  var count: Int {
    var count = 0
    forEachWord { index in unsafe count += words[index].nonzeroBitCount }
    return count
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

  /// Changes the words that may have bits.
  @inline(__always)
  private func update(_ body: (_ index: Int, _ word: UInt64) -> UInt64) {
    for group in 0..<PostingWindow.groupCount {
      var bits = unsafe groups[group]
      while bits != 0 {
        let bit = bits & (~bits + 1)
        let index = group << 6 | bits.trailingZeroBitCount
        let word = unsafe body(index, words[index])
        unsafe words[index] = word
        if word == 0 { unsafe groups[group] &= ~bit }
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

  /// Keeps what another window of the same place has as well.
  func formIntersection(_ other: PostingWindow) {
    update { index, word in unsafe word & other.words[index] }
  }

  /// Takes out what another window of the same place has.
  func subtract(_ other: PostingWindow) {
    update { index, word in unsafe word & ~other.words[index] }
  }

  /// Keeps the entries of a range.
  func clamp(to range: ClosedRange<Int64>) {
    guard range.lowerBound > base || range.upperBound < end - 1 else { return }
    update { index, word in
      let first = base + Int64(index) * 64
      guard first <= range.upperBound, first + 63 >= range.lowerBound else { return 0 }
      var kept = word
      if first < range.lowerBound { kept &= ~0 << UInt64(range.lowerBound - first) }
      if first + 63 > range.upperBound { kept &= ~0 >> UInt64(first + 63 - range.upperBound) }
      return kept
    }
  }

  /// Keeps the entries for which a body, called in ascending order, says so.
  func filter(_ body: (Int64) throws -> Bool) rethrows {
    for group in 0..<PostingWindow.groupCount {
      var bits = unsafe groups[group]
      while bits != 0 {
        let index = group << 6 | bits.trailingZeroBitCount
        var word = unsafe words[index]
        var kept: UInt64 = 0
        while word != 0 {
          let bit = word & (~word + 1)
          if try body(base + Int64(index << 6 | word.trailingZeroBitCount)) { kept |= bit }
          word &= word - 1
        }
        unsafe words[index] = kept
        bits &= bits - 1
      }
    }
    update { _, word in word }
  }

  /// Appends the entries in ascending order.
  func append(to entries: inout [Int64]) {
    forEachWord { index in
      var word = unsafe words[index]
      while word != 0 {
        entries.append(base + Int64(index << 6 | word.trailingZeroBitCount))
        word &= word - 1
      }
    }
  }
}
