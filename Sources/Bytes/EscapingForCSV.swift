// SPDX-License-Identifier: Apache-2.0

/// What is done to a text on its way into a CSV cell.
package enum CSVSafety: Sendable {
  /// A text that a spreadsheet would take for a formula gets an apostrophe in front; controls are
  /// written out as for a terminal.
  case neutralised
  /// The text as it is; only the quoting of the format.
  case raw
}

extension [UInt8] {
  /// Appends text as a CSV field (RFC 4180), quoted where it must be.
  package mutating func appendCSVField(_ text: Span<UInt8>, _ safety: CSVSafety = .neutralised) {
    guard safety == .neutralised else {
      appendQuotedCSVField(text)
      return
    }
    var safe: [UInt8] = []
    safe.reserveCapacity(text.count + 1)
    if startsLikeFormula(text) { safe.append(UInt8(ascii: "'")) }
    safe.appendEscapedForTerminal(text, keeping: .lineFeedAndTab)
    appendQuotedCSVField(safe.span)
  }

  /// Appends text as a CSV field, quoted where it must be.
  package mutating func appendCSVField(_ text: String, _ safety: CSVSafety = .neutralised) {
    appendCSVField(text.utf8.span, safety)
  }

  private mutating func appendQuotedCSVField(_ text: Span<UInt8>) {
    guard needsQuotes(text) else {
      append(text, 0..<text.count)
      return
    }
    append(UInt8(ascii: "\""))
    var start = 0
    for position in text.indices where text[position] == UInt8(ascii: "\"") {
      append(text, start..<position + 1)
      append(UInt8(ascii: "\""))
      start = position + 1
    }
    append(text, start..<text.count)
    append(UInt8(ascii: "\""))
  }
}

/// Whether a spreadsheet might evaluate the text: one of `= + - @`, plain or full-width, a tab, a
/// carriage return or a line feed comes first, after blanks that spreadsheets skip.
private func startsLikeFormula(_ text: Span<UInt8>) -> Bool {
  var position = 0
  while position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
  guard position < text.count,
    case .scalar(let scalar, _) = decodeScalar(text, at: position)
  else { return false }
  switch scalar {
  case 0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0A, 0x0D: return true
  case 0xFF1D, 0xFF0B, 0xFF0D, 0xFF20: return true
  default: return false
  }
}

private func needsQuotes(_ text: Span<UInt8>) -> Bool {
  guard text.count > 0 else { return false }
  if text[0] == UInt8(ascii: " ") || text[text.count - 1] == UInt8(ascii: " ") { return true }
  for position in text.indices {
    switch text[position] {
    case UInt8(ascii: "\""), UInt8(ascii: ","), 0x0A, 0x0D: return true
    default: continue
    }
  }
  return false
}
