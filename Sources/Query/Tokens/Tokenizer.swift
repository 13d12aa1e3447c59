// SPDX-License-Identifier: Apache-2.0
import CUnicode

/// The tokenizer of the index and of queries (query-language sections 3.1 and 15).
package enum Tokenizer {
  /// The character that separates segments (content blocks, files) in a field's stored text.
  ///
  /// It yields a token of its own, so that no phrase crosses it; it never occurs in captured text,
  /// where the noncharacter is replaced by U+FFFD before it is stored.
  package static let segmentSeparator: Unicode.Scalar = "\u{10FFFF}"

  /// The tokens of a text, folded, in order, without segment separators.
  package static func tokens(of text: String) -> [String] {
    text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }).map(String.init)
  }
}
