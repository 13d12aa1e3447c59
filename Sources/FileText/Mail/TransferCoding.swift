// SPDX-License-Identifier: Apache-2.0
import Bytes

/// How the bytes of a mail's part are written (RFC 2045 §6).
enum TransferCoding {
  case identity
  case quotedPrintable
  case base64

  /// Nil of one that is not known here.
  ///
  /// - Parameter name: As the part tells it; a comment may follow.
  init?(_ name: String) {
    let told = name.prefix { $0 != ";" && $0 != "(" }
    switch told.lowercased().filter({ !$0.isWhitespace }) {
    case "base64": self = .base64
    case "quoted-printable": self = .quotedPrintable
    case "", "7bit", "8bit", "binary", "7-bit", "8-bit": self = .identity
    default: return nil
    }
  }

  /// The bytes that a text stands for; what is no code is passed over (RFC 2045 §6.7 and 6.8).
  func decode(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    switch self {
    case .identity: text
    case .base64: [UInt8](base64: text.span)[...]
    case .quotedPrintable: Self.decodeQuotedPrintable(text)[...]
    }
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
