// SPDX-License-Identifier: Apache-2.0
import CUnicode

/// The folded bytes of the token under construction, always valid UTF-8: a buffer of fixed size,
/// so that a token costs no allocation.
///
/// Bytes beyond the capacity are dropped, whole scalars at a time.
@safe struct TokenScratch: ~Copyable {
  /// Longer runs of marks on one base are taken as they come, as in the Stream-Safe Text Format
  /// (UAX #15), so that the cost of a text stays linear.
  private static let longestCluster = 32

  private let storage: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  private(set) var count = 0

  /// - Parameter capacity: In bytes, at least 4.
  init(capacity: Int) {
    self.capacity = capacity
    unsafe storage = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
  }

  deinit {
    unsafe storage.deallocate()
  }

  var isEmpty: Bool { count == 0 }

  /// The bytes so far.
  var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      let span = unsafe Span(_unsafeStart: UnsafePointer(storage), count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  mutating func removeAll() {
    count = 0
  }

  /// Appends the bytes to an array and forgets them.
  mutating func move(to result: inout [UInt8]) {
    for index in 0..<count { result.append(byte(index)) }
    count = 0
  }

  /// Appends the folded letters and digits of the ASCII run that starts at an index.
  ///
  /// - Returns: The index of the first byte that is no ASCII letter or digit.
  @inline(__always)
  mutating func appendASCIIRun(of source: borrowing Span<UInt8>, from start: Int) -> Int {
    var index = start
    var end = count
    while index < source.count {
      let folded = custody_unicode_ascii_fold(source[index])
      // Separators are 0, the two markers lie above ASCII.
      guard folded &- 1 < 0x7F else { break }
      if end < capacity {
        unsafe storage[end] = folded
        end += 1
      }
      index += 1
    }
    count = end
    return index
  }

  /// Appends a scalar.
  @inline(__always)
  mutating func append(_ scalar: UInt32) {
    guard count + 4 <= capacity else {
      appendNearEnd(scalar)
      return
    }
    unsafe encode(scalar, at: storage + count)
    count += Self.byteCount(of: scalar)
  }

  /// Appends a folded scalar that may combine with what the buffer ends with: puts marks into
  /// canonical order and composes (NFC).
  mutating func combine(_ scalar: UInt32) {
    guard let last else {
      append(scalar)
      return
    }
    let entry = ScalarEntry(scalar)
    let order = entry.combiningClass
    if !entry.composes, ScalarEntry(last).combiningClass <= order {
      append(scalar)
      return
    }
    var cluster: [UInt32] = []
    var start = count
    while start > 0 {
      start -= 1
      while start > 0, byte(start) & 0xC0 == 0x80 { start -= 1 }
      let last = DecodedScalar(in: bytes, at: start).value
      cluster.append(last)
      if ScalarEntry(last).combiningClass == 0 || cluster.count == Self.longestCluster { break }
    }
    guard !cluster.isEmpty, cluster.count < Self.longestCluster else {
      append(scalar)
      return
    }
    cluster.reverse()
    cluster.append(scalar)
    count = start
    for composed in Self.composed(cluster) { append(composed) }
  }

  /// The last scalar; nil when the buffer is empty.
  var last: UInt32? {
    guard count > 0 else { return nil }
    var start = count - 1
    while start > 0, byte(start) & 0xC0 == 0x80 { start -= 1 }
    return DecodedScalar(in: bytes, at: start).value
  }

  /// The canonical composition of folded scalars, the first of which is a starter or a mark with
  /// nothing before it.
  private static func composed(_ scalars: [UInt32]) -> [UInt32] {
    var parts: [(scalar: UInt32, order: UInt32)] = []
    for scalar in scalars { decompose(scalar, into: &parts) }
    // Canonical order: stable among marks between two starters.
    for index in parts.indices.dropFirst() {
      var place = index
      while place > 0, parts[place].order != 0, parts[place - 1].order > parts[place].order {
        parts.swapAt(place, place - 1)
        place -= 1
      }
    }
    var result: [UInt32] = []
    var starter: Int?
    var lastOrder: UInt32 = 0
    for part in parts {
      // A mark is blocked from the starter by one of its own class or higher between them.
      let isAdjacent = starter == result.count - 1
      if let starter, isAdjacent || lastOrder < part.order {
        let composite = custody_unicode_compose(result[starter], part.scalar)
        if composite != 0 {
          result[starter] = composite
          continue
        }
      }
      if part.order == 0 { starter = result.count }
      lastOrder = part.order
      result.append(part.scalar)
    }
    return result
  }

  private static func decompose(
    _ scalar: UInt32, into parts: inout [(scalar: UInt32, order: UInt32)]
  ) {
    var tail: UInt32 = 0
    let head = unsafe custody_unicode_decompose(scalar, &tail)
    guard head != 0 else {
      parts.append((scalar, ScalarEntry(scalar).combiningClass))
      return
    }
    decompose(head, into: &parts)
    decompose(tail, into: &parts)
  }

  private func byte(_ index: Int) -> UInt8 { unsafe storage[index] }

  private mutating func appendNearEnd(_ scalar: UInt32) {
    let byteCount = Self.byteCount(of: scalar)
    guard count + byteCount <= capacity else {
      return
    }
    unsafe encode(scalar, at: storage + count)
    count += byteCount
  }

  @inline(__always)
  private static func byteCount(of scalar: UInt32) -> Int {
    scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4
  }

  /// - Precondition: As many bytes as the scalar needs are left.
  @inline(__always)
  private func encode(_ scalar: UInt32, at place: UnsafeMutablePointer<UInt8>) {
    let last = UInt8(truncatingIfNeeded: scalar & 63 | 0x80)
    let third = UInt8(truncatingIfNeeded: scalar >> 6 & 63 | 0x80)
    let second = UInt8(truncatingIfNeeded: scalar >> 12 & 63 | 0x80)
    switch scalar {
    case ..<0x80:
      unsafe place[0] = UInt8(truncatingIfNeeded: scalar)
    case ..<0x800:
      unsafe place[0] = UInt8(truncatingIfNeeded: scalar >> 6 | 0xC0)
      unsafe place[1] = last
    case ..<0x10000:
      unsafe place[0] = UInt8(truncatingIfNeeded: scalar >> 12 | 0xE0)
      unsafe place[1] = third
      unsafe place[2] = last
    default:
      unsafe place[0] = UInt8(truncatingIfNeeded: scalar >> 18 | 0xF0)
      unsafe place[1] = second
      unsafe place[2] = third
      unsafe place[3] = last
    }
  }
}
