// SPDX-License-Identifier: Apache-2.0

/// Tells whether a supporting word stands near a match: wholly within 300 characters before or
/// after it.
///
/// Questions come with ascending places. Words are looked for only around matches, and nowhere
/// twice, so that texts full of matches take no longer than others.
struct WordWindow: Sendable {
  /// In characters (scalars), on each side.
  static let reach = 300

  private let words: SupportingWords
  /// Before this place all words are known, as far as they can matter.
  private var reached = -1
  private var reachedCharacter = 0
  /// A place with its number of characters, to count from.
  private var anchor = 0
  private var anchorCharacter = 0
  /// Words found, by their begin; in characters.
  private var found: [(start: Int, end: Int)] = []
  /// The words before it begin too early for all questions to come.
  private var low = 0

  init(_ words: SupportingWords) {
    self.words = words
  }

  /// Forgets the text that was searched.
  mutating func reset() {
    reached = -1
    found.removeAll(keepingCapacity: true)
    low = 0
  }

  /// Whether a word stands near a part of a text.
  mutating func supports(_ range: Range<Int>, in text: Span<UInt8>) -> Bool {
    // A character has four bytes at most, so nothing known can be near.
    if reached < 0 || range.lowerBound >= reached + Self.reach * 4 {
      begin(before: range.lowerBound, in: text)
    }
    let start = character(at: range.lowerBound, in: text)
    let end = start + text.characterCount(range)
    anchor = range.lowerBound
    anchorCharacter = start
    search(upTo: end + Self.reach, in: text)
    while low < found.count, found[low].start < start - Self.reach { low += 1 }
    if low > 4096 {
      found.removeFirst(low)
      low = 0
    }
    for word in found[low...] {
      if word.end <= start { return true }
      if word.start >= end {
        if word.end <= end + Self.reach { return true }
        if word.start > end + Self.reach { return false }
      }
    }
    return false
  }

  /// Starts at the begin of the window before a place.
  private mutating func begin(before start: Int, in text: Span<UInt8>) {
    reset()
    var place = start
    var characters = 0
    while place > 0, characters < Self.reach {
      place -= 1
      if !text[place].isContinuation { characters += 1 }
    }
    reached = place
    reachedCharacter = 0
    anchor = place
    anchorCharacter = 0
  }

  private func character(at place: Int, in text: Span<UInt8>) -> Int {
    place >= anchor
      ? anchorCharacter + text.characterCount(anchor..<place)
      : anchorCharacter - text.characterCount(place..<anchor)
  }

  private mutating func search(upTo limit: Int, in text: Span<UInt8>) {
    var place = reached
    var character = reachedCharacter
    while place < text.count, character < limit {
      if let end = words.end(at: place, in: text) {
        found.append((character, character + text.characterCount(place..<end)))
      }
      place += 1
      while place < text.count, text[place].isContinuation { place += 1 }
      character += 1
    }
    reached = place
    reachedCharacter = character
  }
}
