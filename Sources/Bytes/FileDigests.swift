// SPDX-License-Identifier: Apache-2.0
import Crypto

/// The digests that identify a file in a volume: MD5 and SHA-1 as identifiers only, SHA-256 for
/// integrity (export-formats section 10.1).
package struct FileDigests: Hashable, Sendable {
  // MD5 16, SHA-256 32, and SHA-1 20 where asked for: one allocation, since a volume keeps many.
  private let bytes: [UInt8]

  init(md5: some Sequence<UInt8>, sha256: some Sequence<UInt8>, sha1: [UInt8]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(68)
    bytes += md5
    bytes += sha256
    bytes += sha1
    self.bytes = bytes
  }

  /// Digests as they were stored; nil where they are none.
  package init?(md5: [UInt8], sha256: [UInt8]) {
    guard md5.count == 16, sha256.count == 32 else { return nil }
    self.init(md5: md5, sha256: sha256, sha1: [])
  }

  /// Hashes bytes that lie in memory whole.
  ///
  /// - Parameters:
  ///   - bytes: The file's bytes.
  ///   - withSHA1: Whether ``sha1`` is wanted.
  package init(of bytes: Span<UInt8>, withSHA1: Bool = false) {
    var hasher = FileHasher(withSHA1: withSHA1)
    hasher.update(bytes)
    self = hasher.finish()
  }

  /// MD5, 16 bytes.
  package var md5Bytes: [UInt8] { Array(bytes[..<16]) }

  /// SHA-256, 32 bytes.
  package var sha256Bytes: [UInt8] { Array(bytes[16..<48]) }

  /// MD5, 32 lower-case hexadecimal digits.
  package var md5: String { bytes[..<16].hexadecimal }

  /// SHA-256, 64 lower-case hexadecimal digits.
  package var sha256: String { bytes[16..<48].hexadecimal }

  /// SHA-1, 40 lower-case hexadecimal digits; nil when it was not asked for.
  package var sha1: String? { bytes.count > 48 ? bytes[48...].hexadecimal : nil }

  /// Whether digits are those of ``md5``, without making them.
  package func hasMD5(_ digits: Span<UInt8>) -> Bool { digits.areHexadecimal(of: bytes, 0..<16) }

  /// Whether digits are those of ``sha256``, without making them.
  package func hasSHA256(_ digits: Span<UInt8>) -> Bool {
    digits.areHexadecimal(of: bytes, 16..<48)
  }

  /// Whether digits are those of ``sha1``, without making them; false when it was not asked for.
  package func hasSHA1(_ digits: Span<UInt8>) -> Bool {
    bytes.count > 48 && digits.areHexadecimal(of: bytes, 48..<bytes.count)
  }
}

/// Hashes a stream of bytes with MD5, SHA-256 and, where asked for, SHA-1.
package struct FileHasher: Sendable {
  private var md5 = Insecure.MD5()
  private var sha256 = SHA256()
  private var sha1: Insecure.SHA1?

  /// Starts a hasher; SHA-1 is computed only when wanted.
  package init(withSHA1: Bool = false) {
    sha1 = withSHA1 ? Insecure.SHA1() : nil
  }

  /// Adds the bytes of a span.
  package mutating func update(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe md5.update(bufferPointer: buffer)
      unsafe sha256.update(bufferPointer: buffer)
      unsafe sha1?.update(bufferPointer: buffer)
    }
  }

  /// Gives the digests of all bytes so far; the hasher may go on.
  package func finish() -> FileDigests {
    FileDigests(
      md5: md5.finalize(), sha256: sha256.finalize(), sha1: sha1.map { Array($0.finalize()) } ?? [])
  }
}
