// SPDX-License-Identifier: Apache-2.0
import Model

/// A payload that goes on outside of its cell (SQLite's file format, section 1.7).
struct OverflowChain {
  /// The first of the pages that hold the rest.
  var firstPage: Int
  /// Bytes of the rest.
  var byteCount: Int
}

/// Finds the bytes behind the end of payloads on the last of their pages.
///
/// SQLite puts a payload onto pages that were free before, and leaves what it does not fill as it was.
struct OverflowTails {
  /// By page, the one that follows it; `notOne` for a page of another kind.
  private var next: [UInt32]
  /// By page, where its last byte that is not zero ends.
  private var end: [UInt32]
  private let usableSize: Int

  private static let notOne = UInt32.max

  init(pageCount: Int, usableSize: Int) {
    next = Array(repeating: OverflowTails.notOne, count: pageCount + 1)
    end = Array(repeating: 0, count: pageCount + 1)
    self.usableSize = usableSize
  }

  /// Notes a page that is neither free nor one of a b-tree.
  mutating func note(_ number: Int, _ page: Span<UInt8>) {
    next[number] = (0..<4).reduce(0) { $0 << 8 | UInt32(page[$1]) }
    var last = usableSize
    while last > 4, page[last - 1] == 0 { last -= 1 }
    end[number] = UInt32(last)
  }

  /// The last pages of payloads with more bytes than the payload has, and where those begin.
  ///
  /// - Throws: `StoreError` with `.damaged` where a payload is not on pages as its cell says.
  func unclean(_ chains: [OverflowChain]) throws -> [(page: Int, tail: Range<Int>)] {
    var found: [(page: Int, tail: Range<Int>)] = []
    for chain in chains {
      var page = chain.firstPage
      var rest = chain.byteCount
      while true {
        guard next.indices.contains(page), next[page] != OverflowTails.notOne, rest > 0 else {
          throw broken
        }
        guard rest > usableSize - 4 else { break }
        rest -= usableSize - 4
        page = Int(next[page])
      }
      guard next[page] == 0 else { throw broken }
      if Int(end[page]) > 4 + rest { found.append((page, 4 + rest..<usableSize)) }
    }
    return found
  }

  private var broken: StoreError {
    StoreError(.damaged, "a row of the file is not on the pages that SQLite's format says")
  }
}
