// SPDX-License-Identifier: Apache-2.0

/// A scalar and the bytes it took.
struct DecodedScalar {
  var value: UInt32
  /// 1 to 4.
  var byteCount: Int

  init(_ value: UInt32, _ byteCount: Int) {
    self.value = value
    self.byteCount = byteCount
  }

  /// The scalar at an index that lies inside `bytes`.
  ///
  /// A byte that begins no valid UTF-8 sequence
  /// gives U+FFFD, alone.
  @inline(__always)
  init(in bytes: borrowing Span<UInt8>, at index: Int) {
    let first = UInt32(bytes[index])
    let left = bytes.count - index
    switch first {
    case 0..<0x80:
      self.init(first, 1)
    case 0xE0..<0xF0 where left >= 3:
      let second = UInt32(bytes[index + 1])
      let third = UInt32(bytes[index + 2])
      let value = (first & 15) << 12 | (second & 63) << 6 | third & 63
      let isValid =
        second & 0xC0 == 0x80 && third & 0xC0 == 0x80 && value >= 0x800 && value & 0xF800 != 0xD800
      self.init(isValid ? value : 0xFFFD, isValid ? 3 : 1)
    case 0xC2..<0xE0 where left >= 2:
      let second = UInt32(bytes[index + 1])
      let isValid = second & 0xC0 == 0x80
      self.init(isValid ? (first & 31) << 6 | second & 63 : 0xFFFD, isValid ? 2 : 1)
    case 0xF0..<0xF5 where left >= 4:
      let second = UInt32(bytes[index + 1])
      let third = UInt32(bytes[index + 2])
      let fourth = UInt32(bytes[index + 3])
      let high = (first & 7) << 18 | (second & 63) << 12
      let value = high | (third & 63) << 6 | fourth & 63
      let areTails =
        (second & third & fourth) & 0xC0 == 0x80 && (second | third | fourth) & 0x40 == 0
      let isValid = areTails && value >= 0x10000 && value <= 0x10FFFF
      self.init(isValid ? value : 0xFFFD, isValid ? 4 : 1)
    default:
      self.init(0xFFFD, 1)
    }
  }
}
