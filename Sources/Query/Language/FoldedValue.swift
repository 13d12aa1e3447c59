// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How values are folded before they are compared whole.
///
/// Folding twice changes nothing.
package enum FoldedValue {
  /// A text value for `=`: case, width, diacritics and runs of blanks are folded (query-language
  /// section 7.1), as the tokenizer folds them.
  package static func wholeText(_ text: String) -> String { Tokenizer.fold(text) }

  /// A keyword or an identity: letter case and runs of blanks.
  package static func identity(_ text: String) -> String {
    collapsed(text).lowercased().precomposedStringWithCanonicalMapping
  }

  /// One blank for every run of blanks, none at the ends.
  static func collapsed(_ text: String) -> String {
    text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace)
      .map { String($0) }.joined(separator: " ")
  }
}
