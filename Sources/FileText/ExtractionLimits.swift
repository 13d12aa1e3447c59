// SPDX-License-Identifier: Apache-2.0

/// How much is read of one file.
package struct ExtractionLimits: Sendable, Hashable {
  /// Bytes of text, in UTF-8.
  package var textByteCount = 4 << 20
  /// Bytes that archives, documents and mails in it unpack to, together.
  package var unpackedByteCount = 256 << 20
  /// Bytes that archives in it unpack to, together, where nothing of them is read: to come to the
  /// next member of a compressed archive, all before it must be unpacked.
  package var passedByteCount = 1 << 30
  /// Bytes of one part that must lie in memory whole, such as a mail or a file in an archive.
  package var partByteCount = 32 << 20
  /// Files in it, of all levels together.
  package var partCount = 10_000
  /// Files within files.
  package var depth = 4
  /// Seconds that a program may take for one file.
  package var programSeconds = 60
  /// Bytes of memory that a program may use.
  package var programByteCount = 1 << 30

  package init() {}
}
