// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A text that is equal to another only where their bytes are, for use as a key.
///
/// `String` holds texts for equal that differ in normalization alone; ids and paths that do are
/// those of two things.
package struct ExactText: Hashable, Sendable {
  package let text: String

  package init(_ text: String) {
    self.text = text
  }

  package static func == (left: ExactText, right: ExactText) -> Bool {
    left.text.isExactly(right.text)
  }

  package func hash(into hasher: inout Hasher) {
    let bytes = text.utf8.span
    hasher.combine(bytes.count)
    unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
  }
}

extension String {
  /// Whether the bytes are the same.
  package func isExactly(_ other: String) -> Bool {
    let mine = utf8.span
    let others = other.utf8.span
    guard mine.count == others.count else { return false }
    return unsafe mine.withUnsafeBytes { left in
      unsafe others.withUnsafeBytes { right in
        guard let start = left.baseAddress, let place = right.baseAddress else { return true }
        return unsafe memcmp(start, place, left.count) == 0
      }
    }
  }
}
