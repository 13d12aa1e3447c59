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

  /// The fields of a record that lose characters in CSV: review tools and databases take a text with
  /// NUL for binary, or end it there.
  static func substitutions(in row: FieldRow) -> [ConcordanceEncoder.Substitution] {
    func found(_ name: String, _ values: [String]) -> ConcordanceEncoder.Substitution? {
      let count = values.reduce(0) { $0 + $1.utf8.count { $0 == 0 } }
      return count > 0 ? ConcordanceEncoder.Substitution(field: name, count: count) : nil
    }
    return Field.allCases.compactMap { found($0.rawValue, row[list: $0]) }
      + row.extraFields.compactMap { found($0.rawValue, [row[extra: $0]]) }
  }

  private func append(_ value: String, to output: inout [UInt8]) {
    guard !value.utf8.contains(0) else {
      var kept = value
      kept.unicodeScalars.removeAll { $0 == "\0" }
      append(kept, to: &output)
      return
    }
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
      case " ", "\u{A0}", "\u{FEFF}": continue
      case "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}":
        return true
      default: return false
      }
    }
    return false
  }
}
