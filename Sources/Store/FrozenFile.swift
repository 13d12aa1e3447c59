// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A file that is read without a lock, as it was when it was opened.
struct FrozenFile: Sendable {
  /// What changes of a file when somebody writes into it.
  private struct Stamp: Equatable {
    var inode: UInt
    var byteCount: Int64
    /// When it was written last.
    var seconds: Int64
    var nanoseconds: Int64

    /// Nil where there is no file.
    init?(_ path: String) {
      var facts = stat()
      guard unsafe stat(path, &facts) == 0 else { return nil }
      inode = UInt(facts.st_ino)
      byteCount = Int64(facts.st_size)
      seconds = Int64(facts.st_mtim.tv_sec)
      nanoseconds = Int64(facts.st_mtim.tv_nsec)
    }
  }

  private let path: String
  private let stamp: Stamp?

  init(_ path: String) {
    self.path = path
    stamp = Stamp(path)
  }

  /// Refuses what was read of it where another account changed it: that may be of two states.
  func requireUnchanged() throws(StoreError) {
    guard Stamp(path) == stamp else { throw Store.changedUnseen }
  }
}
