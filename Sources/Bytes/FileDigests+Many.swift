// SPDX-License-Identifier: Apache-2.0
import CDigests
import Crypto

extension FileDigests {
  /// The most files that are hashed together.
  package static let maximumTogether = Int(custody_md5_maximum)

  /// Hashes files that lie in memory whole, many small ones together: in a fraction of the time that
  /// MD5 needs for one after another.
  ///
  /// - Parameters:
  ///   - files: At most ``maximumTogether``.
  ///   - withSHA1: Whether ``sha1`` of the file at an index is wanted.
  /// - Returns: The digests in the order of the files.
  package static func together(
    _ files: [ArraySlice<UInt8>], withSHA1: (Int) -> Bool = { _ in false }
  ) -> [FileDigests] {
    let md5 = unsafe withMessages(files[...], []) { messages -> [UInt8] in
      let count = unsafe messages.count
      var digests = [UInt8](repeating: 0, count: 16 * count)
      unsafe digests.withUnsafeMutableBufferPointer { digests in
        unsafe messages.withUnsafeBufferPointer { messages in
          unsafe custody_md5_many(messages.baseAddress, count, digests.baseAddress)
        }
      }
      return digests
    }
    return files.indices.map { index in
      var sha256 = SHA256()
      var sha1 = withSHA1(index) ? Insecure.SHA1() : nil
      unsafe files[index].withUnsafeBytes { bytes in
        unsafe sha256.update(bufferPointer: bytes)
        unsafe sha1?.update(bufferPointer: bytes)
      }
      return FileDigests(
        md5: md5[16 * index..<16 * index + 16], sha256: sha256.finalize(),
        sha1: sha1.map { Array($0.finalize()) } ?? [])
    }
  }

  // Holds the bytes of all files at once, each inside of the one before.
  private static func withMessages(
    _ files: ArraySlice<ArraySlice<UInt8>>, _ messages: [custody_message],
    _ body: ([custody_message]) -> [UInt8]
  ) -> [UInt8] {
    guard let file = files.first else { return unsafe body(messages) }
    return unsafe file.withUnsafeBytes { bytes in
      let message = unsafe custody_message(bytes: bytes.baseAddress, count: bytes.count)
      return unsafe withMessages(files.dropFirst(), messages + [message], body)
    }
  }
}
