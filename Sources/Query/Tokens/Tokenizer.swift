// SPDX-License-Identifier: Apache-2.0

/// The tokenizer of the index and of queries (query-language sections 3.1 and 15).
///
/// A text is folded first, then cut, scalar by scalar:
///
/// 1. *Folding.* Compatibility forms become plain ones (NFKC: width, ligatures, superscripts,
///    fractions), case is folded in full, marks of the Combining Diacritical Marks blocks are
///    dropped, the rest is composed again. Format characters, variation selectors and other
///    default-ignorable characters vanish. The signs ©, ®, ™ and ℠ separate, so that none of them
///    hides the word it stands at. Canonically equivalent texts give the same tokens.
/// 2. *Words.* Letters, numbers and the marks that are left join. Everything else separates, NUL,
///    control characters, unassigned and private-use ones and invalid UTF-8 too. An apostrophe
///    (`'`, `’`) between two letters is dropped and joins them.
/// 3. *Characters.* A letter with its marks is a token of its own where the script puts no blanks
///    between words: Han, Kana with its prolonged sound marks, Thai, Lao, Khmer with their digits,
///    other letters to which UAX #29 gives no word class (Myanmar, Tai, Tangut and others), and
///    Hangul by syllables. A letter of Hangul that forms no syllable with its neighbour is a token.
/// 4. *Pictographs* are a token each, a pair of regional indicators is one; half a pair, skin tones
///    and tags leave no token. A keycap is its digit.
///
/// A mark with nothing before it begins a token. Every token of a text is a fixed point: cut again,
/// it gives itself.
package enum Tokenizer {
  /// The character that separates segments (content blocks, files) in a field's stored text.
  ///
  /// It yields a token of its own, so that no phrase crosses it; it never occurs in captured text,
  /// where the noncharacter is replaced by U+FFFD before it is stored.
  package static let segmentSeparator: Unicode.Scalar = "\u{10FFFF}"

  /// The longest token, in bytes of UTF-8.
  ///
  /// What goes beyond it in one word is dropped, on both
  /// sides alike; FTS5 would cut there by itself.
  package static let longestToken = 32_768

  /// Calls `body` with each token of a text, in order, until it returns false.
  ///
  /// A segment separator gives a token of its own, its four bytes. Invalid UTF-8 separates.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8 text; may hold NUL.
  ///   - body: Gets the token's folded UTF-8, good for the call alone, and the range of bytes of
  ///     `bytes` from which it was made. Neither bound ever falls; tokens that come out of one
  ///     character (`½`) share its bytes.
  /// - Complexity: Linear; one allocation for the text, none per token.
  package static func forEachToken(
    in bytes: Span<UInt8>, _ body: (_ token: Span<UInt8>, _ sourceRange: Range<Int>) -> Bool
  ) {
    var scanner = TokenScanner()
    scanner.scan(bytes, body)
  }

  /// The tokens of a text, folded, in order, without segment separators.
  package static func tokens(of text: String) -> [String] {
    var tokens: [String] = []
    forEachToken(in: text.utf8Span.span) { token, _ in
      let string = String(folded: token)
      if string.unicodeScalars.first != segmentSeparator { tokens.append(string) }
      return true
    }
    return tokens
  }

  /// Whether a token is one character by the rule of its script, so that one is enough before `*`.
  ///
  /// True of pictographs and flags too (query-language sections 5 and 15).
  package static func isCharacterToken(_ token: String) -> Bool {
    guard let first = token.unicodeScalars.first else { return false }
    switch ScalarEntry(first.value).scalarClass {
    case .single, .hangul, .jamo, .pictograph, .regional: return true
    default: return false
    }
  }

  /// Whether a folded token is long enough to stand before `*`: three letters or digits, or one
  /// character where the script has one token per character (query-language section 5).
  package static func isLongEnoughForPrefix(_ token: String) -> Bool {
    if isCharacterToken(token) { return true }
    let count = token.unicodeScalars.count {
      let scalarClass = ScalarEntry($0.value).scalarClass
      return scalarClass == .letter || scalarClass == .number
    }
    return count >= 3
  }
}

extension String {
  /// A copy of folded bytes, which are always valid.
  init(folded bytes: Span<UInt8>) {
    self = unsafe bytes.withUnsafeBufferPointer {
      unsafe String(decoding: $0, as: UTF8.self)
    }
  }
}
