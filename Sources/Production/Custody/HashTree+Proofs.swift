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
