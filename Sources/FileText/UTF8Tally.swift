// SPDX-License-Identifier: Apache-2.0

/// What the bytes beyond ASCII of a text are as UTF-8.
///
/// In a text of another encoding few of them are well-formed by chance; in a UTF-8 text that was
/// cut or damaged few are not.
struct UTF8Tally {
  /// Well-formed characters of several bytes.
  private(set) var characterCount = 0
  /// Bytes that belong to no well-formed character.
  private(set) var wrongByteCount = 0

  /// Whether a text with wrong bytes is UTF-8 all the same.
  var speaksForUTF8: Bool { characterCount > wrongByteCount }

  /// Adds a piece of the text, which begins between characters.
  ///
  /// - Parameters:
  ///   - bytes: The piece.
  ///   - isWhole: Whether its last character is not cut.
  mutating func add(_ bytes: Span<UInt8>, isWhole: Bool) {
    var index = 0
    while index < bytes.count {
      guard bytes[index] >= 0x80 else {
        index += 1
        continue
      }
      let (length, isCut) = UTF8Tally.length(at: index, in: bytes)
      if isCut, !isWhole { return }
      if length > 0, !isCut {
        characterCount += 1
        index += length
      } else {
        wrongByteCount += 1
        index += 1
      }
    }
  }

  /// How many bytes the character at a place has; 0 where it is not well-formed (Unicode 3.9,
  /// table 3-7).
  private static func length(
    at index: Int, in bytes: Span<UInt8>
  ) -> (length: Int, isCut: Bool) {
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch bytes[index] {
    case 0xC2...0xDF: length = 2
    case 0xE0:
      length = 3
      second = 0xA0...0xBF
    case 0xED:
      length = 3
      second = 0x80...0x9F
    case 0xE1...0xEF: length = 3
    case 0xF0:
      length = 4
      second = 0x90...0xBF
    case 0xF4:
      length = 4
      second = 0x80...0x8F
    case 0xF1...0xF3: length = 4
    default: return (0, false)
    }
    for offset in 1..<length {
      guard index + offset < bytes.count else { return (length, true) }
      let wanted = offset == 1 ? second : 0x80...0xBF
      if !wanted.contains(bytes[index + offset]) { return (0, false) }
    }
    return (length, false)
  }
}
