// SPDX-License-Identifier: Apache-2.0
import Bytes

/// Writes records of a Concordance DAT load file (export-formats section 4.1).
struct ConcordanceEncoder: Sendable {
  /// A value that cannot be written as it is.
  struct Substitution: Sendable, Hashable {
    var field: String
    /// Characters that were replaced or removed.
    var count: Int
  }

  let encoding: LoadFileEncoding
  let escape: LoadFileEscape

  init(_ form: LoadFileForm) {
    encoding = form.encoding
    escape = form.escape
  }

  /// What stands before the first record.
  var prologue: [UInt8] {
    switch encoding {
    case .utf8WithMark: ByteOrderMark.utf8
    case .utf16: [0xFF, 0xFE]
    case .utf8, .windows1252: []
    }
  }

  /// A record of field names.
  func header(_ names: [String]) -> [UInt8] {
    record(names)
  }

  /// A record of values that ``cleaned(_:isPart:field:substitutions:)`` gave.
  func record(_ values: [String]) -> [UInt8] {
    let bytes = utf8Record(values)
    var output: [UInt8] = []
    switch encoding {
    case .utf8WithMark, .utf8: return bytes
    case .utf16:
      for unit in String(decoding: bytes, as: UTF8.self).utf16 {
        output.append(UInt8(truncatingIfNeeded: unit))
        output.append(UInt8(truncatingIfNeeded: unit >> 8))
      }
    case .windows1252:
      for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
        output.append(Windows1252.byte(scalar) ?? UInt8(ascii: "?"))
      }
    }
    return output
  }

  /// What a reader finds of a value that was cleaned and written.
  func readBack(_ value: String) -> String {
    var substitutions: [Substitution] = []
    let cleaned = cleaned(value, isPart: false, field: "", substitutions: &substitutions)
    guard encoding == .windows1252 || escape == .double else { return cleaned }
    var reader = ConcordanceReader()
    reader.read((prologue + record([cleaned])).span)
    return (try? reader.next()) == true ? reader.value(0) : cleaned
  }

  private func utf8Record(_ values: [String]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(values.reduce(2) { $0 + $1.utf8.count + 5 })
    for (index, value) in values.enumerated() {
      if index > 0 { output.append(0x14) }
      output.append("\u{FE}")
      output.append(value)
      output.append("\u{FE}")
    }
    output += [0x0D, 0x0A]
    return output
  }

  /// Makes a value fit for a record and notes what that changed.
  ///
  /// - Parameters:
  ///   - value: The value, or one of several in a multi-value field.
  ///   - isPart: Whether it is one of several, which must not hold a `;`.
  ///   - field: The field's name, for the note.
  ///   - substitutions: Gets a note when the value changed.
  /// - Returns: The value to write.
  func cleaned(
    _ value: String, isPart: Bool, field: String, substitutions: inout [Substitution]
  ) -> String {
    guard
      value.utf8.contains(where: { mayChange($0, isPart: isPart) })
        || value.utf8.first == UInt8(ascii: " ") || value.utf8.last == UInt8(ascii: " ")
    else { return value }
    var result = String.UnicodeScalarView()
    var count = 0
    var previous: Unicode.Scalar = "\0"
    for scalar in value.unicodeScalars {
      defer { previous = scalar }
      if let replacement = replacement(for: scalar, after: previous, isPart: isPart) {
        result.append(contentsOf: replacement.unicodeScalars)
        count += 1
      } else {
        result.append(scalar)
      }
    }
    // What stands at the ends after cleaning counts: a tab there became a space.
    let trimmed = result.drop { $0 == " " }
    let end = trimmed.lastIndex { $0 != " " }
    let kept = end.map { trimmed[...$0] } ?? trimmed[trimmed.endIndex...]
    count += result.count - kept.count
    if count > 0 { substitutions.append(Substitution(field: field, count: count)) }
    return String(Substring(kept))
  }

  private func mayChange(_ byte: UInt8, isPart: Bool) -> Bool {
    byte < 0x20 || byte >= 0x80 || (isPart && byte == UInt8(ascii: ";"))
  }

  // Nil where the scalar stays.
  private func replacement(
    for scalar: Unicode.Scalar, after previous: Unicode.Scalar, isPart: Bool
  ) -> String? {
    switch scalar {
    case "\0": ""
    case "\n" where previous == "\r": ""
    case "\r", "\n": "\u{AE}"
    case "\u{AE}" where escape == .replace: "(R)"
    case "\u{FE}": escape == .replace ? "th" : "\u{FE}\u{FE}"
    case "\u{DE}" where escape == .replace: "TH"
    case "\u{1}"..."\u{1F}": " "
    case ";" where isPart: ","
    case "\u{80}"... where encoding == .windows1252 && Windows1252.byte(scalar) == nil: "?"
    default: nil
    }
  }
}

/// The characters of Windows-1252.
enum Windows1252 {
  /// The byte of a character; nil when the code page lacks it.
  static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
    switch scalar.value {
    case 0..<0x80, 0xA0...0xFF: UInt8(scalar.value)
    default: upper[scalar.value]
    }
  }

  /// The character of a byte; nil for the five that the code page leaves open.
  static func scalar(_ byte: UInt8) -> Unicode.Scalar? {
    guard (0x80...0x9F).contains(byte) else { return Unicode.Scalar(byte) }
    return high[Int(byte) - 0x80].flatMap { Unicode.Scalar($0) }
  }

  // 0x80 to 0x9F.
  private static let high: [UInt32?] = [
    0x20AC, nil, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, nil, 0x017D, nil,
    nil, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, nil, 0x017E, 0x0178,
  ]

  private static let upper: [UInt32: UInt8] = {
    var result: [UInt32: UInt8] = [:]
    for (index, value) in high.enumerated() {
      if let value { result[value] = UInt8(0x80 + index) }
    }
    return result
  }()
}
