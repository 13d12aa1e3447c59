// SPDX-License-Identifier: Apache-2.0
import CZlib
import Glibc

/// Checks a gzip file against the checksums and sizes that it states, which libarchive passes over.
///
/// Nothing is kept: memory is two buffers.
package enum GzipCheck {
  private static let bufferByteCount = 1 << 17

  /// Reads a file of one gzip member or several to its end.
  ///
  /// - Parameter descriptor: A readable, seekable file; its position is changed.
  /// - Throws: `ArchiveError` with `.damaged` when a checksum or size is wrong, the file is cut, or
  ///   something other than zero bytes follows the last member.
  package static func verify(descriptor: Int32) throws(ArchiveError) {
    lseek(descriptor, 0, SEEK_SET)
    var stream = unsafe z_stream()
    // 31: a window of 32 KiB, and the gzip format alone.
    guard
      unsafe inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw ArchiveError.outOfMemory }
    defer { _ = unsafe inflateEnd(&stream) }
    let input = UnsafeMutablePointer<UInt8>.allocate(capacity: bufferByteCount)
    let output = UnsafeMutablePointer<UInt8>.allocate(capacity: bufferByteCount)
    defer {
      unsafe input.deallocate()
      unsafe output.deallocate()
    }
    var isBetweenMembers = false
    while true {
      let count = unsafe Glibc.read(descriptor, input, bufferByteCount)
      guard count >= 0 else { throw damaged("it cannot be read") }
      if count == 0 { break }
      unsafe stream.next_in = input
      unsafe stream.avail_in = UInt32(count)
      while unsafe stream.avail_in > 0 {
        if isBetweenMembers {
          guard let byte = unsafe stream.next_in?.pointee else { break }
          if byte == 0 {
            // Padding of tapes and disk images.
            unsafe stream.next_in = stream.next_in.advanced(by: 1)
            unsafe stream.avail_in -= 1
            continue
          }
          guard byte == 0x1F else { throw damaged("something follows its end") }
          guard unsafe inflateReset(&stream) == Z_OK else { throw ArchiveError.outOfMemory }
          isBetweenMembers = false
        }
        unsafe stream.next_out = output
        unsafe stream.avail_out = UInt32(bufferByteCount)
        switch unsafe inflate(&stream, Z_NO_FLUSH) {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: isBetweenMembers = true
        default:
          throw damaged(unsafe stream.msg.map { unsafe String(cString: $0) } ?? "it is cut")
        }
      }
    }
    guard isBetweenMembers else { throw damaged("it is cut") }
  }

  private static func damaged(_ reason: String) -> ArchiveError {
    ArchiveError(code: .damaged, message: "the archive is damaged: gzip: " + reason)
  }
}
