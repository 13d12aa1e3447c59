// SPDX-License-Identifier: Apache-2.0
import Bytes
import CZlib

/// Makes raw deflate streams (RFC 1951), one after another, as members of a zip have them.
@safe
package final class Deflater {
  private static let outputByteCount = 1 << 16

  // At one place for good, which the library remembers.
  private let stream: UnsafeMutablePointer<z_stream>
  private var output = [UInt8](repeating: 0, count: Deflater.outputByteCount)

  /// Gets ready for the first stream.
  ///
  /// - Parameter level: 1 to 9.
  /// - Throws: `ArchiveError` where there is no memory.
  package init(level: Int) throws(ArchiveError) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // A window of 32 KiB without a header of its own.
    let status = unsafe deflateInit2_(
      stream, Int32(level), Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      unsafe stream.deallocate()
      throw ArchiveError.outOfMemory
    }
  }

  deinit {
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Adds bytes to the stream, and hands on what is ready.
  package func write(_ bytes: Span<UInt8>, _ body: (Span<UInt8>) throws -> Void) throws {
    try run(bytes, Z_NO_FLUSH, body)
  }

  /// Ends the stream, hands on the rest, and gets ready for the next one.
  package func finish(_ body: (Span<UInt8>) throws -> Void) throws {
    let nothing: [UInt8] = []
    try run(nothing.span, Z_FINISH, body)
    unsafe deflateReset(stream)
  }

  /// A stream of bytes that lie in memory whole.
  package func deflate(_ bytes: [UInt8]) throws -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count / 3)
    try write(bytes.span) { result.append($0) }
    try finish { result.append($0) }
    return result
  }

  private func run(
    _ bytes: Span<UInt8>, _ flush: Int32, _ body: (Span<UInt8>) throws -> Void
  ) throws {
    var start = 0
    repeat {
      // The library counts in 32 bits.
      let part = bytes.extracting(start..<min(bytes.count, start + 1 << 30))
      start += part.count
      var isFull = true
      var isFirst = true
      var status = Z_OK
      while isFull {
        let count = unsafe part.withUnsafeBytes { input in
          unsafe output.withUnsafeMutableBufferPointer { output in
            if isFirst {
              unsafe stream.pointee.next_in = UnsafeMutablePointer(
                mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
              unsafe stream.pointee.avail_in = UInt32(input.count)
            }
            unsafe stream.pointee.next_out = output.baseAddress
            unsafe stream.pointee.avail_out = UInt32(output.count)
            status = unsafe CZlib.deflate(stream, flush)
            return unsafe output.count - Int(stream.pointee.avail_out)
          }
        }
        isFirst = false
        isFull = count == output.count
        if count > 0 {
          let ready = output
          try body(ready.span.extracting(..<count))
        }
      }
      // Nothing left to do is no error, but only where everything was taken in.
      let isDone =
        flush == Z_FINISH ? status == Z_STREAM_END : status == Z_OK || status == Z_BUF_ERROR
      guard isDone, unsafe stream.pointee.avail_in == 0 else {
        throw ArchiveError(code: .writeFailed, message: "deflating fails with status \(status)")
      }
    } while start < bytes.count
  }
}
