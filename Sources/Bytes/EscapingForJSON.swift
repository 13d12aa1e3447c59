// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
  /// Appends text as a JSON string with its quotes (RFC 8259 §7).
  ///
  /// Controls, seen or unseen, are written `\uXXXX`, so that the output can be shown on a terminal
  /// and reads back as the same text. A byte that is not UTF-8 becomes U+FFFD.
  package mutating func appendJSONString(_ text: Span<UInt8>) {
    append(UInt8(ascii: "\""))
    var start = 0
    var position = 0
    while position < text.count {
      let byte = text[position]
      if byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
        position += 1
        continue
      }
      let next: Int
      switch decodeScalar(text, at: position) {
      case .scalar(let scalar, let byteCount):
        next = position + byteCount
        guard scalar < 0x80 || isHiddenControl(scalar) else {
          position = next
          continue
        }
        append(text, start..<position)
        appendJSONEscape(scalar)
      case .malformed:
        next = position + 1
        append(text, start..<position)
        append(contentsOf: "\u{FFFD}".utf8)
      }
      position = next
      start = next
    }
    append(text, start..<position)
    append(UInt8(ascii: "\""))
  }

  /// Appends text as a JSON string with its quotes.
  package mutating func appendJSONString(_ text: String) {
    appendJSONString(text.utf8.span)
  }

  /// Appends a JSON text so that no terminal acts on it: DEL and controls that are not seen become
  /// escapes by their number, which mean the same (RFC 8259 §7).
  ///
  /// Such characters stand in strings alone, and the other controls are escaped in any JSON text.
  package mutating func appendJSONForTerminal(_ text: Span<UInt8>) {
    var start = 0
    var position = 0
    while position < text.count {
      guard text[position] >= 0x7F else {
        position += 1
        continue
      }
      let escaped: UInt32?
      let next: Int
      switch decodeScalar(text, at: position) {
      case .scalar(let scalar, let byteCount):
        next = position + byteCount
        escaped = scalar == 0x7F || isHiddenControl(scalar) ? scalar : nil
      case .malformed:
        next = position + 1
        escaped = 0xFFFD
      }
      if let escaped {
        append(text, start..<position)
        appendJSONEscape(escaped)
        start = next
      }
      position = next
    }
    append(text, start..<position)
  }

  private mutating func appendJSONEscape(_ scalar: UInt32) {
    switch scalar {
    case 0x22: append(contentsOf: #"\""#.utf8)
    case 0x5C: append(contentsOf: #"\\"#.utf8)
    case 0x08: append(contentsOf: #"\b"#.utf8)
    case 0x09: append(contentsOf: #"\t"#.utf8)
    case 0x0A: append(contentsOf: #"\n"#.utf8)
    case 0x0C: append(contentsOf: #"\f"#.utf8)
    case 0x0D: append(contentsOf: #"\r"#.utf8)
    case 0x10000...:
      let offset = scalar - 0x10000
      appendUnicodeEscape(0xD800 + (offset >> 10))
      appendUnicodeEscape(0xDC00 + (offset & 0x3FF))
    default: appendUnicodeEscape(scalar)
    }
  }

  private mutating func appendUnicodeEscape(_ unit: UInt32) {
    append(contentsOf: #"\u"#.utf8)
    appendHexadecimal(unit, width: 4)
  }
}
