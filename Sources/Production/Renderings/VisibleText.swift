// SPDX-License-Identifier: Apache-2.0
import Bytes

/// Text as HTML: escaped, and what acts on a display without being seen named by its code point
/// (export-formats section 7.3).
extension Array where Element == UInt8 {
  /// Appends text for an element's content or a quoted attribute.
  package mutating func appendHTML(_ text: String) {
    let bytes = text.utf8.span
    let needsLook = needsLook
    var index = 0
    var start = 0
    while index < bytes.count {
      let byte = bytes[index]
      // Most bytes need nothing: printable ASCII other than & < > " ' and what begins no
      // character of the lists below.
      guard needsLook[Int(byte)] else {
        index += 1
        continue
      }
      let (scalar, length) = scalar(at: index, in: bytes)
      guard let replacement = htmlReplacement(scalar, next: nextByte(bytes, index + length))
      else {
        index += length
        continue
      }
      append(bytes.extracting(start..<index))
      append(replacement)
      index += length
      start = index
    }
    append(bytes.extracting(start..<bytes.count))
  }
}

private let needsLook: [Bool] = (0..<256).map { byte in
  switch UInt8(byte) {
  case 0x0A, 0x09: false
  case 0..<0x20, 0x7F, UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"),
    UInt8(ascii: "\""), UInt8(ascii: "'"):
    true
  // First bytes of U+0080-00BF, U+0600-063F, U+1000-1FFF, U+2000-2FFF, U+F000-FFFF, planes.
  case 0xC2, 0xD8, 0xE1, 0xE2, 0xEF, 0xF0...0xF4: true
  default: false
  }
}

private func nextByte(_ bytes: Span<UInt8>, _ index: Int) -> UInt8? {
  index < bytes.count ? bytes[index] : nil
}

// The bytes of a Swift string are valid UTF-8.
private func scalar(at index: Int, in bytes: Span<UInt8>) -> (UInt32, Int) {
  let first = bytes[index]
  let length =
    switch first {
    case 0..<0x80: 1
    case 0xC2..<0xE0: 2
    case 0xE0..<0xF0: 3
    default: 4
    }
  guard length > 1 else { return (UInt32(first), 1) }
  var value = UInt32(first) & (0x7F >> UInt32(length))
  for offset in 1..<length { value = value << 6 | UInt32(bytes[index + offset] & 0x3F) }
  return (value, length)
}

private func htmlReplacement(_ scalar: UInt32, next: UInt8?) -> String? {
  switch scalar {
  case 0x26: return "&amp;"
  case 0x3C: return "&lt;"
  case 0x3E: return "&gt;"
  case 0x22: return "&quot;"
  case 0x27: return "&#39;"
  case 0x0D: return next == 0x0A ? "" : "\n"
  default:
    guard isUnseen(scalar) else { return nil }
    let hexadecimal = String(scalar, radix: 16, uppercase: true)
    return "[U+" + String(repeating: "0", count: Swift.max(0, 4 - hexadecimal.utf8.count))
      + hexadecimal + "]"
  }
}

/// Characters that are controls, steer direction, have no width, or are no characters at all.
///
/// In order, then the last two of each plane; not the tab and the line feed.
let unseenRanges: [ClosedRange<UInt32>] =
  [
    0...0x08, 0x0B...0x1F, 0x7F...0x9F, 0xAD...0xAD, 0x061C...0x061C, 0x115F...0x1160,
    0x17B4...0x17B5, 0x180B...0x180F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F,
    0xFDD0...0xFDEF, 0xFEFF...0xFEFF, 0xFFF0...0xFFFB, 0xE0000...0xE0FFF,
  ] + (0...16).map { plane in plane << 16 | 0xFFFE...plane << 16 | 0xFFFF }

private func isUnseen(_ scalar: UInt32) -> Bool {
  unseenRanges.contains { $0.contains(scalar) }
}
