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

  /// 32 bits of a token's hash, and its number plus one; 0 for a free slot.
  private var slots = [UInt64](repeating: 0, count: 1 << 16)
  private var tokens: [UInt8] = []
  /// Where each token ends in `tokens`.
  private var ends: [Int] = []
  private var counts: [UInt32] = []
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
      next += Int(counts[number])
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
      let end = cursors[number]
      try body(
        bytes.extracting(start(of: number)..<ends[number]),
        places.span.extracting((end - Int(counts[number]))..<end))
    }
  }

  // MARK: - Tokens

  private mutating func take(_ token: UnsafeRawBufferPointer) {
    let hash = unsafe hashed(token)
    let tag = hash & 0xFFFF_FFFF_0000_0000
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while true {
      let entry = slots[slot]
      if entry == 0 { break }
      let number = Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) - 1
      if entry & 0xFFFF_FFFF_0000_0000 == tag, unsafe isEqual(number, token) {
        counts[number] += 1
        stream.append(UInt32(truncatingIfNeeded: number))
        return
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = tag | UInt64(ends.count + 1)
    stream.append(UInt32(truncatingIfNeeded: ends.count))
    counts.append(1)
    tokens.append(TokenInversion.indexMark)
    unsafe tokens.append(contentsOf: token)
    ends.append(tokens.count)
    if ends.count * 2 > slots.count { grow() }
  }

  private mutating func grow() {
    slots = [UInt64](repeating: 0, count: slots.count * 2)
    for number in ends.indices {
      let range = (start(of: number) + 1)..<ends[number]
      let hash = unsafe tokens.withUnsafeBytes { bytes -> UInt64 in
        unsafe hashed(UnsafeRawBufferPointer(rebasing: bytes[range]))
      }
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(number + 1)
    }
  }

  private func start(of number: Int) -> Int { number == 0 ? 0 : ends[number - 1] }

  private func isEqual(_ number: Int, _ token: UnsafeRawBufferPointer) -> Bool {
    let start = start(of: number) + 1
    guard ends[number] - start == token.count else { return false }
    return unsafe tokens.withUnsafeBytes { bytes -> Bool in
      guard let mine = bytes.baseAddress, let other = token.baseAddress else {
        return unsafe token.isEmpty
      }
      return unsafe memcmp(mine + start, other, token.count) == 0
    }
  }

  private func hashed(_ token: UnsafeRawBufferPointer) -> UInt64 {
    var value = seed ^ UInt64(truncatingIfNeeded: token.count)
    var index = 0
    while index + 8 <= token.count {
      let part = unsafe token.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      value = mixed(value ^ part)
      index += 8
    }
    var rest: UInt64 = 0
    while index < token.count {
      rest = unsafe rest << 8 | UInt64(token[index])
      index += 1
    }
    return mixed(value ^ rest)
  }

  private func mixed(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }

  /// The numbers of the tokens in the order of their bytes.
  private func sortedTokens() -> [Int] {
    var keys: [(head: UInt64, number: Int)] = []
    keys.reserveCapacity(ends.count)
    for number in ends.indices { keys.append((head(of: number), number)) }
    // No token holds a zero byte, so the shorter of two with one head is the lesser.
    keys.sort { left, right in
      left.head != right.head ? left.head < right.head : isLess(left.number, right.number)
    }
    return keys.map(\.number)
  }

  /// The first eight bytes, the first one highest.
  private func head(of number: Int) -> UInt64 {
    var head: UInt64 = 0
    let start = start(of: number) + 1
    for offset in 0..<8 {
      head = head << 8
      if start + offset < ends[number] { head |= UInt64(tokens[start + offset]) }
    }
    return head
  }

  private func isLess(_ left: Int, _ right: Int) -> Bool {
    tokens[start(of: left)..<ends[left]].lexicographicallyPrecedes(
      tokens[start(of: right)..<ends[right]])
  }

  private mutating func removeAll() {
    // One text of exceptional size must not keep its memory.
    let keeps = stream.count <= 4_000_000
    for index in slots.indices { slots[index] = 0 }
    if !keeps { slots = [UInt64](repeating: 0, count: 1 << 16) }
    tokens.removeAll(keepingCapacity: keeps)
    ends.removeAll(keepingCapacity: keeps)
    counts.removeAll(keepingCapacity: keeps)
    stream.removeAll(keepingCapacity: keeps)
    runs.removeAll(keepingCapacity: keeps)
  }
}
