// SPDX-License-Identifier: Apache-2.0

/// How the bytes of a mail's part are written (RFC 2045 §6).
enum TransferCoding {
  case identity
  case quotedPrintable
  case base64

  /// - Parameter name: As the part tells it.
  init(_ name: String) {
    switch name.lowercased().filter({ !$0.isWhitespace }) {
    case "base64": self = .base64
    case "quoted-printable": self = .quotedPrintable
    default: self = .identity
    }
  }

  /// The bytes that a text stands for; what is no code is passed over (RFC 2045 §6.7 and 6.8).
  func decode(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    switch self {
    case .identity: text
    case .base64: Self.decodeBase64(text)[...]
    case .quotedPrintable: Self.decodeQuotedPrintable(text)[...]
    }
  }

  private static func decodeBase64(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var bits: UInt32 = 0
    var count = 0
    for byte in text {
      let value: UInt8
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - 65
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - 71
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte + 4
      case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
      case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
      case UInt8(ascii: "="):
        // The end of a code; another one may follow.
        if count == 3 { bytes += [UInt8(bits >> 10 & 0xFF), UInt8(bits >> 2 & 0xFF)] }
        if count == 2 { bytes.append(UInt8(bits >> 4 & 0xFF)) }
        count = 0
        bits = 0
        continue
      default: continue
      }
      bits = bits << 6 | UInt32(value)
      count += 1
      guard count == 4 else { continue }
      bytes.append(UInt8(bits >> 16 & 0xFF))
      bytes.append(UInt8(bits >> 8 & 0xFF))
      bytes.append(UInt8(bits & 0xFF))
      count = 0
      bits = 0
    }
    if count == 3 { bytes += [UInt8(bits >> 10 & 0xFF), UInt8(bits >> 2 & 0xFF)] }
    if count == 2 { bytes.append(UInt8(bits >> 4 & 0xFF)) }
    return bytes
  }

  private static func decodeQuotedPrintable(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var index = text.startIndex
    while index < text.endIndex {
      let byte = text[index]
      guard byte == UInt8(ascii: "=") else {
        bytes.append(byte)
        index += 1
        continue
      }
      if index + 2 < text.endIndex, let high = digit(text[index + 1]),
        let low = digit(text[index + 2])
      {
        bytes.append(high << 4 | low)
        index += 3
        continue
      }
      // A soft line break, maybe with blanks before its end.
      var end = index + 1
      while end < text.endIndex, text[end] == 0x20 || text[end] == 9 || text[end] == 13 { end += 1 }
      if end == text.endIndex || text[end] == 10 {
        index = min(end + 1, text.endIndex)
      } else {
        bytes.append(byte)
        index += 1
      }
    }
    return bytes
  }

  static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 48
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 55
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 87
    default: nil
    }
  }
}
