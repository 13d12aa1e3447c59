// SPDX-License-Identifier: Apache-2.0
import Bytes

/// What the output of the reader tells of the pages of a PDF.
struct PDFPages {
  /// Stands at the end of each page.
  private static let end: UInt8 = 12

  private(set) var count = 0
  /// Pages without a word, such as scanned ones.
  private(set) var emptyCount = 0
  /// Whether the reader met with something that it could not read; it goes on, and ends as if it
  /// had read all.
  private(set) var hasErrors = false

  private var hasText = false
  private var lastErrors: [UInt8] = []

  private static let errors = ["Syntax Error", "Internal Error", "I/O Error"]

  /// Takes the next output, and puts an end of a line in the place of each end of a page.
  mutating func take(_ text: inout [UInt8]) {
    var start = 0
    while true {
      let end = text.span.firstIndex(of: PDFPages.end, from: start)
      guard end < text.count else { break }
      if !hasText { hasText = text[start..<end].contains { $0 > 0x20 } }
      count += 1
      if !hasText { emptyCount += 1 }
      hasText = false
      text[end] = UInt8(ascii: "\n")
      start = end + 1
    }
    if !hasText { hasText = text[start...].contains { $0 > 0x20 } }
  }

  /// Takes what the reader writes next to standard error.
  mutating func hear(_ piece: ArraySlice<UInt8>) {
    guard !hasErrors else { return }
    let bytes = lastErrors + piece
    hasErrors = PDFPages.errors.contains { ContentKind.find($0, in: bytes[...]) }
    lastErrors = Array(bytes.suffix(16))
  }
}
