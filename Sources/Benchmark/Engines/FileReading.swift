// SPDX-License-Identifier: Apache-2.0
import Crypto
import Foundation

/// The raw engines that only read a file: its bytes alone, its SHA-256, its JSON.
enum FileReading {
  /// Reads a file to its end.
  ///
  /// - Returns: its bytes' count.
  static func readBytes(_ file: URL) throws -> Int {
    try forEachChunk(of: file) { _ in }
  }

  /// Hashes a file with swift-crypto.
  static func hash(_ file: URL) throws -> Int {
    var hasher = SHA256()
    let byteCount = try forEachChunk(of: file) { chunk in
      unsafe chunk.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
    }
    // The digest must be made, or the work could be left out.
    guard hasher.finalize().contains(where: { $0 != 0 }) else {
      throw CorpusError("the digest of \(file.path) is zero")
    }
    return byteCount
  }

  /// Reads every message's text with the benchmark's own reader.
  ///
  /// - Returns: the bytes of the file and the number of messages.
  static func readMessages(_ file: URL) throws -> (bytes: Int, messages: Int) {
    var reader = MessageReader()
    var messageCount = 0
    let byteCount = try reader.read(file, batchSize: 1000) { batch in
      messageCount += batch.count
    }
    return (byteCount, messageCount)
  }
}

/// Reads a file piece by piece into one buffer of a megabyte.
///
/// - Returns: the bytes of the file.
func forEachChunk(of file: URL, _ body: (Span<UInt8>) throws -> Void) throws -> Int {
  let handle = try FileHandle(forReadingFrom: file)
  defer { try? handle.close() }
  var buffer = [UInt8](repeating: 0, count: 1 << 20)
  var byteCount = 0
  while true {
    let count = unsafe buffer.withUnsafeMutableBytes { buffer in
      unsafe read(handle.fileDescriptor, buffer.baseAddress, buffer.count)
    }
    guard count >= 0 else { throw CorpusError("cannot read \(file.path): errno \(errno)") }
    guard count > 0 else { return byteCount }
    byteCount += count
    try body(buffer.span.extracting(first: count))
  }
}
