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
  package var hexadecimal: String { self[...].hexadecimal }
}

extension ArraySlice where Element == UInt8 {
  /// The bytes as lower-case hexadecimal digits, two a byte.
  package var hexadecimal: String {
    unsafe String(unsafeUninitializedCapacity: count * 2) { output in
      var position = 0
      for byte in self {
        unsafe output[position] = digit(byte >> 4)
        unsafe output[position + 1] = digit(byte & 15)
        position += 2
      }
      return position
    }
  }
}

extension Span where Element == UInt8 {
  /// Whether these are the lower-case hexadecimal digits of some bytes, no more and no fewer.
  func areHexadecimal(of bytes: [UInt8], _ range: Range<Int>) -> Bool {
    guard count == 2 * range.count else { return false }
    var place = 0
    for index in range {
      let byte = bytes[index]
      guard self[place] == digit(byte >> 4), self[place + 1] == digit(byte & 15) else {
        return false
      }
      place += 2
    }
    return true
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
