// SPDX-License-Identifier: Apache-2.0

/// Finds the name that somebody probably meant.
enum Suggestion {
  /// The candidate with the smallest edit distance, the first of equals; nil when none is near.
  ///
  /// - Complexity: Bounded; longer texts than any name are not compared.
  static func nearest(to written: String, among candidates: [String]) -> String? {
    let text = Array(written.lowercased().unicodeScalars)
    guard (2...48).contains(text.count) else { return nil }
    let limit = text.count <= 4 ? 1 : text.count <= 8 ? 2 : 3
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
      let other = Array(candidate.lowercased().unicodeScalars)
      guard abs(other.count - text.count) <= limit else { continue }
      let distance = editDistance(text, other)
      if distance <= limit, distance < best?.distance ?? Int.max { best = (distance, candidate) }
    }
    return best?.candidate
  }

  /// Insertions, deletions, replacements and swaps of neighbours.
  private static func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, scalar) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        let replaced = last[column] + (scalar == other ? 0 : 1)
        var least = min(replaced, last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, scalar == right[column - 1], left[row - 1] == other {
          least = min(least, beforeLast[column - 1] + 1)
        }
        current.append(least)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }
}
