// SPDX-License-Identifier: Apache-2.0
import Glibc
import Model

/// A kernel lock on a file of the store: held until it is released or its process ends.
///
/// The file stays, and tells who took the lock last; the lock itself is never left behind.
package final class StoreLock: Sendable {
  private let descriptor: Int32

  /// Takes a lock, waiting for it up to a duration.
  ///
  /// - Throws: `StoreError` with `.locked`, naming the process that holds it.
  init(path: String, name: String, actor: AuditActor, now: Instant, wait: Duration) throws {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileSystem.failure("cannot open the lock \(path)") }
    let deadline = ContinuousClock.now + wait
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        let error = FileSystem.failure("cannot lock \(path)")
        close(descriptor)
        throw error
      }
      guard ContinuousClock.now < deadline else {
        let holder = LockHolder(descriptor: descriptor)
        close(descriptor)
        throw StoreError(
          .locked, "the lock \(name) is held by \(holder.description); run again later",
          objects: [holder.description])
      }
      usleep(5_000)
    }
    LockHolder(actor: actor, start: now).write(to: descriptor)
    self.descriptor = descriptor
  }

  deinit {
    // A child process that is just being started has a copy of the descriptor: closing ours alone
    // would leave the lock to it for a moment.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}

/// Who holds a lock, as its file tells: process, host, command and start.
struct LockHolder: CustomStringConvertible {
  var description: String

  init(actor: AuditActor, start: Instant) {
    description =
      "process \(getpid()) on \(actor.host), \(actor.command) by \(actor.displayName), since "
      + start.flooredToSecond.rfc3339
  }

  /// Reads the file of a lock that another process holds.
  ///
  /// Between taking a lock and writing its name a moment passes, in which the file may still be
  /// empty.
  init(descriptor: Int32) {
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe pread(descriptor, buffer.baseAddress, buffer.count, 0)
    }
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    description = text.isEmpty ? "another process" : text
  }

  func write(to descriptor: Int32) {
    let bytes = Array(description.utf8.prefix(1024))
    ftruncate(descriptor, 0)
    _ = unsafe bytes.withUnsafeBytes { buffer in
      unsafe pwrite(descriptor, buffer.baseAddress, buffer.count, 0)
    }
  }
}
