// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

/// What a person wrote to name an object: an id or a name, or either with a prefix that forces the
/// reading (cli-conventions section 1).
struct WrittenName {
  enum Reading {
    case either
    case id
    case name
  }

  var reading: Reading
  var text: String

  init(_ written: String) {
    if written.hasPrefix("id:") {
      reading = .id
      text = String(written.dropFirst(3))
    } else if written.hasPrefix("name:") {
      reading = .name
      text = String(written.dropFirst(5))
    } else {
      reading = .either
      text = written
    }
  }
}

/// A kind of object that has an id and a name in a table of the catalog.
struct NamedTable {
  /// What people call it.
  var noun: String
  var table: String
  /// The column that says what a name belongs to; nil where names are unique in the store.
  var parent: String?

  static let source = NamedTable(noun: "source", table: "source")
  static let matter = NamedTable(noun: "case", table: "matter")
  static let hold = NamedTable(noun: "hold", table: "hold", parent: "matter")
  static let reviewSet = NamedTable(noun: "review set", table: "review_set", parent: "matter")
  static let policy = NamedTable(noun: "policy", table: "standing_policy")
  static let savedQuery = NamedTable(noun: "saved query", table: "saved_query")
  static let tag = NamedTable(noun: "tag", table: "tag", parent: "review_set")
  static let tagGroup = NamedTable(noun: "tag group", table: "tag_group", parent: "review_set")
  static let filter = NamedTable(noun: "filter", table: "review_filter", parent: "review_set")
  static let sample = NamedTable(noun: "sample", table: "review_sample", parent: "review_set")
}

extension Catalog {
  /// The row that a written name means.
  ///
  /// - Parameters:
  ///   - written: An id or a name, with `id:` or `name:` where the reading is to be forced.
  ///   - named: The kind of object.
  ///   - parent: Looks only among the objects that belong to it; nil looks at all.
  /// - Returns: The row's key.
  /// - Throws: `StoreError` with `.notFound`, or `.ambiguous` with the candidates.
  func key(_ written: String, in named: NamedTable, of parent: Int64? = nil) throws -> Int64 {
    let found = try keys(bearing: written, in: named, of: parent)
    guard let key = found.first else { throw Catalog.notFound([written], noun: named.noun) }
    guard found.count == 1 else {
      let candidates = try found.compactMap { key in
        try String.fetchOne(
          db, sql: "SELECT id || ' ' || name FROM \(named.table) WHERE key = ?",
          arguments: [key])
      }
      throw Catalog.ambiguous(written, noun: named.noun, candidates: candidates)
    }
    return key
  }

  private func keys(
    bearing written: String, in named: NamedTable, of parent: Int64?
  ) throws -> [Int64] {
    let name = WrittenName(written)
    if name.reading != .name {
      let found = try Int64.fetchAll(
        db, sql: "SELECT key FROM \(named.table) WHERE id = ?", arguments: [name.text])
      if !found.isEmpty || name.reading == .id { return found }
    }
    var sql = "SELECT key FROM \(named.table) WHERE name = ?"
    var arguments: StatementArguments = [name.text]
    if let parent, let column = named.parent {
      sql += " AND \(column) = ?"
      arguments += [parent]
    }
    return try Int64.fetchAll(db, sql: sql + " ORDER BY key", arguments: arguments)
  }

  /// The row of an object that has an id and no name.
  ///
  /// - Parameters:
  ///   - written: The id, with or without `id:`; what is forced to be a name means none.
  ///   - selection: The statement without its condition.
  ///   - table: The table of the objects in it.
  /// - Returns: Nil where there is none.
  /// - Throws: When the catalog cannot be read.
  func row(withID written: String, _ selection: String, table: String) throws -> Row? {
    let name = WrittenName(written)
    guard name.reading != .name else { return nil }
    return try Row.fetchOne(
      db, sql: selection + " WHERE \(table).id = ?", arguments: [name.text])
  }

  static func notFound(_ written: [String], noun: String) -> StoreError {
    let list = written.map { "\"" + $0 + "\"" }.joined(separator: ", ")
    return StoreError(.notFound, "no \(noun) is called \(list)", objects: written)
  }

  static func ambiguous(_ written: String, noun: String, candidates: [String]) -> StoreError {
    StoreError(
      .ambiguous,
      "\"\(written)\" fits \(candidates.count) objects of the kind \(noun); name one by its id",
      objects: candidates)
  }
}

extension Change {
  /// Refuses an empty name and one that would read as an id.
  func requireName(_ name: String, noun: String) throws {
    guard !name.isEmpty, name.contains(where: { !$0.isWhitespace }) else {
      throw StoreError(.usage, "the name of a \(noun) must not be empty")
    }
    guard ObjectID(name) == nil, !name.hasPrefix("id:"), !name.hasPrefix("name:") else {
      throw StoreError(
        .usage, "\"\(name)\" reads as an identifier; choose another name for the \(noun)")
    }
  }
}
