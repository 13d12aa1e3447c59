// SPDX-License-Identifier: Apache-2.0
import Bytes

/// Parts of MIME messages (RFC 2045, RFC 2046).
enum MailPart {
  /// A part in base64 with the lines of its own header.
  static func base64(_ fields: [(String, String)], _ content: Span<UInt8>) -> [UInt8] {
    var header = MailHeader(.words)
    for (name, value) in fields { header.add(name, value) }
    header.add("Content-Transfer-Encoding", "base64")
    var part = header.bytes
    part.append("\r\n")
    part += Base64.lines(content)
    return part
  }

  /// The body of a multipart with its parts.
  static func multipart(_ parts: [[UInt8]], boundary: String) -> [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(parts.reduce(100) { $0 + $1.count + boundary.utf8.count + 6 })
    for part in parts {
      body.append("--" + boundary + "\r\n")
      body += part
      // A part in base64 ends with a line end of its own, and the one before a boundary belongs
      // to the boundary.
      if body.last != 0x0A { body.append("\r\n") }
    }
    body.append("--" + boundary + "--\r\n")
    return body
  }

  /// The disposition of an attachment: its name as RFC 2231 has it, then one in plain ASCII.
  static func attachment(_ name: String, plain: String) -> String {
    var encoded = ""
    for byte in limited(headerLine(name), 240).utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
        UInt8(ascii: "_"):
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        encoded += "%" + [byte].hexadecimal.uppercased()
      }
    }
    return "attachment;\r\n filename*=utf-8''" + encoded + ";\r\n filename=\"" + plain + "\""
  }
}
