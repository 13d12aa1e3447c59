// SPDX-License-Identifier: Apache-2.0
import Bytes

/// The plain text of documents (export-formats section 2).
struct TranscriptText: Sendable {
  /// The bytes.
  private(set) var bytes: [UInt8] = []
  /// How many NUL characters were replaced: review tools take a text with NUL for binary.
  private(set) var substitutionCount = 0

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
    for byte in text.utf8 { append(byte) }
  }

  // Line ends of any kind become a line feed and the indent.
  private mutating func appendIndented(_ text: String) {
    var previous: UInt8 = 0
    for byte in text.utf8 {
      switch byte {
      case 0x0A where previous == 0x0D: break
      case 0x0A, 0x0D: bytes.append("\n    ")
      default: append(byte)
      }
      previous = byte
    }
  }

  private mutating func appendOneLine(_ text: String) {
    for byte in text.utf8 {
      append(byte == 0x0A || byte == 0x0D ? UInt8(ascii: " ") : byte)
    }
  }

  private mutating func append(_ byte: UInt8) {
    if byte == 0 {
      bytes += [0xEF, 0xBF, 0xBD]
      substitutionCount += 1
    } else {
      bytes.append(byte)
    }
  }
}
