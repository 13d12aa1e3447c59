// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Turns text of a character set into UTF-8, piece by piece; what cannot be turned becomes U+FFFD.
@safe
final class CharsetDecoder {
  private let handle: iconv_t
  /// Bytes of a character that is not whole yet.
  private var rest: [UInt8] = []
  /// How many bytes could not be turned.
  private(set) var errorCount = 0

  /// Nil when the system does not know the character set.
  ///
  /// - Parameter charset: Its name, which a stranger may have given.
  init?(_ charset: String) {
    let name = charset.uppercased()
    let isName =
      !name.isEmpty && name.utf8.count <= 40
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"): true
        default: false
        }
      }
    guard isName else { return nil }
    guard let opened = unsafe iconv_open("UTF-8", CharsetDecoder.wider[name] ?? name),
      Int(bitPattern: opened) != -1
    else { return nil }
    unsafe handle = opened
  }

  deinit { unsafe iconv_close(handle) }

  /// Names under which programs write more than the name says.
  private static let wider = [
    "ISO-8859-1": "WINDOWS-1252", "LATIN1": "WINDOWS-1252", "US-ASCII": "WINDOWS-1252",
    "ASCII": "WINDOWS-1252", "ISO-8859-9": "WINDOWS-1254", "GB2312": "GB18030", "GBK": "GB18030",
    "KS_C_5601-1987": "UHC", "EUC-KR": "UHC", "SHIFT_JIS": "CP932", "UNICODE-1-1-UTF-7": "UTF-7",
  ]

  /// Turns the next bytes.
  ///
  /// - Parameters:
  ///   - piece: The bytes.
  ///   - isLast: Whether nothing follows.
  /// - Returns: UTF-8.
  func decode(_ piece: ArraySlice<UInt8>, isLast: Bool = false) -> [UInt8] {
    var input = rest + piece
    rest = []
    var output: [UInt8] = []
    // A character of one byte takes four at the most.
    var buffer = [CChar](repeating: 0, count: min(1 << 16, input.count * 4 + 16))
    var start = 0
    while start < input.count {
      var consumed = 0
      var produced = 0
      var failure: Int32 = 0
      unsafe input.withUnsafeMutableBytes { bytes in
        unsafe buffer.withUnsafeMutableBufferPointer { space in
          var from = unsafe bytes.baseAddress?.advanced(by: start)
            .assumingMemoryBound(to: CChar.self)
          var left = bytes.count - start
          var to = space.baseAddress
          var room = space.count
          let before = left
          let status = unsafe iconv(handle, &from, &left, &to, &room)
          failure = status == -1 ? errno : 0
          consumed = before - left
          produced = space.count - room
        }
      }
      for index in 0..<produced { output.append(UInt8(bitPattern: buffer[index])) }
      start += consumed
      switch failure {
      case 0, E2BIG: continue
      case EINVAL where !isLast && input.count - start < 16:
        rest = Array(input[start...])
        return output
      default:
        errorCount += 1
        output += [0xEF, 0xBF, 0xBD]
        start += 1
      }
    }
    return output
  }

  /// The last bytes, where some are left.
  func finish() -> [UInt8] {
    decode([], isLast: true)
  }
}
