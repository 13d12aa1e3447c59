// SPDX-License-Identifier: Apache-2.0
package import Model

/// Counts the different instances of each type in the texts of one item.
///
/// Made once and used for any number of items, so that it allocates next to nothing.
package struct SensitiveTally {
  private var scanner = TextScanner()
  private var instances = InstanceSet()

  package init() {}

  /// Adds what a text of the item holds.
  ///
  /// - Parameter text: UTF-8; segments may be joined by the tokenizer's separator.
  package mutating func add(_ text: Span<UInt8>) {
    scanner.scan(text, into: &instances)
  }

  /// Ends the item.
  ///
  /// - Returns: The counts by type, then confidence; empty for most items.
  package mutating func finish() -> [SensitiveCount] {
    guard !instances.isEmpty else { return [] }
    defer { instances.removeAll() }
    return instances.counts
  }
}

/// The different instances found, each with its best confidence.
///
/// Instances are compared byte by byte; their bytes lie one after another in one array, since an
/// item can have very many.
private struct InstanceSet: MatchReceiver {
  private struct Entry {
    var start: Int
    var end: Int
    var type: SensitiveType
    var confidence: SensitiveConfidence
  }

  private var bytes: [UInt8] = []
  private var entries: [Entry] = []
  /// Open addressing: one more than an index of `entries`, 0 for a free slot.
  private var slots = [Int32](repeating: 0, count: 64)

  var isEmpty: Bool { entries.isEmpty }

  mutating func take(_ match: SensitiveMatch, instance: Span<UInt8>) {
    if (entries.count + 1) * 2 > slots.count { grow() }
    let start = bytes.count
    for index in instance.indices { bytes.append(instance[index]) }
    let entry = Entry(
      start: start, end: bytes.count, type: match.type, confidence: match.confidence)
    var slot = hash(entry) & (slots.count - 1)
    while slots[slot] != 0 {
      let known = Int(slots[slot]) - 1
      if isSame(entries[known], entry) {
        if entries[known].confidence < match.confidence {
          entries[known].confidence = match.confidence
        }
        bytes.removeSubrange(start...)
        return
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    entries.append(entry)
    slots[slot] = Int32(entries.count)
  }

  var counts: [SensitiveCount] {
    var counts: [SensitiveCount] = []
    for type in SensitiveType.allCases {
      for confidence in SensitiveConfidence.allCases {
        let count = entries.count { $0.type == type && $0.confidence == confidence }
        guard count > 0 else { continue }
        counts.append(SensitiveCount(type: type, confidence: confidence, count: count))
      }
    }
    return counts
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: bytes.capacity < 1 << 20)
    entries.removeAll(keepingCapacity: entries.capacity < 1 << 14)
    slots = [Int32](repeating: 0, count: 64)
  }

  private mutating func grow() {
    slots = [Int32](repeating: 0, count: slots.count * 2)
    for (index, entry) in entries.enumerated() {
      var slot = hash(entry) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(index + 1)
    }
  }

  /// Seeded per process, so that nobody can write texts whose instances all meet in one slot.
  private func hash(_ entry: Entry) -> Int {
    var hasher = Hasher()
    hasher.combine(entry.type)
    unsafe bytes.withUnsafeBytes { all in
      unsafe hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: all[entry.start..<entry.end]))
    }
    return hasher.finalize()
  }

  private func isSame(_ left: Entry, _ right: Entry) -> Bool {
    left.type == right.type
      && bytes[left.start..<left.end].elementsEqual(bytes[right.start..<right.end])
  }
}
