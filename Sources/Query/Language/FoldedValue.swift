// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How values are folded before they are compared whole.
///
/// Folding twice changes nothing.
package enum FoldedValue {
  /// A value as queries compare it, whatever its property: letter case, width, diacritics and runs of
  /// blanks are folded (query-language sections 3.1 and 7.1), as the tokenizer folds them.
  ///
  /// Both sides of a comparison are folded so, and what the lexer reads as something plainer (curly
  /// quotation marks, full-width forms, invisible characters) is folded to the same: whatever bears a
  /// name can be found by it.
  package static func wholeText(_ text: String) -> String {
    isFoldedASCII(text) ? text : Tokenizer.fold(text)
  }

  /// An identity as the directory tells persons apart: letter case and runs of blanks.
  ///
  /// Finer than what queries compare: two addresses that differ in an accent are two.
  package static func identity(_ text: String) -> String {
    collapsed(text).lowercased().precomposedStringWithCanonicalMapping
  }

  /// One blank for every run of blanks, none at the ends.
  static func collapsed(_ text: String) -> String {
    text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace)
      .map { String($0) }.joined(separator: " ")
  }

  /// Whether a text is folded already, as most names and ids are: each query compares many of them.
  private static func isFoldedASCII(_ text: String) -> Bool {
    // A blank at either end or after another one is folded away.
    var isAfterBlank = true
    for byte in text.utf8 {
      switch byte {
      case 0x20:
        if isAfterBlank { return false }
        isAfterBlank = true
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): return false
      case 0x21...0x7E: isAfterBlank = false
      default: return false
      }
    }
    return !isAfterBlank || text.utf8.isEmpty
  }
}
