// SPDX-License-Identifier: Apache-2.0
import CZlib

/// Unpacks gzip that lies in memory.
package enum GzipContent {
  private static let roomByteCount = 1 << 16

  /// What gzip holds, as far as it goes: of bytes that were cut, what came before the cut.
  ///
  /// - Parameters:
  ///   - packed: One member; what follows it is passed over.
  ///   - limit: The most bytes that may come of it.
  /// - Returns: The content; nil for what is no gzip or is damaged, and past the limit.
  package static func unpack(_ packed: [UInt8], limit: Int) -> [UInt8]? {
    guard packed.starts(with: [0x1F, 0x8B]), let byteCount = UInt32(exactly: packed.count) else {
      return nil
    }
    var stream = unsafe z_stream()
    // 31: a window of 32 KiB, and the gzip format alone.
    guard
      unsafe inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { _ = unsafe inflateEnd(&stream) }
    let room = UnsafeMutablePointer<UInt8>.allocate(capacity: roomByteCount)
    defer { unsafe room.deallocate() }
    var input = packed
    var output: [UInt8] = []
    let isSound = unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe stream.next_in = source.baseAddress
      unsafe stream.avail_in = byteCount
      while true {
        unsafe stream.next_out = room
        unsafe stream.avail_out = UInt32(roomByteCount)
        let status = unsafe inflate(&stream, Z_NO_FLUSH)
        let count = unsafe roomByteCount - Int(stream.avail_out)
        unsafe output.append(contentsOf: UnsafeBufferPointer(start: room, count: count))
        guard output.count <= limit else { return false }
        switch status {
        case Z_OK: continue
        case Z_STREAM_END: return true
        case Z_BUF_ERROR: return !output.isEmpty
        default: return false
        }
      }
    }
    return isSound ? output : nil
  }
}
