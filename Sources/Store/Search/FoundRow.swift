// SPDX-License-Identifier: Apache-2.0

/// A row of a result, with what orders and groups it.
struct FoundRow {
  /// What was read of it beside.
  enum Content {
    case nothing
    case reference(ItemReference)
    indirect case hit(SearchHit)
  }

  var row: Int64
  /// Its number in the index.
  var entry: Int64
  /// The row of the item's first version.
  var first: Int64
  var time: Int64?
  var idKey: Int64
  var conversation: Int64
  var account: Int64?
  var byteCount: Int64
  var flags: ItemFlags
  var content = Content.nothing

  /// Whether it is the one that a search shows, of two rows of one item.
  func precedes(_ other: FoundRow) -> Bool {
    (time ?? .max, row) < (other.time ?? .max, other.row)
  }

  /// The columns that it is made of, of the item `i`.
  static let columns = [
    "i.row", "i.entry", "i.first", "i.time", "i.id_key", "i.conversation", "i.account",
    "i.byte_count", "i.flags",
  ]

  init(_ statement: DirectStatement) {
    row = statement.integer(0)
    entry = statement.integer(1)
    first = statement.integer(2)
    time = statement.optionalInteger(3)
    idKey = statement.integer(4)
    conversation = statement.integer(5)
    account = statement.optionalInteger(6)
    byteCount = statement.integer(7)
    flags = ItemFlags(rawValue: statement.integer(8))
  }
}
