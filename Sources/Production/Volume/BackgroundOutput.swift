// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes
import Dispatch
import Synchronization

/// Hashes and writes a file behind the scenes while the caller makes its next bytes.
///
/// A few blocks wait at most; the caller waits when it is faster.
final class BackgroundOutput: ArchiveReceiver, Sendable {
  private static let blockByteCount = 1 << 18
  private static let maximumWaitingBlockCount = 8

  // Locked only on the queue, for as long as a block takes.
  private let file: Mutex<OutputFile>
  private let failure = Mutex<(any Error)?>(nil)
  // One after another, in order.
  private let queue = DispatchQueue(label: "output")
  private let free = DispatchSemaphore(value: BackgroundOutput.maximumWaitingBlockCount)
  private let block = Mutex<[UInt8]>([])

  /// Takes over a file that was opened with ``OutputFile/Hashing/sha256``.
  init(_ file: sending OutputFile) {
    self.file = Mutex(file)
  }

  func receive(_ bytes: Span<UInt8>) throws {
    let full = block.withLock { block -> [UInt8]? in
      block.append(bytes)
      guard block.count >= BackgroundOutput.blockByteCount else { return nil }
      defer { block = [] }
      return block
    }
    if let full { try send(full) }
  }

  /// Waits until all bytes are on the disk, and closes the file.
  ///
  /// - Returns: The file's size and digest.
  /// - Throws: What went wrong with any of the bytes.
  func close() throws -> (byteCount: Int64, sha256: SHA256Digest) {
    try send(block.withLock { $0 })
    return try queue.sync {
      try throwFailure()
      return try file.withLock { file in
        try file.close(syncing: true)
        return (file.byteCount, file.sha256())
      }
    }
  }

  private func send(_ bytes: [UInt8]) throws {
    try throwFailure()
    free.wait()
    queue.async { [self] in
      defer { free.signal() }
      guard failure.withLock({ $0 == nil }) else { return }
      do {
        try file.withLock { try $0.write(bytes.span) }
      } catch {
        failure.withLock { $0 = error }
      }
    }
  }

  private func throwFailure() throws {
    if let failure = failure.withLock({ $0 }) { throw failure }
  }
}
