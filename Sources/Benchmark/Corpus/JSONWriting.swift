// SPDX-License-Identifier: Apache-2.0
import Model

/// Appends pieces of JSON to a byte buffer.
extension Array where Element == UInt8 {
  /// Appends characters as they are.
  @inline(__always)
  mutating func append(_ json: StaticString) {
    json.withUTF8Buffer { unsafe append(contentsOf: $0) }
  }

  /// Appends a random identifier in the form of a version 4 UUID, with its quotes.
  mutating func append(quoted identifier: UUIDText) {
    append(UInt8(ascii: "\""))
    append(contentsOf: identifier.digits)
    append(UInt8(ascii: "\""))
  }

  /// Appends a time with microseconds in UTC, 27 characters, with its quotes.
  mutating func append(quotedTime microseconds: Int) {
    let seconds = microseconds / 1_000_000
    let date = CivilDate(daysSinceEpoch: seconds / 86_400)
    append(UInt8(ascii: "\""))
    append(digits: date.year, width: 4)
    append(UInt8(ascii: "-"))
    append(digits: date.month, width: 2)
    append(UInt8(ascii: "-"))
    append(digits: date.day, width: 2)
    append(UInt8(ascii: "T"))
    append(digits: seconds / 3600 % 24, width: 2)
    append(UInt8(ascii: ":"))
    append(digits: seconds / 60 % 60, width: 2)
    append(UInt8(ascii: ":"))
    append(digits: seconds % 60, width: 2)
    append(UInt8(ascii: "."))
    append(digits: microseconds % 1_000_000, width: 6)
    append("Z\"")
  }

  /// Appends decimal digits, filled up with zeros on the left to at least `width`.
  mutating func append(digits value: Int, width: Int = 1) {
    var divisor = 1
    var digitCount = 1
    while digitCount < width || value / divisor >= 10 {
      divisor *= 10
      digitCount += 1
    }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
      divisor /= 10
    }
  }
}

/// The 36 characters of a UUID.
struct UUIDText {
  let digits: [UInt8]

  /// Makes a version 4 UUID.
  init(_ random: inout RandomSource) {
    let hexadecimal = Array("0123456789abcdef".utf8)
    var bits = (random.next(), random.next())
    var digits: [UInt8] = []
    digits.reserveCapacity(36)
    for position in 0..<32 {
      if position == 8 || position == 12 || position == 16 || position == 20 {
        digits.append(UInt8(ascii: "-"))
      }
      if position == 16 {
        bits.0 = bits.1
      }
      switch position {
      case 12: digits.append(UInt8(ascii: "4"))
      case 16: digits.append(hexadecimal[8 + Int(bits.0 & 3)])
      default: digits.append(hexadecimal[Int(bits.0 & 15)])
      }
      bits.0 >>= 4
    }
    self.digits = digits
  }

  /// What a first message names as its parent (claude-capture-formats section 6.2).
  static let root = UUIDText(text: "00000000-0000-4000-8000-000000000000")

  private init(text: String) {
    digits = Array(text.utf8)
  }
}
