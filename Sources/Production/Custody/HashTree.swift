// SPDX-License-Identifier: Apache-2.0
package import Bytes

/// The root of a hash tree over leaves that are added in order (export-formats section 10.4).
///
/// The tree of RFC 6962 §2.1; keeps one digest a level.
package struct HashTree: Sendable {
  /// Leaves so far.
  package private(set) var leafCount = 0
  // Roots of complete subtrees, the largest first; their sizes are the bits of `leafCount`.
  private var subtrees: [SHA256Digest] = []

  package init() {}

  /// Adds a leaf.
  package mutating func add(_ leaf: Span<UInt8>) {
    add(leafHash: HashTree.leafHash(leaf))
  }

  /// Adds a leaf of which the digest is known.
  mutating func add(leafHash: SHA256Digest) {
    subtrees.append(leafHash)
    leafCount += 1
    var size = leafCount
    while size.isMultiple(of: 2) {
      joinLastTwo()
      size /= 2
    }
  }

  /// The root over all leaves so far; of none the digest of nothing.
  package var root: SHA256Digest {
    var copy = self
    while copy.subtrees.count > 1 { copy.joinLastTwo() }
    return copy.subtrees.first ?? SHA256Digest(of: "")
  }

  private mutating func joinLastTwo() {
    let right = subtrees.removeLast()
    let left = subtrees.removeLast()
    subtrees.append(HashTree.nodeHash(left, right))
  }
}
