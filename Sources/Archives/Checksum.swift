// SPDX-License-Identifier: Apache-2.0
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
      value = UInt32(
        truncatingIfNeeded: unsafe crc32_z(
          UInt(value), start.assumingMemoryBound(to: UInt8.self), buffer.count))
    }
  }
}
