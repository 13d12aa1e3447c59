// SPDX-License-Identifier: Apache-2.0

/// Repeats a byte over a word.
@inline(__always)
private func spread(_ byte: UInt8) -> UInt64 {
  UInt64(byte) &* 0x0101_0101_0101_0101
}

/// Marks bytes that are zero.
///
/// Marks above the lowest true one may be wrong, so only the lowest is to be used.
@inline(__always)
private func zeroMarks(_ word: UInt64) -> UInt64 {
  (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
}

extension Span where Element == UInt8 {
  /// Loads eight bytes with the first in the lowest place; the caller has checked the bounds.
  @inline(__always)
  fileprivate func word(at index: Int) -> UInt64 {
    unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
  }

  /// The first byte at or after `start` that ends or interrupts a JSON string: a quotation mark, a
  /// reverse solidus or a control character (RFC 8259 §7); `count` when there is none.
  package func indexOfStringStop(from start: Int) -> Int {
    var index = start
    let end = count
    while index + 8 <= end {
      let word = word(at: index)
      let quotes = zeroMarks(word ^ spread(UInt8(ascii: "\"")))
      let escapes = zeroMarks(word ^ spread(UInt8(ascii: "\\")))
      let controls = (word &- spread(0x20)) & ~word & 0x8080_8080_8080_8080
      let marks = quotes | escapes | controls
      if marks != 0 { return index + marks.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < end {
      switch self[index] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0..<0x20: return index
      default: index += 1
      }
    }
    return end
  }

  /// Whether all bytes are ASCII.
  package var isASCII: Bool {
    var index = 0
    while index + 8 <= count {
      if word(at: index) & 0x8080_8080_8080_8080 != 0 { return false }
      index += 8
    }
    while index < count {
      if self[index] >= 0x80 { return false }
      index += 1
    }
    return true
  }

  /// The first place at or after `start` of a byte; `count` when there is none.
  package func firstIndex(of byte: UInt8, from start: Int) -> Int {
    var index = start
    let end = count
    let pattern = spread(byte)
    while index + 8 <= end {
      let marks = zeroMarks(word(at: index) ^ pattern)
      if marks != 0 { return index + marks.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < end, self[index] != byte { index += 1 }
    return index
  }
}
