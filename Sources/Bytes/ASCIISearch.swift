// SPDX-License-Identifier: Apache-2.0

extension String {
  /// Whether there are only ASCII characters.
  package var isASCII: Bool { utf8.span.isASCII }

  /// Whether an ASCII word stands in the text, as `contains` tells it.
  ///
  /// `contains` prepares a table for every question; ids and names of models are asked by the million.
  package func holds(_ word: StaticString) -> Bool {
    let bytes = utf8.span
    // Elsewhere a character may be more than its first code point.
    guard bytes.isASCII else { return contains("\(word)") }
    let count = word.utf8CodeUnitCount
    guard count > 0 else { return true }
    let first = unsafe word.utf8Start[0]
    var index = bytes.firstIndex(of: first, from: 0)
    while index + count <= bytes.count {
      var length = 1
      while length < count, unsafe word.utf8Start[length] == bytes[index + length] { length += 1 }
      if length == count { return true }
      index = bytes.firstIndex(of: first, from: index + 1)
    }
    return false
  }

  /// What follows the last solidus, those at the end left out; the text itself where there is none
  /// before them.
  package var lastPathPart: String {
    guard isASCII else { return split(separator: "/").last.map(String.init) ?? self }
    let solidus = UInt8(ascii: "/")
    guard let last = utf8.lastIndex(where: { $0 != solidus }) else { return self }
    let end = utf8.index(after: last)
    guard let mark = utf8[..<end].lastIndex(of: solidus) else {
      return end == endIndex ? self : String(self[..<end])
    }
    return String(self[utf8.index(after: mark)..<end])
  }
}
