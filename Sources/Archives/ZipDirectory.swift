// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What a zip's own directory says, independent of the library that reads the members.
package enum ZipDirectory {
  /// How many members the directory at the end of a zip lists.
  ///
  /// The library passes over a second entry for the same place without a word, so what it gives is
  /// counted against this.
  ///
  /// - Parameter descriptor: A readable, seekable file; its position stays.
  /// - Returns: The number; nil where no directory is found.
  package static func memberCount(descriptor: Int32) -> Int64? {
    let end = Int64(lseek(descriptor, 0, SEEK_END))
    // A comment of up to 65,535 bytes may follow the record.
    let tailStart = max(0, end - 22 - 65_535)
    let tail = bytes(descriptor, at: tailStart, count: Int(end - tailStart))
    guard tail.count >= 22 else { return nil }
    for start in stride(from: tail.count - 22, through: 0, by: -1)
    where tail[start...].starts(with: [0x50, 0x4B, 5, 6])
      && start + 22 + Int(integer(tail, at: start + 20, byteCount: 2)) <= tail.count
    {
      let count = integer(tail, at: start + 10, byteCount: 2)
      guard count == 0xFFFF, start >= 20,
        tail[(start - 20)...].starts(with: [0x50, 0x4B, 6, 7])
      else { return count }
      let record = bytes(
        descriptor, at: integer(tail, at: start - 12, byteCount: 8), count: 56)
      guard record.count == 56, record.starts(with: [0x50, 0x4B, 6, 6]) else { return count }
      return integer(record, at: 32, byteCount: 8)
    }
    return nil
  }

  private static func bytes(_ descriptor: Int32, at offset: Int64, count: Int) -> [UInt8] {
    guard offset >= 0, count > 0 else { return [] }
    var buffer = [UInt8](repeating: 0, count: count)
    let read = unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe pread(descriptor, bytes.baseAddress, bytes.count, Int(offset))
    }
    return Array(buffer.prefix(max(0, read)))
  }

  private static func integer(_ bytes: [UInt8], at start: Int, byteCount: Int) -> Int64 {
    Int64(
      truncatingIfNeeded: (0..<byteCount).reduce(UInt64(0)) { value, index in
        value | UInt64(bytes[start + index]) << UInt64(8 * index)
      })
  }
}
