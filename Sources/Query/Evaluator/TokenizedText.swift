// SPDX-License-Identifier: Apache-2.0

/// The tokens of one segment of a field, to look for words, phrases and proximity in.
struct TokenizedText {
  /// The folded tokens, one after the other.
  private var bytes: [UInt8] = []
  /// The end of each token in `bytes`.
  private var ends: [Int] = []
  /// The bytes of the source that made each token; empty unless asked for.
  private(set) var sourceRanges: [Range<Int>] = []
  /// A bit for each token by its hash, a power of two of words; empty until ``mark()``.
  private var marks: [UInt64] = []

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

  /// Marks which tokens there are, so that most phrases that do not occur are not searched for.
  mutating func mark() {
    // Eight bits a token and more let about one in ten of other tokens pass.
    var wordCount = 1
    while wordCount * 8 < count { wordCount *= 2 }
    marks = Array(repeating: 0, count: wordCount)
    var start = 0
    for end in ends {
      let hash = tokenHash(bytes[start..<end])
      marks[Int(hash >> 6) & (wordCount - 1)] |= 1 << (hash & 63)
      start = end
    }
  }

  /// Whether every whole token of a phrase may be there.
  private func mayContain(_ phrase: Phrase) -> Bool {
    marks.isEmpty
      || phrase.hashes.allSatisfy {
        marks[Int($0 >> 6) & (marks.count - 1)] & 1 << ($0 & 63) != 0
      }
  }

  private func forEachOccurrence(of phrase: Phrase, _ body: (Range<Int>) -> Bool) {
    let length = phrase.tokens.count
    guard length > 0, length <= count, mayContain(phrase) else { return }
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
  let tokens: [[UInt8]]
  let lastIsPrefix: Bool
  /// Of the whole tokens.
  let hashes: [UInt32]

  init(_ match: TextMatch) {
    tokens = match.tokens.map { Array($0.utf8) }
    lastIsPrefix = match.lastIsPrefix
    hashes = tokens.dropLast(lastIsPrefix ? 1 : 0).map { tokenHash($0[...]) }
  }
}

/// FNV-1a, with the high bits, which are mixed best, also in the low ones.
private func tokenHash(_ token: ArraySlice<UInt8>) -> UInt32 {
  var hash: UInt32 = 2_166_136_261
  for byte in token { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
  return hash ^ hash >> 15
}
