// SPDX-License-Identifier: Apache-2.0

/// One step through bytes that ought to be UTF-8.
enum DecodedScalar {
  /// A well-formed scalar and the number of its bytes.
  case scalar(UInt32, byteCount: Int)
  /// A byte that no well-formed sequence begins with here.
  case malformed(UInt8)
}

/// Decodes the scalar at a position (Unicode 16 table 3-7: no overlong forms, no surrogates).
func decodeScalar(_ bytes: Span<UInt8>, at position: Int) -> DecodedScalar {
  let first = bytes[position]
  let length: Int
  var value: UInt32
  var allowed: ClosedRange<UInt8> = 0x80...0xBF
  switch first {
  case 0x00...0x7F: return .scalar(UInt32(first), byteCount: 1)
  case 0xC2...0xDF: (length, value) = (2, UInt32(first & 0x1F))
  case 0xE0: (length, value, allowed) = (3, 0, 0xA0...0xBF)
  case 0xED: (length, value, allowed) = (3, 0xD, 0x80...0x9F)
  case 0xE1...0xEF: (length, value) = (3, UInt32(first & 0x0F))
  case 0xF0: (length, value, allowed) = (4, 0, 0x90...0xBF)
  case 0xF4: (length, value, allowed) = (4, 4, 0x80...0x8F)
  case 0xF1...0xF3: (length, value) = (4, UInt32(first & 0x07))
  default: return .malformed(first)
  }
  guard position + length <= bytes.count else { return .malformed(first) }
  for offset in 1..<length {
    let next = bytes[position + offset]
    guard allowed.contains(next) else { return .malformed(first) }
    value = value << 6 | UInt32(next & 0x3F)
    allowed = 0x80...0xBF
  }
  return .scalar(value, byteCount: length)
}

/// Whether a scalar past ASCII can change what a reader sees without being seen itself: C1
/// controls, bidirectional controls, zero-width and other invisible format characters, line and
/// paragraph separators, tags (cli-conventions section 2).
func isHiddenControl(_ scalar: UInt32) -> Bool {
  switch scalar {
  case 0x80...0x9F,  // C1
    0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F,
    0x200B...0x200F,  // zero-width space and joiners, directional marks
    0x2028...0x202E,  // separators, embeddings and overrides
    0x2060...0x206F,  // word joiner, invisible operators, isolates
    0x3164, 0xFEFF, 0xFFA0, 0xFFF9...0xFFFB,
    0xE0000...0xE0FFF:  // tags
    true
  default: false
  }
}

extension [UInt8] {
  /// Appends a range of a span.
  mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    let part = bytes.extracting(range)
    unsafe part.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }

  /// Appends a number as lower-case hexadecimal digits, with leading zeros up to a width.
  mutating func appendHexadecimal(_ value: UInt32, width: Int) {
    let digits = String(value, radix: 16)
    for _ in 0..<Swift.max(0, width - digits.utf8.count) { append(UInt8(ascii: "0")) }
    append(contentsOf: digits.utf8)
  }
}
