// SPDX-License-Identifier: Apache-2.0

/// Tells which rows of a result stand for an item that came before in another row.
///
/// Remembers only items with several rows, of which a partition has few.
final class ItemGroups {
  private let reader: PartitionReader
  private var seen: Set<Int64> = []

  init(_ reader: PartitionReader) {
    self.reader = reader
  }

  /// Whether no row of the item came before; from now on one did.
  func isNew(_ row: FoundRow) throws -> Bool {
    guard try isShared(row) else { return true }
    return seen.insert(row.first).inserted
  }

  /// Whether the item of a row has further rows.
  func isShared(_ row: FoundRow) throws -> Bool {
    guard reader.hasLaterVersions else { return false }
    return try row.first != row.row || reader.hasLater(than: row.row)
  }
}

extension PartitionReader {
  /// Whether an item has further rows than its first.
  fileprivate func hasLater(than first: Int64) throws -> Bool {
    try connection.integer(
      "SELECT EXISTS (SELECT 1 FROM item WHERE first = ? AND first <> row)", first) == 1
  }
}
