// SPDX-License-Identifier: Apache-2.0

/// The pages on which a long list goes on, with the first row of each (see `SegmentWriter`).
struct ListPages {
  /// Ascending; pages on which no row begins are left out.
  private var rows: [Int64] = []
  private var numbers: [Int] = []

  var count: Int { rows.count }

  /// Takes the next part of the list's index; false when it is none.
  mutating func append(_ bytes: [UInt8]) -> Bool {
    var reader = VarintReader(bytes, from: 1)
    guard var number = reader.int(), let first = reader.next(), first <= UInt64(Int64.max),
      number > numbers.last ?? 0
    else { return false }
    var row = Int64(first)
    guard row > rows.last ?? -1 else { return false }
    rows.append(row)
    numbers.append(number)
    while !reader.isAtEnd {
      guard let distance = reader.next() else { return false }
      number += 1
      guard distance > 0 else { continue }
      let (next, isTooLarge) = row.addingReportingOverflow(Int64(bitPattern: distance))
      guard !isTooLarge, next > row else { return false }
      row = next
      rows.append(row)
      numbers.append(number)
    }
    return true
  }

  /// The first row on the pages behind one; nil where there is none.
  func firstRow(after page: Int) -> Int64? {
    var low = 0
    var high = numbers.count
    while low < high {
      let middle = (low + high) / 2
      if numbers[middle] <= page { low = middle + 1 } else { high = middle }
    }
    return low < rows.count ? rows[low] : nil
  }

  /// The last page whose first row is not behind one; nil for none.
  func page(of row: Int64) -> Int? {
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if rows[middle] <= row { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : numbers[low - 1]
  }
}
