// SPDX-License-Identifier: Apache-2.0
import Model

/// Compares a full-text index with the texts that it was made from.
///
/// FTS5's own check of an index without content looks at its structure alone. So every entry of
/// the index (row, column, position, token) and every token of the stored texts is hashed, the
/// hashes of a row are added up, which needs no order, and the two sums of each row are compared:
/// a token that is missing, added or moved changes its row's sum.
struct IndexVerifier {
  let name: String
  let connection: DirectConnection
  let mark: PartitionMark
  /// Whether nothing can be written there; FTS5's own check, an insertion, is then left out.
  var isFrozen = false

  private static let columns = ["body", "title", "names", "files", "facet"]

  func verify(_ tell: (Finding) throws -> Void) throws {
    do {
      if !isFrozen { try connection.execute("INSERT INTO fts (fts) VALUES ('integrity-check')") }
    } catch {
      return try tell(Finding(.indexDamaged, name, error.description))
    }
    var sums: [Int64: UInt64] = [:]
    try addTexts(to: &sums)
    do {
      try subtractIndex(from: &sums)
    } catch let error as StoreError {
      return try tell(Finding(.indexDamaged, name, error.description))
    }
    for row in sums.filter({ $0.value != 0 }).keys.sorted() {
      try tell(
        Finding(
          .indexMismatch, name,
          "the index does not hold the words of entry \(row); run custody reindex"))
    }
  }

  private func addTexts(to sums: inout [Int64: UInt64]) throws {
    let statement = try connection.prepare(
      """
      SELECT i.entry, t.body, t.title, t.names, t.files, t.facet
      FROM item_text t LEFT JOIN item i ON i.row = t.row
      """)
    while try statement.step() {
      let row = statement.integer(0)
      var sum: UInt64 = 0
      for column in 0..<5 {
        unsafe statement.withBytes(column + 1) { bytes in
          var position: Int64 = 0
          _ = unsafe FullTextTokenizer.tokenize(bytes) { token in
            unsafe sum &+= hash(token, column: column, position: position)
            position += 1
            return 0
          }
        }
      }
      sums[row] = sum
    }
  }

  private func subtractIndex(from sums: inout [Int64: UInt64]) throws {
    try connection.execute(
      "CREATE VIRTUAL TABLE IF NOT EXISTS temp.entry USING fts5vocab(main, fts, instance)")
    let statement = try connection.prepare("SELECT term, doc, col, \"offset\" FROM temp.entry")
    while try statement.step() {
      let row = statement.integer(1)
      let column = IndexVerifier.columns.firstIndex(of: statement.text(2)) ?? -1
      let position = statement.integer(3)
      let value = unsafe statement.withBytes(0) { token in
        unsafe hash(token, column: column, position: position)
      }
      // A row without texts keeps what the index says of it, and is told.
      sums[row, default: 0] &-= value
    }
  }

  private func hash(
    _ token: UnsafeRawBufferPointer, column: Int, position: Int64
  ) -> UInt64 {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in 0..<token.count {
      value = unsafe (value ^ UInt64(token[index])) &* 0x100_0000_01B3
    }
    value ^= UInt64(bitPattern: position) &* 0x9E37_79B9_7F4A_7C15
    value ^= UInt64(bitPattern: Int64(column + 1)) &* 0xBF58_476D_1CE4_E5B9
    // Sums need well mixed terms.
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
