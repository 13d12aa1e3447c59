// SPDX-License-Identifier: Apache-2.0
import CDigests

extension SHA256Digest {
  /// Hashes runs of bytes of one array, many of them at a time.
  ///
  /// - Parameters:
  ///   - ranges: Their places; at most ``FileDigests/maximumTogether``.
  ///   - bytes: Where they lie.
  /// - Returns: Their digests, in the order of the ranges.
  package static func together(_ ranges: [Range<Int>], of bytes: [UInt8]) -> [SHA256Digest] {
    var table = DigestTable(count: ranges.count, byteCount: 32)
    unsafe bytes.withUnsafeBytes { bytes in
      let messages = unsafe ranges.map { range in
        unsafe custody_message(
          bytes: UnsafeRawBufferPointer(rebasing: bytes[range]).baseAddress, count: range.count)
      }
      unsafe messages.withUnsafeBufferPointer { messages in
        unsafe table.takeSHA256(Array(ranges.indices), of: messages)
      }
    }
    return ranges.indices.map { SHA256Digest(Array(table[$0])) }
  }
}
