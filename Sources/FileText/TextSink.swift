// SPDX-License-Identifier: Apache-2.0

/// Gathers the text of a file, in UTF-8, up to a limit.
final class TextSink {
  private let limit: Int
  private(set) var bytes: [UInt8] = []
  /// Whether there was more than the limit allows.
  private(set) var isCut = false

  init(limit: Int) {
    self.limit = limit
  }

  /// Appends bytes that are valid UTF-8 and begin and end between characters.
  func append(_ piece: Span<UInt8>) {
    guard !isCut else { return }
    var count = piece.count
    if bytes.count + count > limit {
      isCut = true
      count = limit - bytes.count
      // Back to the begin of a character.
      while count > 0, piece[count] & 0xC0 == 0x80 { count -= 1 }
    }
    unsafe piece.extracting(0..<count).withUnsafeBufferPointer {
      unsafe bytes.append(contentsOf: $0)
    }
  }

  func append(_ text: String) {
    append(text.utf8Span.span)
  }

  func append(_ piece: ArraySlice<UInt8>) {
    append(piece.span)
  }

  /// Says that there was more than what is here.
  func cut() { isCut = true }

  /// Ends the line, unless nothing is on it.
  func endLine() {
    if let last = bytes.last, last != UInt8(ascii: "\n") { append("\n") }
  }

  /// Puts another text in the place of all from a place on.
  func replace(from start: Int, with other: TextSink) {
    bytes.removeSubrange(start...)
    isCut = false
    append(other.bytes[...])
    isCut = isCut || other.isCut
  }

  /// Puts a blank in the place of each zero.
  func replaceZeros() {
    guard bytes.contains(0) else { return }
    for index in bytes.indices where bytes[index] == 0 { bytes[index] = 0x20 }
  }

  /// The text so far.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Whether there is anything but white space from a place on.
  func hasText(from start: Int = 0) -> Bool {
    bytes[min(start, bytes.count)...].contains { $0 > 0x20 }
  }
}
