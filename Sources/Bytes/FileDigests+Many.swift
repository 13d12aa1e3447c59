// SPDX-License-Identifier: Apache-2.0
import CDigests
import Crypto

extension FileDigests {
  /// The most files that are hashed together.
  package static let maximumTogether = Int(custody_maximum_together)

  /// Hashes files that lie in memory whole, many small ones together: in a fraction of the time that
  /// is needed for one after another.
  ///
  /// - Parameters:
  ///   - files: At most ``maximumTogether``.
  ///   - withSHA1: Whether ``sha1`` of the file at an index is wanted.
  /// - Returns: The digests in the order of the files.
  package static func together(
    _ files: [ArraySlice<UInt8>], withSHA1: (Int) -> Bool = { _ in false }
  ) -> [FileDigests] {
    unsafe withMessages(files) { messages in
      let all = Array(files.indices)
      var md5 = DigestTable(count: files.count, byteCount: 16)
      _ = unsafe md5.take(all, of: messages) { messages, count, digests in
        unsafe custody_md5_many(messages, count, digests)
        return 1
      }
      var sha256 = DigestTable(count: files.count, byteCount: 32)
      unsafe sha256.takeSHA256(all, of: messages)
      let natives = all.filter(withSHA1)
      var sha1 = DigestTable(count: files.count, byteCount: 20)
      unsafe sha1.take(natives, of: messages, together: custody_sha1_many) { bytes in
        var hasher = Insecure.SHA1()
        unsafe hasher.update(bufferPointer: bytes)
        return Array(hasher.finalize())
      }
      var wanted = [Bool](repeating: false, count: files.count)
      for index in natives { wanted[index] = true }
      return all.map { index in
        FileDigests(
          md5: md5[index], sha256: sha256[index], sha1: wanted[index] ? Array(sha1[index]) : [])
      }
    }
  }

  // Holds the bytes of all files at once, each inside of the one before.
  private static func withMessages(
    _ files: [ArraySlice<UInt8>],
    _ body: (UnsafeBufferPointer<custody_message>) -> [FileDigests]
  ) -> [FileDigests] {
    unsafe withUnsafeTemporaryAllocation(of: custody_message.self, capacity: files.count) {
      messages in
      func fill(_ index: Int) -> [FileDigests] {
        guard index < files.count else {
          return unsafe body(UnsafeBufferPointer(messages))
        }
        return unsafe files[index].withUnsafeBytes { bytes in
          unsafe messages.initializeElement(
            at: index, to: custody_message(bytes: bytes.baseAddress, count: bytes.count))
          return fill(index + 1)
        }
      }
      return fill(0)
    }
  }
}
