// SPDX-License-Identifier: Apache-2.0
import GRDBSQLite
import Glibc

/// Texts of many rows turned round: for each token the places where it stands.
///
/// Tokens are numbered as they come and their numbers kept in one stream; only at the end are they
/// sorted, each distinct token once. FTS5's own table of pending entries costs three cache misses
/// a token, and compares neighbours of a weak hash.
struct TokenInversion {
  /// Tokens of one column of one row, consecutive in the stream.
  private struct Run {
    var row: UInt32
    var column: UInt32
    var count: Int
  }

  /// Where a token stands: the row counted from the first one, the column, the position in it.
  struct Place {
    private let bits: UInt64

    fileprivate init(row: UInt32, column: UInt32, position: Int) {
      bits = UInt64(row) << 32 | UInt64(column) << 29 | UInt64(truncatingIfNeeded: position)
    }

    var row: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) }
    var column: UInt32 { UInt32(truncatingIfNeeded: bits >> 29) & 7 }
    /// Below 2^29: a text of SQLite has at most 10^9 bytes, and a token with what separates it two.
    var position: UInt32 { UInt32(truncatingIfNeeded: bits) & 0x1FFF_FFFF }
  }

  /// FTS5 puts a byte in front of each token, which tells the index proper from prefix indexes.
  private static let indexMark = UInt8(ascii: "0")

  /// A distinct token.
  private struct Entry {
    /// Its first eight bytes, the first one highest, zeros after its end.
    var head: UInt64
    /// Where it lies in `tokens`, after the mark.
    var start: UInt32
    var byteCount: UInt32
    /// How often it stands in the texts.
    var count: UInt32

    var end: Int { Int(start) + Int(byteCount) }
  }

  /// 32 bits of a token's hash, and its number plus one; 0 for a free slot.
  private var slots = [UInt64](repeating: 0, count: 1 << 16)
  private var tokens: [UInt8] = []
  private var entries: [Entry] = []
  private var stream: [UInt32] = []
  private var runs: [Run] = []
  /// Unknown outside of this process, so that nobody can write a text whose tokens collide.
  private let seed = UInt64.random(in: .min ... .max)

  /// Tokens so far.
  var count: Int { stream.count }

  /// Cuts a text into tokens and takes them.
  ///
  /// - Parameters:
  ///   - text: One column of a row.
  ///   - row: Counted from the first; never falls.
  ///   - column: Up to 7; rises within a row.
  /// - Returns: How many tokens it has.
  mutating func add(
    _ text: UnsafeRawBufferPointer, row: UInt32, column: UInt32
  ) -> Int {
    let start = stream.count
    _ = unsafe FullTextTokenizer.tokenize(text) { token in
      unsafe take(token)
      return SQLITE_OK
    }
    let count = stream.count - start
    if count > 0 { runs.append(Run(row: row, column: column, count: count)) }
    return count
  }

  /// Calls `body` with each token and its places, tokens in the order of their bytes, places in
  /// that of rows, columns and positions; and forgets all.
  mutating func drain(
    _ body: (_ token: Span<UInt8>, _ places: Span<Place>) throws -> Void
  ) rethrows {
    defer { removeAll() }
    let order = sortedTokens()
    var cursors = [Int](repeating: 0, count: order.count)
    var next = 0
    for number in order {
      cursors[number] = next
      next += Int(entries[number].count)
    }
    let places = unsafe [Place](unsafeUninitializedCapacity: stream.count) { buffer, count in
      var index = 0
      for run in runs {
        for position in 0..<run.count {
          let number = Int(stream[index + position])
          unsafe buffer.initializeElement(
            at: cursors[number],
            to: Place(row: run.row, column: run.column, position: position))
          cursors[number] += 1
        }
        index += run.count
      }
      count = stream.count
    }
    let bytes = tokens.span
    for number in order {
      let entry = entries[number]
      let end = cursors[number]
      try body(
        bytes.extracting((Int(entry.start) - 1)..<entry.end),
        places.span.extracting((end - Int(entry.count))..<end))
    }
  }

  // MARK: - Tokens

  private mutating func take(_ token: UnsafeRawBufferPointer) {
    let head = unsafe TokenInversion.head(of: token)
    let hash = unsafe hash(of: token, head: head)
    let tag = hash & 0xFFFF_FFFF_0000_0000
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let number = Int(truncatingIfNeeded: slots[slot] & 0xFFFF_FFFF) - 1
      if slots[slot] & 0xFFFF_FFFF_0000_0000 == tag,
        unsafe isEqual(entries[number], token, head: head)
      {
        entries[number].count += 1
        stream.append(UInt32(truncatingIfNeeded: number))
        return
      }
      slot = (slot + 1) & mask
    }
    slots[slot] = tag | UInt64(entries.count + 1)
    stream.append(UInt32(truncatingIfNeeded: entries.count))
    tokens.append(TokenInversion.indexMark)
    entries.append(
      Entry(
        head: head, start: UInt32(tokens.count), byteCount: UInt32(token.count), count: 1))
    unsafe tokens.append(contentsOf: token)
    if entries.count * 2 > slots.count { grow() }
  }

  private mutating func grow() {
    slots = [UInt64](repeating: 0, count: slots.count * 2)
    for (number, entry) in entries.enumerated() {
      let hash = unsafe tokens.withUnsafeBytes { bytes -> UInt64 in
        let token = unsafe UnsafeRawBufferPointer(rebasing: bytes[Int(entry.start)..<entry.end])
        return unsafe self.hash(of: token, head: entry.head)
      }
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(number + 1)
    }
  }

  private func isEqual(_ entry: Entry, _ token: UnsafeRawBufferPointer, head: UInt64) -> Bool {
    guard entry.head == head, Int(entry.byteCount) == token.count else { return false }
    guard token.count > 8 else { return true }
    return unsafe tokens.withUnsafeBytes { bytes -> Bool in
      guard let mine = bytes.baseAddress, let other = token.baseAddress else { return false }
      return unsafe memcmp(mine + Int(entry.start) + 8, other + 8, token.count - 8) == 0
    }
  }

  private static func head(of token: UnsafeRawBufferPointer) -> UInt64 {
    let count = token.count
    func word(_ offset: Int) -> UInt64 {
      unsafe UInt64(UInt32(bigEndian: token.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }
    switch count {
    case 8...: return unsafe UInt64(bigEndian: token.loadUnaligned(as: UInt64.self))
    // Two words that overlap: the bytes in common are the same.
    case 4...7: return word(0) << 32 | word(count - 4) << UInt64(8 * (8 - count))
    default:
      var head: UInt64 = 0
      for index in 0..<count { head |= unsafe UInt64(token[index]) << UInt64(56 - 8 * index) }
      return head
    }
  }

  private func hash(of token: UnsafeRawBufferPointer, head: UInt64) -> UInt64 {
    var value = mixed(seed ^ head ^ UInt64(truncatingIfNeeded: token.count))
    var index = 8
    while index + 8 <= token.count {
      value = unsafe mixed(value ^ token.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += 8
    }
    if index < token.count {
      // The last eight bytes, some of them once more.
      value = unsafe mixed(
        value ^ token.loadUnaligned(fromByteOffset: token.count - 8, as: UInt64.self))
    }
    return value
  }

  private func mixed(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }

  /// The numbers of the tokens in the order of their bytes.
  private func sortedTokens() -> [Int] {
    var keys: [(head: UInt64, number: Int)] = []
    keys.reserveCapacity(entries.count)
    for (number, entry) in entries.enumerated() { keys.append((entry.head, number)) }
    // No token holds a zero byte, so the shorter of two with one head is the lesser.
    keys.sort { left, right in
      left.head != right.head ? left.head < right.head : isLess(left.number, right.number)
    }
    return keys.map(\.number)
  }

  private func isLess(_ left: Int, _ right: Int) -> Bool {
    tokens[Int(entries[left].start)..<entries[left].end].lexicographicallyPrecedes(
      tokens[Int(entries[right].start)..<entries[right].end])
  }

  /// Forgets all.
  mutating func removeAll() {
    // One text of exceptional size must not keep its memory.
    let keeps = stream.count <= 4_000_000
    for index in slots.indices { slots[index] = 0 }
    if !keeps { slots = [UInt64](repeating: 0, count: 1 << 16) }
    tokens.removeAll(keepingCapacity: keeps)
    entries.removeAll(keepingCapacity: keeps)
    stream.removeAll(keepingCapacity: keeps)
    runs.removeAll(keepingCapacity: keeps)
  }
}
