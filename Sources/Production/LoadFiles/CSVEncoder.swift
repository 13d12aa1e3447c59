// SPDX-License-Identifier: Apache-2.0
import Bytes

/// Writes records of CSV (RFC 4180; export-formats section 4.5).
struct CSVEncoder: Sendable {
  /// Whether a value that a spreadsheet would read as a formula gets a `'` in front.
  let neutralisesFormulas: Bool

  /// One record with its line end.
  func record(_ values: [String]) -> [UInt8] {
    var output: [UInt8] = []
    for (index, value) in values.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      append(value, to: &output)
    }
    output += [0x0D, 0x0A]
    return output
  }

  private func append(_ value: String, to output: inout [UInt8]) {
    let isFormula = neutralisesFormulas && looksLikeFormula(value)
    let needsQuotes =
      isFormula
      || value.utf8.contains { byte in
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "\""), 0x0A, 0x0D: true
        default: false
        }
      }
    guard
      needsQuotes || value.utf8.first == UInt8(ascii: " ")
        || value.utf8.last == UInt8(ascii: " ")
    else {
      output.append(value)
      return
    }
    output.append(UInt8(ascii: "\""))
    if isFormula { output.append(UInt8(ascii: "'")) }
    for byte in value.utf8 {
      if byte == UInt8(ascii: "\"") { output.append(byte) }
      output.append(byte)
    }
    output.append(UInt8(ascii: "\""))
  }

  // Spreadsheets skip blanks before they look, and some read full-width forms alike.
  private func looksLikeFormula(_ value: String) -> Bool {
    for scalar in value.unicodeScalars {
      switch scalar {
      case " ", "\u{A0}", "\u{FEFF}", "\0": continue
      case "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}":
        return true
      default: return false
      }
    }
    return false
  }
}
