// SPDX-License-Identifier: Apache-2.0

/// The header with which a tar begins (POSIX.1 pax, ustar interchange format).
package enum TarHeader {
  private static let byteCount = 512
  /// Where the checksum stands: octal digits among blanks and zero bytes.
  private static let checksumRange = 148..<156

  /// Whether a file that begins so is a tar: its magic is there, and its checksum is right.
  ///
  /// The magic alone is a word that may stand at that place of any text.
  package static func begins(_ head: [UInt8]) -> Bool {
    guard head.count >= byteCount, head[257..<262].elementsEqual("ustar".utf8) else { return false }
    var told = 0
    for byte in head[checksumRange] {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "7"): told = told * 8 + Int(byte - UInt8(ascii: "0"))
      case 0, 0x20: continue
      default: return false
      }
    }
    var sum = 0
    // Old programs summed signed bytes.
    var signedSum = 0
    for index in 0..<byteCount {
      let byte = checksumRange.contains(index) ? 0x20 : head[index]
      sum += Int(byte)
      signedSum += Int(Int8(bitPattern: byte))
    }
    return told == sum || told == signedSum
  }
}
