// SPDX-License-Identifier: Apache-2.0
import Model

/// The numbers of entries in a partition's full-text index, chosen so that their order is the order
/// of time: a page of results is the begin of what the index gives, and an interval is a range.
///
/// Time is cut into slots of 256 seconds with 128 numbers each: few enough that the distances between
/// numbers, which the index stores, stay short. An item takes the first free number
/// of its slot, or of the next slot that has one: how far it is *shifted* by that is recorded with
/// the batch, and readers look that much further. Items without a time come after all others.
enum EntryNumbers {
  static let slotTicks: Int64 = 256 * Instant.ticksPerSecond
  static let slotCapacity: Int64 = 128
  /// The first number of items without a time: above those of any time that an `Instant` can tell.
  static let untimed: Int64 = 1 << 42

  /// All numbers of items with a time.
  static let timed: ClosedRange<Int64> = 0...(untimed - 1)

  /// The slot that a time falls in; negative before 1970.
  static func slot(of ticks: Int64) -> Int64 {
    let quotient = ticks / slotTicks
    return ticks % slotTicks < 0 ? quotient - 1 : quotient
  }

  /// The first number that an item of that time or a later one can have.
  static func first(from ticks: Int64) -> Int64 { max(0, slot(of: ticks) * slotCapacity) }

  /// The last number that an item of that time or an earlier one can have.
  static func last(upTo ticks: Int64, shift: Int64) -> Int64 {
    let last = (slot(of: ticks) + 1) * slotCapacity - 1 + shift
    return min(max(0, last), untimed - 1)
  }

  /// The numbers that only items of an interval can have; nil when there are none.
  ///
  /// - Parameters:
  ///   - interval: Half-open.
  ///   - shift: The largest shift in the partition.
  /// - Returns: Maybe fewer numbers than items of the interval have, never more.
  static func certain(_ interval: TimeInterval, shift: Int64) -> ClosedRange<Int64>? {
    var first: Int64 = 0
    if let since = interval.since {
      let slot = slot(of: since.ticks)
      let whole = slot * slotTicks == since.ticks ? slot : slot + 1
      first = max(0, whole * slotCapacity + shift)
    }
    var last = untimed - 1
    if let before = interval.before { last = slot(of: before.ticks) * slotCapacity - 1 }
    return first <= last ? first...last : nil
  }
}

/// Gives new entries of one partition their numbers.
struct EntryNumbering {
  /// Slots in a page of the occupancy: about three days.
  private static let pageSize: Int64 = 1024

  private let connection: DirectConnection
  /// By page, how many numbers of each slot are taken, up to the last one taken.
  private var pages: [Int64: [UInt8]] = [:]
  private var nextUntimed: Int64?
  /// The largest shift since the last batch, in numbers.
  private(set) var shift: Int64 = 0

  init(_ connection: DirectConnection) {
    self.connection = connection
  }

  /// Starts the next batch.
  mutating func beginBatch() { shift = 0 }

  /// The number for an item; items of a batch come in the order of time, and get ascending ones.
  mutating func next(time ticks: Int64?) throws -> Int64 {
    guard let ticks else {
      let number = try nextUntimed ?? firstUntimed()
      nextUntimed = number + 1
      return number
    }
    let own = EntryNumbers.slot(of: ticks)
    var slot = max(0, own)
    while true {
      let page = slot / EntryNumbering.pageSize
      let index = Int(slot % EntryNumbering.pageSize)
      if pages[page] == nil { pages[page] = try occupancy(ofPage: page) }
      if let taken = pages[page]?[index], taken < EntryNumbers.slotCapacity {
        pages[page]?[index] = taken + 1
        let number = slot * EntryNumbers.slotCapacity + Int64(taken)
        let unshifted = (own + 1) * EntryNumbers.slotCapacity - 1
        shift = max(shift, number - unshifted)
        return number
      }
      slot += 1
    }
  }

  private func occupancy(ofPage page: Int64) throws -> [UInt8] {
    var taken = [UInt8](repeating: 0, count: Int(EntryNumbering.pageSize))
    let first = page * EntryNumbering.pageSize * EntryNumbers.slotCapacity
    let statement = try connection.cached(
      "SELECT entry FROM item WHERE entry BETWEEN ? AND ? ORDER BY entry")
    defer { statement.reset() }
    try statement.bind(first, at: 1)
    try statement.bind(
      first + EntryNumbering.pageSize * EntryNumbers.slotCapacity - 1, at: 2)
    while try statement.step() {
      let offset = statement.integer(0) - first
      taken[Int(offset / EntryNumbers.slotCapacity)] =
        UInt8(offset % EntryNumbers.slotCapacity) + 1
    }
    return taken
  }

  private func firstUntimed() throws -> Int64 {
    let last = try connection.integer("SELECT max(entry) FROM item") ?? 0
    return max(last + 1, EntryNumbers.untimed)
  }
}
