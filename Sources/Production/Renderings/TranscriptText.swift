// SPDX-License-Identifier: Apache-2.0
import Bytes

/// The plain text of documents (export-formats section 2).
struct TranscriptText: Sendable {
  /// The bytes.
  private(set) var bytes: [UInt8] = []
  /// How many NUL characters were replaced: review tools take a text with NUL for binary.
  private(set) var substitutionCount = 0

  /// Begins with a designation, if there is one.
  init(_ designation: Designation) {
    bytes.append(designation.textHead)
  }

  /// Adds an event: `[time] name: text`, further lines indented by four spaces.
  mutating func append(_ event: EventView) {
    bytes.append("[" + event.timeText + "] ")
    for mark in event.marks { bytes.append("[" + mark + "] ") }
    appendOneLine(event.sender)
    bytes.append(": ")
    appendIndented(event.body)
    bytes.append(UInt8(ascii: "\n"))
    for attachment in event.attachments {
      bytes.append("    [attachment: ")
      appendOneLine(attachment.name)
      bytes.append(" | " + attachment.number + "]\n")
    }
  }

  /// Adds text as it is.
  mutating func append(plain text: String) {
    append(text) { _ in nil }
  }

  // Line ends of any kind become a line feed and the indent.
  private mutating func appendIndented(_ text: String) {
    append(text) { $0 == 0x0A || $0 == 0x0D ? "\n    " : nil }
  }

  private mutating func appendOneLine(_ text: String) {
    append(text) { $0 == 0x0A || $0 == 0x0D ? " " : nil }
  }

  // Runs between control characters are appended whole. Of CR and LF together the CR goes where
  // the LF is replaced.
  private mutating func append(_ text: String, replacement: (UInt8) -> String?) {
    let span = text.utf8.span
    var start = 0
    for index in span.indices {
      let byte = span[index]
      guard byte < 0x0E, byte != 0x09 else { continue }
      let isBeforeLineFeed = byte == 0x0D && index + 1 < span.count && span[index + 1] == 0x0A
      let new = byte == 0 ? "\u{FFFD}" : replacement(byte)
      guard let new else { continue }
      bytes.append(span.extracting(start..<index))
      if byte == 0 { substitutionCount += 1 }
      if !isBeforeLineFeed { bytes.append(new) }
      start = index + 1
    }
    bytes.append(span.extracting(start..<span.count))
  }
}
