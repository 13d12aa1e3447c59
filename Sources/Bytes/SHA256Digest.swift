// SPDX-License-Identifier: Apache-2.0
import Crypto

/// A SHA-256 digest, 32 bytes.
package struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
  /// The digest's bytes, always 32.
  package let bytes: [UInt8]

  /// Takes over 32 bytes that were read from a store or a manifest; nil for any other count.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  /// Parses 64 hexadecimal digits of either case; nil for anything else.
  package init?(hexadecimal text: some StringProtocol) {
    guard let bytes = [UInt8](hexadecimal: text), bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  /// Hashes bytes that lie in memory whole.
  package init(of bytes: Span<UInt8>) {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    self = hasher.finish()
  }

  /// Hashes the UTF-8 bytes of a text.
  package init(of text: String) {
    var text = text
    self = text.withUTF8 { buffer in
      unsafe SHA256Digest(of: Span(_unsafeElements: buffer))
    }
  }

  fileprivate init(_ digest: SHA256.Digest) {
    bytes = Array(digest)
  }

  /// Appends the digest of bytes to an array, without a value of its own: for many small records.
  package static func append(of bytes: Span<UInt8>, to result: inout [UInt8]) {
    let digest = digest(of: bytes)
    unsafe digest.withUnsafeBytes { unsafe result.append(contentsOf: $0) }
  }

  /// The first eight bytes of the digest of bytes, as a big-endian number.
  package static func leadingBits(of bytes: Span<UInt8>) -> UInt64 {
    let digest = digest(of: bytes)
    return unsafe digest.withUnsafeBytes {
      unsafe UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self))
    }
  }

  /// Calls a body with the 32 bytes of a digest, which are gone after it: for ids by the hundred.
  package static func withBytes<Result>(
    of bytes: Span<UInt8>, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    unsafe digest(of: bytes).withUnsafeBytes { unsafe body($0) }
  }

  private static func digest(of bytes: Span<UInt8>) -> SHA256.Digest {
    var state = SHA256()
    unsafe bytes.withUnsafeBytes { unsafe state.update(bufferPointer: $0) }
    return state.finalize()
  }

  /// The 64 lower-case hexadecimal digits.
  package var hexadecimal: String { bytes.hexadecimal }

  package var description: String { hexadecimal }
}

/// Hashes a stream of bytes with SHA-256.
package struct SHA256Hasher: Sendable {
  private var state = SHA256()

  package init() {}

  /// Adds the bytes of a span.
  package mutating func update(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe state.update(bufferPointer: buffer)
    }
  }

  /// Gives the digest of all bytes so far; the hasher may go on.
  package func finish() -> SHA256Digest {
    SHA256Digest(state.finalize())
  }
}
