// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Writes the header of a message or a part (RFC 5322 §2.2), with CRLF line ends.
struct MailHeader: Sendable {
  /// How text outside ASCII is written.
  enum Encoding: Sendable {
    /// As it is, in UTF-8: what readers of RSMF compare (export-formats section 3.2).
    case raw
    /// As encoded words (RFC 2047).
    case words
  }

  // Lines stay below the limit of 998 whatever a capture holds (RFC 5322 §2.1.1).
  private static let maximumTextByteCount = 900
  private static let lineByteCount = 78

  private(set) var bytes: [UInt8] = []
  private let encoding: Encoding

  init(_ encoding: Encoding) {
    self.encoding = encoding
  }

  /// Adds a field whose value is ASCII and needs no care.
  mutating func add(_ name: String, _ value: String) {
    bytes.append(name + ": " + value + "\r\n")
  }

  /// Adds a field of free text.
  mutating func add(_ name: String, text: String) {
    let text = limited(headerLine(text), MailHeader.maximumTextByteCount)
    let column = name.utf8.count + 2
    switch encoding {
    case .raw: bytes.append(name + ": " + folded(text, column: column) + "\r\n")
    case .words:
      let needsWords =
        text.utf8.contains { $0 >= 0x7F } || text.contains("=?") || text.contains("  ")
        || text.utf8.split(separator: 0x20).contains { $0.count > 70 }
      let value = needsWords ? encodedWords(text, column: column) : folded(text, column: column)
      bytes.append(name + ": " + value + "\r\n")
    }
  }

  /// Adds a field of addresses, each on a line of its own after the first.
  mutating func add(_ name: String, addresses: [(display: String, address: String)]) {
    let values = addresses.map { entry in
      let display = limited(headerLine(entry.display), 200)
      guard !display.isEmpty else { return "<" + entry.address + ">" }
      let isPlain = display.utf8.allSatisfy { $0 < 0x7F } && !display.contains("=?")
      let words =
        encoding == .words && !isPlain ? encodedWords(display, column: 6) : quoted(display)
      // The address on a new line, where both would be too long.
      let separator = words.utf8.count + entry.address.utf8.count > 70 ? "\r\n " : " "
      return words + separator + "<" + entry.address + ">"
    }
    add(name, values.joined(separator: ",\r\n "))
  }

  /// Adds the field of a designation, if there is one.
  mutating func add(_ designation: Designation, in kind: Designation.Kind) {
    bytes += designation.field(kind)
  }

  /// Adds a field of message ids.
  mutating func add(_ name: String, ids: [String]) {
    guard !ids.isEmpty else { return }
    add(name, ids.joined(separator: "\r\n "))
  }

  /// A date as headers have it, in UTC.
  static func date(_ instant: Instant) -> String {
    let clock = RunZone.utc.wallClock(at: instant)
    let date = clock.date
    // 1 January 1970 was a Thursday.
    let weekday = ((date.daysSinceEpoch % 7) + 7 + 4) % 7
    return weekdays[weekday] + ", " + digits(date.day, 2) + " " + months[date.month - 1] + " "
      + digits(date.year, 4) + " " + clock.timeText + " +0000"
  }

  /// Breaks a text before single blanks, so that lines stay short.
  private func folded(_ text: String, column: Int) -> String {
    guard column + text.utf8.count > MailHeader.lineByteCount else { return text }
    var result: [UInt8] = []
    var column = column
    for word in text.utf8.split(separator: 0x20, omittingEmptySubsequences: false) {
      if !result.isEmpty {
        if column + 1 + word.count > MailHeader.lineByteCount, !word.isEmpty {
          result.append("\r\n")
          column = 0
        }
        result.append(0x20)
        column += 1
      }
      result += word
      column += word.count
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Encoded words, one a line, cut between characters; no line is longer than 76 (RFC 2047 §2).
  private func encodedWords(_ text: String, column: Int) -> String {
    var words: [String] = []
    var piece: [UInt8] = []
    // 76 less `=?utf-8?B?`, `?=` and what stands before.
    var limit = (64 - column) / 4 * 3
    for scalar in text.unicodeScalars {
      let next = Array(String(scalar).utf8)
      if piece.count + next.count > limit {
        words.append(word(piece))
        piece = []
        limit = 45
      }
      piece += next
    }
    if !piece.isEmpty { words.append(word(piece)) }
    return words.joined(separator: "\r\n ")
  }

  private func word(_ bytes: [UInt8]) -> String {
    "=?utf-8?B?" + String(decoding: Base64.encode(bytes.span), as: UTF8.self) + "?="
  }

  private func quoted(_ text: String) -> String {
    var result = "\""
    for character in text.unicodeScalars {
      if character == "\"" || character == "\\" { result += "\\" }
      result.unicodeScalars.append(character)
    }
    return result + "\""
  }
}

/// A text of at most so many bytes, cut between characters, with an ellipsis where it was cut.
func limited(_ text: String, _ byteCount: Int) -> String {
  guard text.utf8.count > byteCount else { return text }
  var result = String.UnicodeScalarView()
  var count = 3
  for scalar in text.unicodeScalars {
    count += String(scalar).utf8.count
    guard count <= byteCount else { break }
    result.append(scalar)
  }
  return String(result) + "\u{2026}"
}

private let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
private let months = [
  "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
]
