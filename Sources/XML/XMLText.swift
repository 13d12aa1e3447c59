// SPDX-License-Identifier: Apache-2.0

/// Text as XML 1.0 can hold it.
package enum XMLText {
  /// Replaces what no document may hold by U+FFFD.
  ///
  /// Allowed are tab, line feed, carriage return, and U+0020 and on without the surrogates, U+FFFE
  /// and U+FFFF (XML 1.0, production 2). The library writes anything else as it comes, and no
  /// parser accepts that.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - substitutionCount: Goes up by the number of characters replaced.
  /// - Returns: The text, or its fit form.
  package static func fit(_ text: String, substitutionCount: inout Int) -> String {
    guard needsLook(text.utf8.span) else { return text }
    var result = String.UnicodeScalarView()
    var count = 0
    for scalar in text.unicodeScalars {
      if isAllowed(scalar) {
        result.append(scalar)
      } else {
        result.append("\u{FFFD}")
        count += 1
      }
    }
    guard count > 0 else { return text }
    substitutionCount += count
    return String(result)
  }

  // U+FFFE and U+FFFF begin with EF in UTF-8.
  private static func needsLook(_ bytes: Span<UInt8>) -> Bool {
    for index in bytes.indices where bytes[index] < 0x20 || bytes[index] == 0xEF { return true }
    return false
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }
}
