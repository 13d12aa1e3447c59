// SPDX-License-Identifier: Apache-2.0
package import Bytes

/// Draws a simple random sample from a list of ids: the same ids and seed give the same sample on
/// every machine (export-formats section 13).
///
/// Each id gets the code HMAC-SHA-256 with the seed's UTF-8 as key and the id's UTF-8 as message;
/// the sample is the ids with the smallest codes, compared byte by byte. Needs memory for the
/// sample alone.
package struct Sampler<Item: Sendable>: Sendable {
  /// The name under which the algorithm is recorded.
  package static var algorithm: String { "hmac-sha256(seed, id), smallest first" }

  private struct Candidate: Sendable {
    var code: [UInt8]
    var id: [UInt8]
    var item: Item

    func precedes(_ other: Candidate) -> Bool {
      code == other.code
        ? id.lexicographicallyPrecedes(other.id) : code.lexicographicallyPrecedes(other.code)
    }
  }

  private let size: Int
  private let authentication: MessageAuthentication
  private var hasher = SHA256Hasher()
  /// A heap with the largest code on top.
  private var heap: [Candidate] = []
  /// How many ids were offered.
  package private(set) var populationCount = 0

  /// Begins a draw.
  ///
  /// - Parameters:
  ///   - size: How many items; a smaller population is taken whole.
  ///   - seed: Any text.
  package init(size: Int, seed: String) {
    self.size = size
    authentication = MessageAuthentication(key: Array(seed.utf8))
  }

  /// Offers the next item of the population.
  package mutating func offer(_ id: String, _ item: Item) {
    populationCount += 1
    var line = Array(id.utf8)
    let code = authentication.code(of: line)
    line.append(UInt8(ascii: "\n"))
    hasher.update(line.span)
    line.removeLast()
    insert(Candidate(code: code, id: line, item: item))
  }

  /// The digest of the population: SHA-256 over its ids in the order offered, a line end after each.
  package var populationDigest: SHA256Digest { hasher.finish() }

  /// The sample in the order in which it was drawn.
  package var sample: [Item] {
    heap.sorted { $0.precedes($1) }.map(\.item)
  }

  private mutating func insert(_ candidate: Candidate) {
    if heap.count < size {
      heap.append(candidate)
      var child = heap.count - 1
      while child > 0 {
        let parent = (child - 1) / 2
        guard heap[parent].precedes(heap[child]) else { return }
        heap.swapAt(parent, child)
        child = parent
      }
    } else if let top = heap.first, candidate.precedes(top) {
      heap[0] = candidate
      sink()
    }
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var largest = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[largest].precedes(heap[child]) {
        largest = child
      }
      guard largest != parent else { return }
      heap.swapAt(parent, largest)
      parent = largest
    }
  }
}
