// SPDX-License-Identifier: Apache-2.0
import CDigests
import Crypto

/// Digests of one kind, by the index of the message.
struct DigestTable {
  /// Hashes messages at a time; gives 0 where it cannot.
  typealias Together = (UnsafePointer<custody_message>?, Int, UnsafeMutablePointer<UInt8>?) -> CInt

  /// How much faster a byte is hashed together with those of others than by itself.
  private static let gain = 2
  /// Messages that are hashed at the same time.
  private static let laneCount = 16

  private let byteCount: Int
  private var bytes: [UInt8]

  init(count: Int, byteCount: Int) {
    self.byteCount = byteCount
    bytes = [UInt8](repeating: 0, count: count * byteCount)
  }

  subscript(index: Int) -> ArraySlice<UInt8> {
    bytes[index * byteCount..<(index + 1) * byteCount]
  }

  /// Hashes some of the messages together where that pays, the others one after another.
  mutating func take(
    _ indices: [Int], of messages: UnsafeBufferPointer<custody_message>,
    together: Together, alone: (UnsafeRawBufferPointer) -> [UInt8]
  ) {
    let ordered = indices.sorted { unsafe messages[$0].count > messages[$1].count }
    let aloneCount = DigestTable.aloneCount(ordered.map { unsafe messages[$0].count })
    var rest = ordered[...]
    if aloneCount < ordered.count,
      unsafe take(Array(ordered[aloneCount...]), of: messages, together)
    {
      rest = ordered[..<aloneCount]
    }
    for index in rest {
      let message = unsafe messages[index]
      let digest = unsafe alone(UnsafeRawBufferPointer(start: message.bytes, count: message.count))
      put(digest.span.extracting(...), at: index)
    }
  }

  /// Hashes some of the messages with SHA-256.
  mutating func takeSHA256(
    _ indices: [Int], of messages: UnsafeBufferPointer<custody_message>
  ) {
    unsafe take(indices, of: messages, together: custody_sha256_many) { bytes in
      var hasher = SHA256()
      unsafe hasher.update(bufferPointer: bytes)
      return Array(hasher.finalize())
    }
  }

  /// Hashes some of the messages together; false where that cannot be.
  mutating func take(
    _ indices: [Int], of messages: UnsafeBufferPointer<custody_message>, _ together: Together
  ) -> Bool {
    let chosen = unsafe indices.map { unsafe messages[$0] }
    var digests = [UInt8](repeating: 0, count: byteCount * indices.count)
    let isDone = unsafe digests.withUnsafeMutableBufferPointer { digests in
      unsafe chosen.withUnsafeBufferPointer { chosen in
        unsafe together(chosen.baseAddress, chosen.count, digests.baseAddress) != 0
      }
    }
    guard isDone else { return false }
    for (place, index) in indices.enumerated() {
      put(digests.span.extracting(place * byteCount..<(place + 1) * byteCount), at: index)
    }
    return true
  }

  private mutating func put(_ digest: Span<UInt8>, at index: Int) {
    for offset in digest.indices { bytes[index * byteCount + offset] = digest[offset] }
  }

  /// How many of the longest messages are better hashed by themselves: what is much longer than the rest
  /// is in the end alone, and costs as much as all lanes together would.
  private static func aloneCount(_ lengths: [Int]) -> Int {
    var rest = lengths.reduce(0, +)
    var alone = 0
    var best = (cost: Int.max, count: 0)
    for (count, length) in lengths.enumerated() {
      let cost = alone * gain + max(length * laneCount, rest)
      if cost < best.cost { best = (cost, count) }
      alone += length
      rest -= length
    }
    return alone * gain < best.cost ? lengths.count : best.count
  }
}
