// SPDX-License-Identifier: Apache-2.0
import Crypto

/// What a time stamp is about: the digest of a file (RFC 3161 §2.4.1, messageImprint).
enum StampedDigest: CaseIterable {
  case sha256, sha384, sha512

  /// Its object identifier, encoded (RFC 5754).
  var identifier: [UInt8] {
    // 2.16.840.1.101.3.4.2 and the algorithm's number.
    let number: UInt8 =
      switch self {
      case .sha256: 1
      case .sha384: 2
      case .sha512: 3
      }
    return [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, number]
  }

  /// The digest of a file.
  func digest(of file: [UInt8]) -> [UInt8] {
    switch self {
    case .sha256: Array(SHA256.hash(data: file))
    case .sha384: Array(SHA384.hash(data: file))
    case .sha512: Array(SHA512.hash(data: file))
    }
  }
}
