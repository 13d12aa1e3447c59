// SPDX-License-Identifier: Apache-2.0
package import Bytes

/// Collects inclusion proofs of some leaves while the leaves of a tree pass (RFC 6962 §2.1.1).
///
/// Keeps the frontiers of the subtrees beside each way to the root, not the tree.
package struct ProofCollector: Sendable {
  /// A subtree whose root stands in a proof.
  private struct Part {
    let leaves: Range<Int>
    /// How far from the leaf its root stands: 0 for the first digest of the proof.
    let level: Int
    var tree = HashTree()
  }

  /// The parts of a proof in the order of their leaves; what the leaves so far fill comes first.
  private struct Proof {
    let index: Int
    var parts: [Part]
    var current = 0

    mutating func add(_ leaf: SHA256Digest, at position: Int) {
      while current < parts.count, parts[current].leaves.upperBound <= position { current += 1 }
      guard current < parts.count, parts[current].leaves.contains(position) else { return }
      parts[current].tree.add(leafHash: leaf)
    }
  }

  private let size: Int
  private var leafCount = 0
  private var proofs: [Proof]

  /// Starts for a tree.
  ///
  /// - Parameters:
  ///   - size: How many leaves there will be.
  ///   - wanted: Positions of the leaves to prove, from 0.
  package init(size: Int, wanted: [Int]) {
    self.size = size
    proofs = Set(wanted).filter { (0..<size).contains($0) }.sorted().map { index in
      Proof(index: index, parts: ProofCollector.parts(beside: index, size: size))
    }
  }

  /// Adds the next leaf.
  package mutating func add(_ leaf: Span<UInt8>) {
    let digest = HashTree.leafHash(leaf)
    for index in proofs.indices { proofs[index].add(digest, at: leafCount) }
    leafCount += 1
  }

  /// The proofs, by position; empty unless all leaves came.
  package consuming func finish() -> [Int: [SHA256Digest]] {
    guard leafCount == size else { return [:] }
    var paths: [Int: [SHA256Digest]] = [:]
    for proof in proofs {
      paths[proof.index] = proof.parts.sorted { $0.level < $1.level }.map(\.tree.root)
    }
    return paths
  }

  private static func parts(beside index: Int, size: Int) -> [Part] {
    var around = 0..<size
    var siblings: [Range<Int>] = []
    while around.count > 1 {
      // The largest power of two below the count.
      let half = 1 << (Int.bitWidth - 1 - (around.count - 1).leadingZeroBitCount)
      let middle = around.lowerBound + half
      if index < middle {
        siblings.append(middle..<around.upperBound)
        around = around.lowerBound..<middle
      } else {
        siblings.append(around.lowerBound..<middle)
        around = middle..<around.upperBound
      }
    }
    return siblings.reversed().enumerated().map { Part(leaves: $1, level: $0) }
      .sorted { $0.leaves.lowerBound < $1.leaves.lowerBound }
  }
}
