// SPDX-License-Identifier: Apache-2.0

extension Tokenizer {
  /// A text as whole values are compared (query-language section 7.1): case, width and diacritics
  /// folded as in tokens, format characters gone, runs of blanks made one space and blanks at both
  /// ends dropped.
  ///
  /// Punctuation stays. Curly, low and angle quotes become `"`, as the lexer reads them in queries
  /// (section 3): a value that holds one could not be named otherwise.
  package static func fold(_ text: String) -> String {
    var folder = TextFolder()
    let bytes = text.utf8Span.span
    var index = 0
    while index < bytes.count {
      let decoded = DecodedScalar(in: bytes, at: index)
      index += decoded.byteCount
      let entry = ScalarEntry(decoded.value)
      if entry.scalarClass == .sequence {
        ScalarEntry.sequence(at: entry.value) { folder.take($0) }
      } else if entry.scalarClass != .removed {
        folder.take(entry.isFolded ? decoded.value : entry.value)
      }
    }
    return folder.finish()
  }
}

/// Puts folded scalars together to a text.
private struct TextFolder: ~Copyable {
  private var result: [UInt8] = []
  /// The last character with its marks, which may still change.
  private var cluster = TokenScratch(capacity: 1024)
  private var needsBlank = false

  mutating func take(_ scalar: UInt32) {
    switch scalar {
    case 0x09...0x0D, 0x20, 0x85, 0x1680, 0x2028, 0x2029, 0x3164, 0xFFA0:
      drain()
      needsBlank = !result.isEmpty
    case 0x201C, 0x201D, 0x201E, 0x201F, 0xAB, 0xBB:
      drain()
      cluster.append(0x22)
    case _ where ScalarEntry(scalar).needsContext && cluster.count < 512:
      cluster.combine(scalar)
    default:
      drain()
      cluster.append(scalar)
    }
  }

  mutating func finish() -> String {
    drain()
    return String(folded: result.span)
  }

  private mutating func drain() {
    guard !cluster.isEmpty else { return }
    if needsBlank { result.append(UInt8(ascii: " ")) }
    needsBlank = false
    cluster.move(to: &result)
  }
}
