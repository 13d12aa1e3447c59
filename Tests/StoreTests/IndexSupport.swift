// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Store

/// Rows of random words, some of them frequent, some of one row alone.
struct RandomRows {
  var generator: SeededGenerator

  mutating func row(_ number: Int) -> [String] {
    (0..<IndexBuilder.columnCount).map { column in
      if Int.random(in: 0..<3, using: &generator) == 0, column > 0 { return "" }
      let count = Int.random(in: 0..<40, using: &generator)
      var words = (0..<count).map { _ in word() }
      if column == 0 { words.append("every") }
      if number % 37 == 3 { words.append(String(repeating: "long\(number)", count: 90)) }
      return words.joined(separator: " ")
    }
  }

  private mutating func word() -> String {
    let rank = Int.random(in: 1...40, using: &generator)
    let number = Int.random(in: 0..<(rank * rank), using: &generator)
    return ["wörter", "日本", "w"][number % 3] + String(number)
  }
}

/// An empty index with pages of a size.
func makeIndex(_ path: String, pageByteCount: Int) throws -> DirectConnection {
  let connection = try DirectConnection(path: path, access: .create)
  for statement in PartitionSchema.index { try connection.execute(statement) }
  try connection.execute("INSERT INTO fts (fts, rank) VALUES ('pgsz', \(pageByteCount))")
  return connection
}

let indexColumns = "body, title, names, files, facet"

/// Adds a row as FTS5 does.
func insertByFTS5(_ texts: [String], row: Int64, _ connection: DirectConnection) throws {
  let statement = try connection.cached(
    "INSERT INTO fts (rowid, \(indexColumns)) VALUES (?, ?, ?, ?, ?, ?)")
  try statement.bind(row, at: 1)
  for (column, text) in texts.enumerated() { try statement.bind(text, at: column + 2) }
  try statement.run()
}

/// Every entry of an index, in its order.
func entries(_ connection: DirectConnection) throws -> [String] {
  try connection.execute(
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.entry USING fts5vocab(main, fts, instance)")
  let statement = try connection.prepare("SELECT term, doc, col, \"offset\" FROM temp.entry")
  var lines: [String] = []
  while try statement.step() {
    lines.append((0..<4).map { statement.text($0) }.joined(separator: "|"))
  }
  return lines
}

/// The rows that FTS5 finds.
func rows(_ query: String, _ connection: DirectConnection) throws -> [Int64] {
  let statement = try connection.prepare("SELECT rowid FROM fts WHERE fts MATCH ?")
  try statement.bind(query, at: 1)
  var found: [Int64] = []
  while try statement.step() { found.append(statement.integer(0)) }
  return found
}

/// The record of sizes.
func totals(_ connection: DirectConnection) throws -> [UInt8] {
  let statement = try connection.prepare("SELECT block FROM fts_data WHERE id = 1")
  #expect(try statement.step())
  return statement.bytes(0)
}

/// The segments of an index.
func structure(_ connection: DirectConnection) throws -> IndexStructure {
  let statement = try connection.prepare("SELECT block FROM fts_data WHERE id = 10")
  #expect(try statement.step())
  return try #require(IndexStructure(statement.bytes(0)))
}

/// Every record of the tables belongs to a segment, and the tree tells of tokens that are there.
func expectOwnRecords(_ connection: DirectConnection, _ comment: String) throws {
  var known: Set<Int64> = [1, 10]
  for segment in try structure(connection).levels.flatMap(\.segments) where segment.firstPage > 0 {
    let pages = try SegmentPages(segment: segment.id, connection: connection)
    for page in segment.firstPage...segment.lastPage { known.insert(pages.key(page)) }
    let tree = try connection.prepare(
      "SELECT term, pgno FROM fts_idx WHERE segid = ? ORDER BY term")
    try tree.bind(segment.id, at: 1)
    while try tree.step() {
      let page = Int(tree.integer(1) >> 1)
      let leaf = try pages.leaf(page)
      let first = try #require(leaf.firstToken)
      #expect(first.starts(with: tree.bytes(0)), "\(comment)")
      if tree.integer(1) & 1 == 1 {
        let list = try pages.listIndex(ofPage: page)
        #expect(!list.entries.isEmpty)
        known.formUnion(list.keys)
      }
    }
  }
  let records = try connection.prepare("SELECT id FROM fts_data")
  var found: Set<Int64> = []
  while try records.step() { found.insert(records.integer(0)) }
  #expect(found == known, "\(comment)")
}
