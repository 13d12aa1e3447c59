// SPDX-License-Identifier: Apache-2.0

/// The tokens of one segment of a field, to look for words, phrases and proximity in.
struct TokenizedText {
  /// The folded tokens, one after the other.
  private var bytes: [UInt8] = []
  /// The end of each token in `bytes`.
  private var ends: [Int] = []
  /// The bytes of the source that made each token; empty unless asked for.
  private(set) var sourceRanges: [Range<Int>] = []

  /// The number of tokens.
  var count: Int { ends.count }

  /// The segments of a text, cut at segment separators, in order; a segment without tokens is left
  /// out.
  static func segments(of text: Span<UInt8>, keepsSourceRanges: Bool = false) -> [TokenizedText] {
    var segments: [TokenizedText] = []
    var current = TokenizedText()
    Tokenizer.forEachToken(in: text) { token, range in
      if isSeparator(token) {
        if current.count > 0 { segments.append(current) }
        current = TokenizedText()
      } else {
        unsafe token.withUnsafeBufferPointer { unsafe current.bytes.append(contentsOf: $0) }
        current.ends.append(current.bytes.count)
        if keepsSourceRanges { current.sourceRanges.append(range) }
      }
      return true
    }
    if current.count > 0 { segments.append(current) }
    return segments
  }

  private static func isSeparator(_ token: Span<UInt8>) -> Bool {
    token.count == 4
      && DecodedScalar(in: token, at: 0).value == Tokenizer.segmentSeparator.value
  }

  /// Whether the phrase occurs.
  func contains(_ phrase: Phrase) -> Bool {
    var isFound = false
    forEachOccurrence(of: phrase) { _ in
      isFound = true
      return false
    }
    return isFound
  }

  /// The occurrences of the phrase as ranges of tokens, ascending; they may overlap.
  func occurrences(of phrase: Phrase) -> [Range<Int>] {
    var occurrences: [Range<Int>] = []
    forEachOccurrence(of: phrase) { range in
      occurrences.append(range)
      return true
    }
    return occurrences
  }

  private func forEachOccurrence(of phrase: Phrase, _ body: (Range<Int>) -> Bool) {
    let length = phrase.tokens.count
    guard length > 0, length <= count else { return }
    for start in 0...(count - length) {
      var offset = 0
      while offset < length, matches(start + offset, phrase, at: offset) { offset += 1 }
      if offset == length, !body(start..<(start + length)) { return }
    }
  }

  private func matches(_ index: Int, _ phrase: Phrase, at offset: Int) -> Bool {
    let wanted = phrase.tokens[offset]
    let isPrefix = phrase.lastIsPrefix && offset == phrase.tokens.count - 1
    let start = index == 0 ? 0 : ends[index - 1]
    let length = ends[index] - start
    guard isPrefix ? length >= wanted.count : length == wanted.count else { return false }
    for place in wanted.indices where bytes[start + place] != wanted[place] { return false }
    return true
  }
}

/// A `TextMatch` as bytes.
struct Phrase: Sendable {
  var tokens: [[UInt8]]
  var lastIsPrefix: Bool

  init(_ match: TextMatch) {
    tokens = match.tokens.map { Array($0.utf8) }
    lastIsPrefix = match.lastIsPrefix
  }
}
