// SPDX-License-Identifier: Apache-2.0
import Bytes
import Dispatch
import Synchronization

/// Hashes blocks behind the scenes, one after another; the caller waits where many have gathered.
final class BackgroundDigest: Sendable {
  private static let maximumWaitingBlockCount = 16

  private let queue = DispatchQueue(label: "digest")
  private let free = DispatchSemaphore(value: BackgroundDigest.maximumWaitingBlockCount)
  // Used on the queue alone.
  private let hasher = Mutex(SHA256Hasher())

  func add(_ block: [UInt8]) {
    free.wait()
    queue.async { [self] in
      hasher.withLock { $0.update(block.span) }
      free.signal()
    }
  }

  /// Waits for all blocks, and gives their SHA-256.
  func finish() -> SHA256Digest {
    queue.sync { hasher.withLock { $0.finish() } }
  }
}
