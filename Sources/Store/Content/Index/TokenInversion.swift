// SPDX-License-Identifier: Apache-2.0
import CSQLiteSettings
import GRDBSQLite
import Glibc

/// Texts of many rows turned round: for each token the places where it stands.
///
/// Tokens are numbered as they come and their numbers kept in one stream; only at the end are they
/// sorted, each distinct token once. FTS5's own table of pending entries costs three cache misses
/// a token, and compares neighbours of a weak hash. Here a token waits until a few more have come:
/// by then its slot of the table has been fetched.
@safe
struct TokenInversion: ~Copyable {
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
  struct Entry {
    /// Its first eight bytes, the first one highest, zeros after its end.
    var head: UInt64
    /// Where it lies in `tokens`, after the mark.
    var start: UInt32
    var byteCount: UInt32

    var end: Int { Int(start) + Int(byteCount) }
  }

  /// A place of the hash table: most tokens are told from others by it alone.
  struct Slot {
    /// Of the token, as in `Entry`.
    var head: UInt64
    /// 32 bits of its hash.
    var tag: UInt32
    /// Its number plus one; 0 for a free slot.
    var number: UInt32
  }

  /// A token that has come and was not looked up yet.
  struct Waiting {
    var head: UInt64
    var hash: UInt64
    /// Where its bytes lie in `waitingBytes`; none of a token of at most eight bytes.
    var start: Int
    var byteCount: Int
  }

  /// Tokens that wait at the most: enough for the memory to answer.
  private static let waitingLimit = 16
  /// Values of the stream that a place is fetched ahead.
  private static let fetchDistance = 16
  /// The table's size at first.
  private static let leastSlotCount = 1 << 16
  /// Tokens beyond which nothing keeps its memory: one text of exceptional size must not.
  private static let keptTokenCount = 4_000_000

  private var slots = PlainBuffer<Slot>(capacity: 1)
  private var waiting = PlainBuffer<Waiting>(capacity: TokenInversion.waitingLimit)
  private var waitingBytes = PlainBuffer<UInt8>(capacity: 1 << 10)
  private var tokens = PlainBuffer<UInt8>(capacity: 1 << 10)
  private var entries = PlainBuffer<Entry>(capacity: 1 << 10)
  private var stream = PlainBuffer<UInt32>(capacity: 1 << 10)
  private var places = PlainBuffer<Place>(capacity: 1)
  private var runs: [Run] = []
  /// Unknown outside of this process, so that nobody can write a text whose tokens collide.
  private let seed = UInt64.random(in: .min ... .max)

  init() {
    clear(slotCount: TokenInversion.leastSlotCount)
  }

  /// Tokens so far.
  var count: Int { stream.count + waiting.count }

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
    let start = count
    _ = unsafe FullTextTokenizer.tokenize(text) { token in
      unsafe take(token)
      return SQLITE_OK
    }
    let added = count - start
    if added > 0 { runs.append(Run(row: row, column: column, count: added)) }
    return added
  }

  /// Calls `body` with each token and its places, tokens in the order of their bytes, places in
  /// that of rows, columns and positions; and forgets all.
  mutating func drain(
    _ body: (_ token: Span<UInt8>, _ places: Span<Place>) throws -> Void
  ) rethrows {
    defer { removeAll() }
    lookUpWaiting()
    let order = sortedTokens()
    // Of each token at first how often it stands in the texts, then where its next place lies.
    var cursors = [UInt32](repeating: 0, count: entries.count)
    unsafe cursors.withUnsafeMutableBufferPointer { unsafe countTokens($0) }
    var next: UInt32 = 0
    for number in order {
      let count = cursors[Int(number)]
      cursors[Int(number)] = next
      next += count
    }
    unsafe cursors.withUnsafeMutableBufferPointer { unsafe fillPlaces($0) }
    var start = 0
    for number in order {
      let end = Int(cursors[Int(number)])
      let entry = entries[Int(number)]
      try body(
        tokens.span.extracting((Int(entry.start) - 1)..<entry.end),
        places.span.extracting(start..<end))
      start = end
    }
  }

  /// Counts each token of the stream.
  private func countTokens(_ counts: UnsafeMutableBufferPointer<UInt32>) {
    let stream = stream.span
    for index in stream.indices { unsafe counts[Int(stream[index])] += 1 }
  }

  /// Puts the place of each token of the stream where the token's cursor points to.
  private mutating func fillPlaces(_ cursors: UnsafeMutableBufferPointer<UInt32>) {
    places.resizeUninitialized(to: stream.count)
    let places = unsafe places.withPointer { unsafe $0 }
    let stream = stream.span
    var index = 0
    for run in runs {
      for position in 0..<run.count {
        let ahead = index + position + TokenInversion.fetchDistance
        if ahead < stream.count {
          unsafe custody_prefetch(places + Int(cursors[Int(stream[ahead])]))
        }
        let number = Int(stream[index + position])
        unsafe places[Int(cursors[number])] = Place(
          row: run.row, column: run.column, position: position)
        unsafe cursors[number] += 1
      }
      index += run.count
    }
  }

  // MARK: - Tokens

  @inline(__always)
  private mutating func take(_ token: UnsafeRawBufferPointer) {
    let head = unsafe TokenInversion.head(of: token)
    let hash = unsafe hash(of: token, head: head)
    let start = waitingBytes.count
    if token.count > 8 {
      unsafe waitingBytes.append(contentsOf: Span(_unsafeBytes: token))
    }
    waiting.append(Waiting(head: head, hash: hash, start: start, byteCount: token.count))
    let slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    unsafe slots.withPointer { unsafe custody_prefetch($0 + slot) }
    if waiting.count == TokenInversion.waitingLimit { lookUpWaiting() }
  }

  /// Gives each waiting token its number.
  private mutating func lookUpWaiting() {
    for index in 0..<waiting.count {
      let token = waiting[index]
      stream.append(number(of: token))
    }
    waiting.removeAll()
    waitingBytes.removeAll(keepingAtMost: 1 << 16)
  }

  @inline(__always)
  private mutating func number(of token: Waiting) -> UInt32 {
    let tag = UInt32(truncatingIfNeeded: token.hash >> 32)
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: token.hash) & mask
    while true {
      let slot = slots[place]
      guard slot.number != 0 else { break }
      // No token holds a zero byte, so a head that ends before its eighth byte is the whole token.
      if slot.head == token.head, slot.tag == tag,
        token.byteCount < 8 || isEqual(entries[Int(slot.number) - 1], token)
      {
        return slot.number - 1
      }
      place = (place + 1) & mask
    }
    return insert(token, tag: tag, at: place)
  }

  /// Whether a token with the same head is the same.
  private func isEqual(_ entry: Entry, _ token: Waiting) -> Bool {
    guard Int(entry.byteCount) == token.byteCount else { return false }
    guard token.byteCount > 8 else { return true }
    let mine = tokens.span.extracting((Int(entry.start) + 8)..<entry.end)
    let other = waitingBytes.span.extracting(
      (token.start + 8)..<(token.start + token.byteCount))
    return unsafe mine.withUnsafeBytes { left in
      unsafe other.withUnsafeBytes { right in
        guard let start = left.baseAddress, let place = right.baseAddress else { return false }
        return unsafe memcmp(start, place, left.count) == 0
      }
    }
  }

  @inline(never)
  private mutating func insert(_ token: Waiting, tag: UInt32, at place: Int) -> UInt32 {
    let number = UInt32(entries.count)
    slots[place] = Slot(head: token.head, tag: tag, number: number + 1)
    tokens.append(TokenInversion.indexMark)
    entries.append(
      Entry(
        head: token.head, start: UInt32(tokens.count), byteCount: UInt32(token.byteCount)))
    if token.byteCount > 8 {
      tokens.append(
        contentsOf: waitingBytes, from: token.start, to: token.start + token.byteCount)
    } else {
      for index in 0..<token.byteCount {
        tokens.append(UInt8(truncatingIfNeeded: token.head >> UInt64(56 - 8 * index)))
      }
    }
    if entries.count * 2 > slots.count { grow() }
    return number
  }

  private mutating func grow() {
    makeSlots(slots.count * 2)
    for number in 0..<entries.count {
      let entry = entries[number]
      let hash = unsafe tokens.span.extracting(Int(entry.start)..<entry.end).withUnsafeBytes {
        unsafe self.hash(of: $0, head: entry.head)
      }
      var place = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[place].number != 0 { place = (place + 1) & (slots.count - 1) }
      slots[place] = Slot(
        head: entry.head, tag: UInt32(truncatingIfNeeded: hash >> 32), number: UInt32(number + 1))
    }
  }

  /// Makes a table of free slots.
  private mutating func makeSlots(_ count: Int) {
    slots.removeAll(keepingAtMost: count)
    slots.resizeUninitialized(to: count)
    unsafe slots.withPointer { start in
      unsafe start.update(repeating: Slot(head: 0, tag: 0, number: 0), count: count)
    }
  }

  @inline(__always)
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

  @inline(__always)
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
  ///
  /// They are parted by their first two bytes and then sorted part by part: that takes half of the
  /// comparisons, and the room of one part.
  private func sortedTokens() -> [UInt32] {
    var keys: [(head: UInt64, number: UInt32)] = []
    // Of a small import most parts would be empty.
    if entries.count < 1 << 12 {
      var order = (0..<UInt32(entries.count)).map(\.self)
      sort(&order, order.indices, &keys)
      return order
    }
    let entries = entries.span
    var ends = [Int](repeating: 0, count: 1 << 16)
    for number in entries.indices { ends[TokenInversion.part(of: entries[number])] += 1 }
    var end = 0
    for part in ends.indices {
      let count = ends[part]
      ends[part] = end
      end += count
    }
    // From where each part begins to where it ends.
    var order = [UInt32](repeating: 0, count: entries.count)
    for number in entries.indices {
      let part = TokenInversion.part(of: entries[number])
      order[ends[part]] = UInt32(number)
      ends[part] += 1
    }
    var start = 0
    for end in ends where end > start {
      sort(&order, start..<end, &keys)
      start = end
    }
    return order
  }

  private static func part(of entry: Entry) -> Int { Int(entry.head >> 48) }

  private func sort(
    _ order: inout [UInt32], _ part: Range<Int>, _ keys: inout [(head: UInt64, number: UInt32)]
  ) {
    guard part.count > 1 else { return }
    keys.removeAll(keepingCapacity: true)
    for place in part { keys.append((entries[Int(order[place])].head, order[place])) }
    // No token holds a zero byte, so the shorter of two with one head is the lesser.
    keys.sort { left, right in
      left.head != right.head
        ? left.head < right.head : isLess(Int(left.number), Int(right.number))
    }
    for (place, key) in zip(part, keys) { order[place] = key.number }
  }

  private func isLess(_ left: Int, _ right: Int) -> Bool {
    let leftBytes = tokens.span.extracting(Int(entries[left].start)..<entries[left].end)
    let rightBytes = tokens.span.extracting(Int(entries[right].start)..<entries[right].end)
    let limit = min(leftBytes.count, rightBytes.count)
    for index in 0..<limit where leftBytes[index] != rightBytes[index] {
      return leftBytes[index] < rightBytes[index]
    }
    return leftBytes.count < rightBytes.count
  }

  /// Forgets all.
  mutating func removeAll() {
    clear(
      slotCount: stream.count <= TokenInversion.keptTokenCount
        ? slots.count : TokenInversion.leastSlotCount)
  }

  private mutating func clear(slotCount: Int) {
    let limit = TokenInversion.keptTokenCount
    makeSlots(slotCount)
    waiting.removeAll()
    waitingBytes.removeAll(keepingAtMost: 1 << 16)
    tokens.removeAll(keepingAtMost: limit * 4)
    entries.removeAll(keepingAtMost: limit / 2)
    stream.removeAll(keepingAtMost: limit)
    // As large as all the rest, and needed for a moment only.
    places.removeAll(keepingAtMost: 1)
    runs.removeAll(keepingCapacity: runs.count <= limit)
  }
}
