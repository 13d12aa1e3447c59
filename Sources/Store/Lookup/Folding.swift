// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How names, addresses and ids are folded before they are compared whole: letter case, and runs
/// of blanks as one.
enum Folding {
  static func identity(_ text: String) -> String {
    let words = text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace)
    return words.map { String($0) }.joined(separator: " ").lowercased()
      .precomposedStringWithCanonicalMapping
  }
}
