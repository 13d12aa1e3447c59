// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// The texts of an item's files, told apart: the column holds those that are not empty, in order.
struct FileSegments {
  private var rest: ArraySlice<String>
  private static let emptyDigest = SHA256Digest(of: "").bytes

  /// - Parameters:
  ///   - row: Of the item.
  ///   - connection: Of its partition.
  /// - Throws: `StoreError` when the partition cannot be read.
  init(ofRow row: Int64, in connection: DirectConnection) throws {
    let statement = try connection.cached("SELECT files FROM item_text WHERE row = ?")
    defer { statement.reset() }
    try statement.bind(row, at: 1)
    rest = try statement.step() ? StoredItem.segments(statement.text(0))[...] : []
  }

  /// The text of the next file of the item.
  ///
  /// - Parameters:
  ///   - hasText: Whether it has one.
  ///   - digest: Of the text.
  /// - Returns: The text; nil when it has none.
  mutating func next(hasText: Bool, digest: [UInt8]) -> String? {
    guard hasText else { return nil }
    return digest == FileSegments.emptyDigest ? "" : rest.popFirst()
  }
}
