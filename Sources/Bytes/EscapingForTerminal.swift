// SPDX-License-Identifier: Apache-2.0

/// Which of the harmless controls may stay in text that is shown to a person.
package enum LayoutControls: Sendable {
  /// Neither line feeds nor tabs: a cell of a table, a message.
  case none
  /// Line feeds and tabs: running text.
  case lineFeedAndTab
}

extension [UInt8] {
  /// Appends text that somebody else wrote so that no terminal acts on it.
  ///
  /// C0 controls and DEL become `\x1b`; C1, bidirectional, zero-width and other invisible controls
  /// `\u{202e}`; bytes that are not UTF-8 `\xff`. What comes out is always well-formed UTF-8.
  package mutating func appendEscapedForTerminal(
    _ text: Span<UInt8>, keeping controls: LayoutControls = .none
  ) {
    var start = 0
    var position = 0
    while position < text.count {
      let byte = text[position]
      if byte >= 0x20, byte < 0x7F {
        position += 1
        continue
      }
      if byte == 0x0A || byte == 0x09, controls == .lineFeedAndTab {
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
        appendTerminalEscape(scalar)
      case .malformed(let byte):
        next = position + 1
        append(text, start..<position)
        append(contentsOf: #"\x"#.utf8)
        appendHexadecimal(UInt32(byte), width: 2)
      }
      position = next
      start = next
    }
    append(text, start..<position)
  }

  private mutating func appendTerminalEscape(_ scalar: UInt32) {
    if scalar < 0x80 {
      append(contentsOf: #"\x"#.utf8)
      appendHexadecimal(scalar, width: 2)
    } else {
      append(contentsOf: #"\u{"#.utf8)
      appendHexadecimal(scalar, width: 2)
      append(UInt8(ascii: "}"))
    }
  }
}

extension String {
  /// The text with every control, seen or unseen, written out, so that a terminal only shows it;
  /// the controls given may stay.
  package func escapedForTerminal(keeping controls: LayoutControls = .none) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(utf8.count)
    bytes.appendEscapedForTerminal(utf8.span, keeping: controls)
    return String(decoding: bytes, as: UTF8.self)
  }
}
