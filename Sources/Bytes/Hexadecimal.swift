// SPDX-License-Identifier: Apache-2.0

extension Array where Element == UInt8 {
  /// Parses hexadecimal digits of either case; nil for an odd count or any other character.
  package init?(hexadecimal text: some StringProtocol) {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var result: [UInt8] = []
    result.reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else {
        return nil
      }
      result.append(high << 4 | low)
    }
    self = result
  }

  /// The bytes as lower-case hexadecimal digits, two a byte.
  package var hexadecimal: String {
    var digits: [UInt8] = []
    digits.reserveCapacity(count * 2)
    for byte in self {
      digits.append(digit(byte >> 4))
      digits.append(digit(byte & 15))
    }
    return String(decoding: digits, as: UTF8.self)
  }

  /// The bytes in base 32 (RFC 4648 §6 alphabet in lower case, no padding).
  package var base32: String {
    var digits: [UInt8] = []
    digits.reserveCapacity((count * 8 + 4) / 5)
    var pending: UInt32 = 0
    var pendingBits = 0
    for byte in self {
      pending = (pending << 8) | UInt32(byte)
      pendingBits += 8
      while pendingBits >= 5 {
        pendingBits -= 5
        digits.append(base32Digit(UInt8(truncatingIfNeeded: (pending >> pendingBits) & 31)))
      }
      pending &= (1 << pendingBits) - 1
    }
    if pendingBits > 0 {
      digits.append(base32Digit(UInt8(truncatingIfNeeded: (pending << (5 - pendingBits)) & 31)))
    }
    return String(decoding: digits, as: UTF8.self)
  }
}

private func nibble(_ digit: UInt8) -> UInt8? {
  switch digit {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
  default: nil
  }
}

private func digit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

private func base32Digit(_ value: UInt8) -> UInt8 {
  value < 26 ? UInt8(ascii: "a") + value : UInt8(ascii: "2") + value - 26
}
