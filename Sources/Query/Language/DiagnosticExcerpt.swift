// SPDX-License-Identifier: Apache-2.0

/// The part of a query that a diagnostic is about, ready to be shown above a line of carets.
package struct DiagnosticExcerpt: Hashable, Sendable {
  /// The query, escaped, cut to about one line around the place; `…` stands where it was cut.
  package var line: String
  /// How many terminal cells stand before the first caret.
  package var caretColumn: Int
  /// How many carets there are; at least one.
  package var caretWidth: Int

  /// The line of carets that belongs under `line`.
  package var caretLine: String {
    String(repeating: " ", count: caretColumn) + String(repeating: "^", count: caretWidth)
  }

  /// Cuts the place of a diagnostic out of its query.
  ///
  /// - Parameters:
  ///   - diagnostic: The diagnostic.
  ///   - text: The query that it is about.
  ///   - width: The cells to keep on either side of the place, at most.
  ///   - escape: Makes text safe for the output; what it returns must be of one line. The carets
  ///     are aligned to what it returns.
  package init(
    of diagnostic: Diagnostic, in text: String, width: Int = 40, escape: (String) -> String
  ) {
    let scalars = text.unicodeScalars
    let bytes = text.utf8
    // Places lie between scalars; a foreign text is not trusted to.
    let byteCount = bytes.count
    let first = bytes.index(bytes.startIndex, offsetBy: min(max(diagnostic.start, 0), byteCount))
    let last = bytes.index(bytes.startIndex, offsetBy: min(max(diagnostic.end, 0), byteCount))
    let start = first.samePosition(in: scalars) ?? scalars.startIndex
    let end = max(start, last.samePosition(in: scalars) ?? scalars.endIndex)
    var from = start
    var to = end
    for _ in 0..<width where from > scalars.startIndex { from = scalars.index(before: from) }
    for _ in 0..<width where to < scalars.endIndex { to = scalars.index(after: to) }
    var cut = end
    var kept = scalars.distance(from: start, to: end)
    while kept > 2 * width {
      cut = scalars.index(before: cut)
      kept -= 1
    }
    if cut < end { to = cut }
    let before = (from > scalars.startIndex ? "…" : "") + escape(String(scalars[from..<start]))
    let marked = escape(String(scalars[start..<cut]))
    let after = escape(String(scalars[cut..<to])) + (to < scalars.endIndex ? "…" : "")
    line = before + marked + after
    caretColumn = before.cellCount
    caretWidth = max(1, marked.cellCount)
  }
}

extension String {
  /// How many cells of a terminal the text takes: two for wide characters, none for marks.
  fileprivate var cellCount: Int {
    var count = 0
    for scalar in unicodeScalars {
      switch scalar.properties.generalCategory {
      case .nonspacingMark, .enclosingMark, .format, .control: continue
      default: count += scalar.isWide ? 2 : 1
      }
    }
    return count
  }
}

extension Unicode.Scalar {
  /// East Asian wide and full-width forms, and pictographs.
  fileprivate var isWide: Bool {
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
      0xA000...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
      0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
