// SPDX-License-Identifier: Apache-2.0
import Model

/// Finds the bytes of a page of a b-tree that belong to nothing (SQLite's file format, section 1.6).
///
/// SQLite moves cells between pages when it balances a tree, and leaves their old bytes in the gap
/// between the cell pointers and the cells, where not even `secure_delete` looks.
struct PageGaps {
  /// Bytes that hold content, in no order; what lies between them is free.
  ///
  /// Begin and end of a range
  /// are one number, which sorts faster than two.
  private var used: [UInt64] = []
  private let pageSize: Int
  /// Payloads of its cells that go on elsewhere.
  private(set) var chains: [OverflowChain] = []

  /// Reads a page.
  ///
  /// - Parameters:
  ///   - page: All its bytes.
  ///   - isFirst: Whether it is the first page of the file, which begins with the file's header.
  ///   - usableSize: Bytes that SQLite uses of each page.
  /// - Returns: Nil for a page of another kind: overflow, free, or empty.
  /// - Throws: `StoreError` with `.damaged` when it contradicts the format.
  static func of(_ page: Span<UInt8>, isFirst: Bool, usableSize: Int) throws -> PageGaps? {
    let start = isFirst ? 100 : 0
    // Other pages begin with a page number, whose first byte is 0 in files below 128 GB.
    guard let kind = Kind(rawValue: page[start]) else { return nil }
    return try PageGaps(page, kind, start: start, usableSize: usableSize)
  }

  /// What the first byte of a page's header says.
  private enum Kind: UInt8 {
    case indexInterior = 2
    case tableInterior = 5
    case indexLeaf = 10
    case tableLeaf = 13

    var headerSize: Int { self == .indexInterior || self == .tableInterior ? 12 : 8 }
  }

  private init(_ page: Span<UInt8>, _ kind: Kind, start: Int, usableSize: Int) throws {
    pageSize = page.count
    let cellCount = page.integer16(start + 3)
    let pointers = start + kind.headerSize
    let pointersEnd = pointers + 2 * cellCount
    guard pointersEnd <= usableSize else { throw PageGaps.broken }
    // Without free blocks and fragments nothing is free but what lies before the first cell.
    let content = page.integer16(start + 5)
    if page.integer16(start + 1) == 0, page[start + 7] == 0, cellCount > 0,
      (pointersEnd...usableSize).contains(content)
    {
      use(0..<pointersEnd)
      use(content..<page.count)
      for cell in 0..<cellCount where kind != .tableInterior {
        let offset = page.integer16(pointers + 2 * cell)
        _ = try readCell(page, at: offset, kind, usableSize: usableSize)
      }
      return
    }
    used.reserveCapacity(cellCount + 8)
    use(0..<pointersEnd)
    use(usableSize..<page.count)
    for cell in 0..<cellCount {
      let offset = page.integer16(pointers + 2 * cell)
      let size = try readCell(page, at: offset, kind, usableSize: usableSize)
      guard offset >= pointersEnd, offset + size <= usableSize else { throw PageGaps.broken }
      use(offset..<(offset + size))
    }
    // A free block is linked by its first four bytes.
    var block = page.integer16(start + 1)
    while block != 0 {
      guard block >= pointersEnd, block + 4 <= usableSize else { throw PageGaps.broken }
      use(block..<(block + 4))
      let next = page.integer16(block)
      guard next == 0 || next > block else { throw PageGaps.broken }
      block = next
    }
  }

  /// The free bytes, in order.
  var ranges: [Range<Int>] {
    var ranges: [Range<Int>] = []
    var end = 0
    for range in used.sorted() {
      let start = Int(range >> 32)
      if start > end { ranges.append(end..<start) }
      end = max(end, Int(range & 0xFFFF_FFFF))
    }
    return ranges
  }

  private mutating func use(_ range: Range<Int>) {
    used.append(UInt64(range.lowerBound) << 32 | UInt64(range.upperBound))
  }

  private static var broken: StoreError {
    StoreError(.damaged, "a page of the file contradicts SQLite's format")
  }

  // MARK: - Cells

  /// Gives the size of a cell, and notes where its payload goes on.
  private mutating func readCell(
    _ page: Span<UInt8>, at offset: Int, _ kind: Kind, usableSize: Int
  ) throws -> Int {
    var position = offset
    func varint() throws -> Int {
      var value: UInt64 = 0
      for count in 1...9 {
        guard position < usableSize else { throw PageGaps.broken }
        let byte = page[position]
        position += 1
        if count == 9 {
          value = value << 8 | UInt64(byte)
        } else {
          value = value << 7 | UInt64(byte & 0x7F)
          if byte < 0x80 { break }
        }
      }
      return Int(truncatingIfNeeded: value)
    }
    if kind == .indexInterior || kind == .tableInterior { position += 4 }
    if kind == .tableInterior {
      _ = try varint()
      return position - offset
    }
    let payload = try varint()
    if kind == .tableLeaf { _ = try varint() }
    guard payload >= 0 else { throw PageGaps.broken }
    let isTable = kind == .tableLeaf
    let most = isTable ? usableSize - 35 : (usableSize - 12) * 64 / 255 - 23
    if payload <= most { return max(4, position - offset + payload) }
    let least = (usableSize - 12) * 32 / 255 - 23
    let rest = least + (payload - least) % (usableSize - 4)
    let local = rest <= most ? rest : least
    let pointer = position + local
    guard pointer + 4 <= usableSize else { throw PageGaps.broken }
    chains.append(
      OverflowChain(
        firstPage: page.integer16(pointer) << 16 | page.integer16(pointer + 2),
        byteCount: payload - local))
    return pointer + 4 - offset
  }
}

extension Span where Element == UInt8 {
  fileprivate func integer16(_ offset: Int) -> Int {
    Int(self[offset]) << 8 | Int(self[offset + 1])
  }
}
