// SPDX-License-Identifier: Apache-2.0

/// The digits of identifiers (RFC 4648 section 6, in lower case), by their rank in the order of texts:
/// there the digits 2 to 7, which stand for 26 to 31, come before the letters.
package enum Base32 {
  /// The rank of the digit that stands for a value, 0 to 31.
  package static func rank(ofValue value: UInt64) -> UInt64 { (value + 6) % 32 }

  /// The rank of a digit, 0 to 31; nil for what is none.
  package static func rank(of digit: UInt8) -> UInt64? {
    switch digit {
    case UInt8(ascii: "2")...UInt8(ascii: "7"): UInt64(digit - UInt8(ascii: "2"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt64(digit - UInt8(ascii: "a")) + 6
    default: nil
    }
  }

  /// The digit of a rank, 0 to 31.
  static func digit(ofRank rank: UInt64) -> UInt8 {
    let rank = UInt8(truncatingIfNeeded: rank)
    return rank < 6 ? UInt8(ascii: "2") + rank : UInt8(ascii: "a") + rank - 6
  }
}
