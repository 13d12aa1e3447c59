// SPDX-License-Identifier: Apache-2.0

/// What is sent to an authority that stamps the time (RFC 3161 §2.4.1).
package enum TimeStampRequest {
  /// The request for a file: its SHA-256, and that the authority's certificate is wanted.
  ///
  /// It has no nonce, so the same file gives the same request: what an earlier reply could be mistaken for
  /// is the same file at an earlier time, which proves more.
  ///
  /// - Parameter file: The file's bytes.
  /// - Returns: A file of type `application/timestamp-query`.
  package static func make(for file: [UInt8]) -> [UInt8] {
    DERValue.sequence(
      DERValue.encode(.integer, [1]),
      DERValue.sequence(
        DERValue.sequence(
          DERValue.encode(.identifier, StampedDigest.sha256.identifier),
          DERValue.encode(.null, [])),
        DERValue.encode(.bytes, StampedDigest.sha256.digest(of: file))),
      DERValue.encode(.boolean, [0xFF]))
  }
}
