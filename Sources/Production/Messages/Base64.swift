// SPDX-License-Identifier: Apache-2.0
import Bytes

/// Base64 with padding (RFC 4648 §4).
package enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The digits without line breaks.
  package static func encode(_ bytes: Span<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity((bytes.count + 2) / 3 * 4)
    append(bytes, to: &output)
    return output
  }

  /// The digits in lines, each with its line end.
  ///
  /// - Parameters:
  ///   - bytes: What to encode.
  ///   - columns: Digits a line, a multiple of 4; 76 is what mail has (RFC 2045 §6.8).
  ///   - lineEnd: What ends a line.
  /// - Returns: ASCII.
  package static func lines(
    _ bytes: Span<UInt8>, columns: Int = 76, lineEnd: String = "\r\n"
  ) -> [UInt8] {
    let perLine = columns / 4 * 3
    var output: [UInt8] = []
    output.reserveCapacity((bytes.count / perLine + 1) * (columns + lineEnd.utf8.count))
    var start = 0
    while start < bytes.count {
      let end = min(start + perLine, bytes.count)
      append(bytes.extracting(start..<end), to: &output)
      output.append(lineEnd)
      start = end
    }
    return output
  }

  /// Reads digits without line breaks; nil for anything that ``encode(_:)`` does not give.
  package static func decode(_ text: some StringProtocol) -> [UInt8]? {
    var output: [UInt8] = []
    var bits = 0
    var bitCount = 0
    for byte in text.utf8 {
      guard byte != UInt8(ascii: "=") else { break }
      guard let value = alphabet.firstIndex(of: byte) else { return nil }
      bits = (bits << 6 | value) & 0xFFFF
      bitCount += 6
      guard bitCount >= 8 else { continue }
      bitCount -= 8
      output.append(UInt8(truncatingIfNeeded: bits >> bitCount))
    }
    return encode(output.span).elementsEqual(text.utf8) ? output : nil
  }

  private static func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
    let alphabet = alphabet
    var index = 0
    while index + 2 < bytes.count {
      let value = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
      output.append(alphabet[value >> 18])
      output.append(alphabet[value >> 12 & 63])
      output.append(alphabet[value >> 6 & 63])
      output.append(alphabet[value & 63])
      index += 3
    }
    guard index < bytes.count else { return }
    let hasTwo = index + 1 < bytes.count
    let value = Int(bytes[index]) << 16 | (hasTwo ? Int(bytes[index + 1]) << 8 : 0)
    output.append(alphabet[value >> 18])
    output.append(alphabet[value >> 12 & 63])
    output.append(hasTwo ? alphabet[value >> 6 & 63] : UInt8(ascii: "="))
    output.append(UInt8(ascii: "="))
  }
}
