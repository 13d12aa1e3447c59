// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How values are folded before they are compared whole.
///
/// Folding twice changes nothing.
package enum FoldedValue {
  /// A text value for `=`: case, width, diacritics and runs of blanks are folded (query-language
  /// section 7.1); marks that are letters of their script stay (section 15).
  package static func wholeText(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      guard scalar.value != 0xFE61 else {
        // Its compatibility form would read as a wildcard in the normal form.
        scalars.append(scalar)
        continue
      }
      let mapped = String(scalar).decomposedStringWithCompatibilityMapping
      for part in mapped.unicodeScalars where !isDiacritic(part) {
        scalars.append(contentsOf: caseFolded(part).unicodeScalars)
      }
    }
    return collapsed(String(scalars)).precomposedStringWithCanonicalMapping
  }

  /// A keyword or an identity: letter case and runs of blanks.
  package static func identity(_ text: String) -> String {
    collapsed(text).lowercased().precomposedStringWithCanonicalMapping
  }

  /// One blank for every run of blanks, none at the ends.
  static func collapsed(_ text: String) -> String {
    text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace)
      .map { String($0) }.joined(separator: " ")
  }

  private static func caseFolded(_ scalar: Unicode.Scalar) -> String {
    // Upper case first, so that a sharp s becomes `ss`; a dotless i has no other form.
    scalar.value == 0x131
      ? String(scalar) : scalar.properties.uppercaseMapping.lowercased()
  }

  /// The blocks of combining diacritical marks.
  private static func isDiacritic(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x300...0x36F, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE20...0xFE2F: true
    default: false
    }
  }
}
