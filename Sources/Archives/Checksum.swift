// SPDX-License-Identifier: Apache-2.0
import CDigests
import CZlib

/// The CRC-32 that a zip gives of each member.
package struct Checksum: Sendable, Hashable {
  /// Of all bytes so far.
  package private(set) var value: UInt32 = 0

  package init() {}

  /// Adds the bytes of a span.
  package mutating func update(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { buffer in
      guard let start = buffer.baseAddress else { return }
      let taken = unsafe custody_crc32(&value, start, buffer.count)
      let rest = unsafe buffer[taken...]
      guard unsafe !rest.isEmpty else { return }
      value = UInt32(
        truncatingIfNeeded: unsafe crc32_z(
          UInt(value), (start + taken).assumingMemoryBound(to: UInt8.self), rest.count))
    }
  }
}
