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

  /// Adds leaves that lie in an array, many of them at a time.
  package mutating func add(_ leaves: [Range<Int>], of bytes: [UInt8]) {
    let width = FileDigests.maximumTogether
    var rest = leaves[...]
    while !rest.isEmpty {
      let some = rest.prefix(width)
      rest = rest.dropFirst(width)
      var level = HashTree.hashes(some.count, mark: 0) { $1 += bytes[some[some.startIndex + $0]] }
      guard level.count == width, leafCount.isMultiple(of: width) else {
        for hash in level { add(leafHash: hash) }
        continue
      }
      while level.count > 1 {
        let below = level
        level = HashTree.hashes(below.count / 2, mark: 1) {
          $1 += below[2 * $0].bytes
          $1 += below[2 * $0 + 1].bytes
        }
      }
      add(level[0], leafCount: width)
    }
  }

  // Of nodes: the mark that tells leaves from others, and what a closure appends for each.
  private static func hashes(
    _ count: Int, mark: UInt8, _ append: (Int, inout [UInt8]) -> Void
  ) -> [SHA256Digest] {
    var bytes: [UInt8] = []
    let ranges = (0..<count).map { index in
      let start = bytes.count
      bytes.append(mark)
      append(index, &bytes)
      return start..<bytes.count
    }
    return SHA256Digest.together(ranges, of: bytes)
  }

  /// Adds a leaf of which the digest is known.
  mutating func add(leafHash: SHA256Digest) { add(leafHash, leafCount: 1) }

  // A complete subtree; its size, a power of two, divides the number of leaves so far.
  private mutating func add(_ root: SHA256Digest, leafCount count: Int) {
    subtrees.append(root)
    leafCount += count
    var size = leafCount / count
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
