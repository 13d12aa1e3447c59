// SPDX-License-Identifier: Apache-2.0
package import Bytes

extension HashTree {
  /// The digest of a leaf.
  package static func leafHash(_ leaf: Span<UInt8>) -> SHA256Digest {
    var hasher = SHA256Hasher()
    hasher.update([0].span)
    hasher.update(leaf)
    return hasher.finish()
  }

  static func nodeHash(_ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
    var hasher = SHA256Hasher()
    hasher.update([1].span)
    hasher.update(left.bytes.span)
    hasher.update(right.bytes.span)
    return hasher.finish()
  }

  /// The root that an inclusion proof leads to (RFC 9162 §2.1.3.2); nil for one of a wrong length.
  ///
  /// - Parameters:
  ///   - leaf: The digest of the leaf.
  ///   - index: Its position, from 0.
  ///   - size: How many leaves the tree has.
  ///   - path: The digests beside the way to the root, the lowest first.
  /// - Returns: The root.
  package static func root(
    of leaf: SHA256Digest, at index: Int, size: Int, path: [SHA256Digest]
  ) -> SHA256Digest? {
    guard index >= 0, index < size else { return nil }
    var place = index
    var last = size - 1
    var result = leaf
    for digest in path {
      guard last > 0 else { return nil }
      if place & 1 == 1 || place == last {
        result = nodeHash(digest, result)
        while place & 1 == 0, place != 0 {
          place >>= 1
          last >>= 1
        }
      } else {
        result = nodeHash(result, digest)
      }
      place >>= 1
      last >>= 1
    }
    return last == 0 ? result : nil
  }
}

/// Collects inclusion proofs of some leaves while the leaves of a tree pass (RFC 6962 §2.1.1).
///
/// Keeps the digests of one path and one frontier, not the tree; the leaves must come twice where
/// their number is not known before.
package struct ProofCollector: Sendable {
  private static let byteCount = 32

  private let size: Int
  private let wanted: [Int]
  // One digest after another.
  private var leaves: [UInt8] = []

  /// Starts for a tree.
  ///
  /// - Parameters:
  ///   - size: How many leaves there will be.
  ///   - wanted: Positions of the leaves to prove, from 0.
  package init(size: Int, wanted: [Int]) {
    self.size = size
    self.wanted = wanted
  }

  /// Adds the next leaf.
  package mutating func add(_ leaf: Span<UInt8>) {
    leaves += HashTree.leafHash(leaf).bytes
  }

  /// The proofs, by position; empty unless all leaves came.
  package consuming func finish() -> [Int: [SHA256Digest]] {
    let byteCount = ProofCollector.byteCount
    guard leaves.count == size * byteCount else { return [:] }
    var paths: [Int: [SHA256Digest]] = [:]
    for index in wanted where index >= 0 && index < size { paths[index] = [] }
    var places = Dictionary(uniqueKeysWithValues: paths.keys.map { ($0, $0) })
    var level = leaves
    func node(_ index: Int) -> [UInt8] {
      Array(level[(index * byteCount)..<((index + 1) * byteCount)])
    }
    while level.count > byteCount {
      let count = level.count / byteCount
      for (index, place) in places {
        let sibling = place ^ 1
        // A node without a neighbour goes up as it is.
        if sibling < count, let digest = SHA256Digest(bytes: node(sibling)) {
          paths[index]?.append(digest)
        }
        places[index] = place / 2
      }
      var next: [UInt8] = []
      next.reserveCapacity((count + 1) / 2 * byteCount)
      for left in stride(from: 0, to: count, by: 2) {
        guard left + 1 < count else {
          next += node(left)
          continue
        }
        var hasher = SHA256Hasher()
        hasher.update([1].span)
        hasher.update(
          level.span.extracting((left * byteCount)..<((left + 2) * byteCount)))
        next += hasher.finish().bytes
      }
      level = next
    }
    return paths
  }
}
