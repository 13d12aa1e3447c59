// SPDX-License-Identifier: Apache-2.0

/// Takes rows out of the list of one token, piece by piece, in the list's order.
struct ListFilter {
  /// The rows to take out, ascending.
  private let rows: ArraySlice<Int64>
  private var next: Int
  /// Rows taken out.
  private(set) var count = 0
  /// Bytes of the positions of a row taken out that stand on the following pages.
  private(set) var restByteCount = 0

  init(_ rows: ArraySlice<Int64>) {
    self.rows = rows
    next = rows.startIndex
  }

  /// The next row to look for; nil when there is none.
  var nextRow: Int64? { next < rows.endIndex ? rows[next] : nil }

  /// Whether following pages may hold something to take out.
  var isUnfinished: Bool { nextRow != nil || restByteCount > 0 }

  /// Gives up on the next row: the list does not have it.
  mutating func skipRow() { next += 1 }

  /// Copies a piece of the list without the rows to take out.
  ///
  /// - Parameters:
  ///   - piece: Its place in a page, at whose end it stands unless a token follows.
  ///   - firstRow: Where its first row begins; nil when none does.
  ///   - leaf: The page.
  ///   - out: Gets the copy.
  /// - Returns: Where in `out` the first row begins that stays, and which it is; nil when none does.
  /// - Throws: `UnknownIndexForm`.
  mutating func copy(
    _ piece: Range<Int>, firstRow: Int?, of leaf: IndexLeaf, to out: inout [UInt8]
  ) throws -> (place: Int, row: Int64)? {
    let start = firstRow ?? piece.upperBound
    if restByteCount > 0 {
      // What goes on from the page before belongs to one row.
      let dropped = start - piece.lowerBound
      guard dropped <= restByteCount, firstRow == nil || dropped == restByteCount else {
        throw UnknownIndexForm()
      }
      restByteCount -= dropped
    } else {
      out.append(contentsOf: leaf.bytes[piece.lowerBound..<start])
    }
    var reader = VarintReader(leaf.bytes, from: start)
    var row: Int64 = 0
    var lastKept: Int64?
    var found: (place: Int, row: Int64)?
    while reader.index < piece.upperBound {
      guard let distance = reader.next() else { throw UnknownIndexForm() }
      row &+= Int64(bitPattern: distance)
      let sizeStart = reader.index
      while next < rows.endIndex, rows[next] < row { next += 1 }
      let isTaken = next < rows.endIndex && rows[next] == row
      if !isTaken {
        if found == nil { found = (out.count, row) }
        out.append(varint: UInt64(bitPattern: row &- (lastKept ?? 0)))
        lastKept = row
        if next == rows.endIndex {
          out.append(contentsOf: leaf.bytes[sizeStart..<piece.upperBound])
          break
        }
      }
      // An odd size marks a deletion that FTS5 has not carried out; we leave none.
      guard let size = reader.int(), size & 1 == 0, reader.index <= piece.upperBound else {
        throw UnknownIndexForm()
      }
      let available = min(size / 2, piece.upperBound - reader.index)
      let rest = size / 2 - available
      guard rest == 0 || piece.upperBound == leaf.end else { throw UnknownIndexForm() }
      let end = reader.index + available
      if isTaken {
        next += 1
        count += 1
        restByteCount = rest
      } else {
        out.append(contentsOf: leaf.bytes[sizeStart..<end])
      }
      reader.skip(to: end)
    }
    return found
  }
}
