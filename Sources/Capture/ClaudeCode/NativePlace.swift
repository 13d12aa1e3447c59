// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// The place of a native record among the others of its conversation, where each adds to it: by the
/// first and then the last time of what it holds, and by its bytes, whichever was captured first.
struct NativePlace: Comparable {
  private let first: Instant?
  private let last: Instant?
  private let byteCount: Int
  private let digest: SHA256Digest

  /// - Parameters:
  ///   - native: The record.
  ///   - times: The times of what it holds.
  init(_ native: [UInt8], times: some Sequence<Instant>) {
    byteCount = native.count
    digest = SHA256Digest(of: native.span)
    var first: Instant?
    var last: Instant?
    for time in times {
      first = first.map { min($0, time) } ?? time
      last = last.map { max($0, time) } ?? time
    }
    self.first = first
    self.last = last
  }

  static func < (left: NativePlace, right: NativePlace) -> Bool {
    // Without a time it may only add to what others began.
    let own = (left.first?.ticks ?? .max, left.last?.ticks ?? .max, left.byteCount)
    let others = (right.first?.ticks ?? .max, right.last?.ticks ?? .max, right.byteCount)
    return own == others
      ? left.digest.bytes.lexicographicallyPrecedes(right.digest.bytes) : own < others
  }
}
