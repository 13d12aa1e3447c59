// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
  /// The bytes that a base64 text stands for (RFC 4648), in either alphabet; what is no code, such as
  /// line ends, is passed over (RFC 2045 §6.8), and after padding another code may follow.
  package init(base64 text: Span<UInt8>) {
    self = []
    reserveCapacity(text.count / 4 * 3 + 3)
    var bits: UInt32 = 0
    var count = 0
    for index in text.indices {
      let byte = text[index]
      let value: UInt8
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - 65
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - 71
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte + 4
      case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
      case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
      case UInt8(ascii: "="):
        appendRest(bits, count)
        count = 0
        bits = 0
        continue
      default: continue
      }
      bits = bits << 6 | UInt32(value)
      count += 1
      guard count == 4 else { continue }
      append(UInt8(bits >> 16 & 0xFF))
      append(UInt8(bits >> 8 & 0xFF))
      append(UInt8(bits & 0xFF))
      count = 0
      bits = 0
    }
    appendRest(bits, count)
  }

  /// Appends the bytes of a code of two or three digits.
  private mutating func appendRest(_ bits: UInt32, _ count: Int) {
    if count == 3 { append(UInt8(bits >> 10 & 0xFF)) }
    if count == 3 { append(UInt8(bits >> 2 & 0xFF)) }
    if count == 2 { append(UInt8(bits >> 4 & 0xFF)) }
  }
}
