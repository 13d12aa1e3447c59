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
  ///   - vectorWidth: Bits of the widest vectors that MD5 may use, for tests: each width has its own code.
  ///   - withSHA1: Whether ``sha1`` of the file at an index is wanted.
  /// - Returns: The digests in the order of the files.
  package static func together(
    _ files: [ArraySlice<UInt8>], vectorWidth: Int32 = 512,
    withSHA1: (Int) -> Bool = { _ in false }
  ) -> [FileDigests] {
    var md5 = [UInt8](repeating: 0, count: 16 * files.count)
    unsafe withMessages(files) { messages in
      unsafe md5.withUnsafeMutableBufferPointer { digests in
        unsafe custody_md5_many(
          messages.baseAddress, messages.count, digests.baseAddress, vectorWidth)
      }
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
    _ files: [ArraySlice<UInt8>], _ body: (UnsafeBufferPointer<custody_message>) -> Void
  ) {
    unsafe withUnsafeTemporaryAllocation(of: custody_message.self, capacity: files.count) {
      messages in
      func fill(_ index: Int) {
        guard index < files.count else { return unsafe body(UnsafeBufferPointer(messages)) }
        unsafe files[index].withUnsafeBytes { bytes in
          unsafe messages.initializeElement(
            at: index, to: custody_message(bytes: bytes.baseAddress, count: bytes.count))
          fill(index + 1)
        }
      }
      fill(0)
    }
  }
}
