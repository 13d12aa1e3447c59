// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Store

/// An index from which rows go, and what its rows are.
private final class ErasedIndex {
  let path: String
  let pageByteCount: Int
  private(set) var texts: [Int64: [String]] = [:]
  private var random: RandomRows
  private var number = 0

  init(_ folder: URL, pageByteCount: Int, seed: Int) throws {
    path = folder.path + "/index.sqlite"
    self.pageByteCount = pageByteCount
    random = RandomRows(generator: SeededGenerator(seed: UInt64(seed)))
    _ = try makeIndex(path, pageByteCount: pageByteCount)
  }

  func open() throws -> DirectConnection { try DirectConnection(path: path, access: .write) }

  /// Adds rows as a segment of their own.
  func add(_ count: Int) throws {
    let builder = IndexBuilder(pageByteCount: pageByteCount)
    let connection = try open()
    var row = texts.keys.max() ?? 0
    for _ in 0..<count {
      row += number.isMultiple(of: 5) ? 300 : 1
      texts[row] = random.row(number) + []
      // A word of this row alone.
      texts[row]?[0] += " only\(row)"
      number += 1
      for (column, text) in (texts[row] ?? []).enumerated() {
        var text = text
        text.withUTF8 { bytes in
          unsafe builder.add(UnsafeRawBufferPointer(bytes), column: column, row: row)
        }
      }
    }
    try connection.transaction { try builder.flush(into: connection) }
  }

  func erase(_ rows: [Int64], limit: Int? = nil) throws {
    let eraser = IndexEraser(pageByteCount: pageByteCount)
    let connection = try open()
    try connection.transaction {
      // In no order, as conversations come.
      for row in rows.sorted(by: { ($0 % 7, $0) < ($1 % 7, $1) }) {
        for (column, text) in (texts[row] ?? []).enumerated() {
          var text = text
          text.withUTF8 { bytes in
            unsafe eraser.add(UnsafeRawBufferPointer(bytes), column: column, row: row)
          }
        }
      }
      try eraser.flush(from: connection)
    }
    for row in rows { texts[row] = nil }
  }

  func change(_ row: Int64, _ column: Int, to text: String) { texts[row]?[column] = text }

  /// Compares the index with one that FTS5 makes of the rows that it should have.
  func check(_ comment: String) throws {
    let reference = try makeIndex(path + "-\(UUID().uuidString)", pageByteCount: pageByteCount)
    try reference.transaction {
      for (row, texts) in texts.sorted(by: { $0.key < $1.key }) {
        try insertByFTS5(texts, row: row, reference)
      }
    }
    let index = try open()
    try index.execute("INSERT INTO fts (fts) VALUES ('integrity-check')")
    let expected = try entries(reference)
    #expect(try entries(index) == expected, "\(comment)")
    // FTS5 writes the sizes of an empty index in two ways.
    let sizes = try [index, reference].map {
      IndexTotals(try totals($0), columnCount: IndexBuilder.columnCount)
    }
    #expect(sizes[0] == sizes[1], "\(comment)")
    let queries = [
      "every", "w3", "every AND w1521", "w1 AND w4", "\"w0 w0\"", "every NOT w0", "body : w1",
      "w15*", "NEAR(w1 w4, 3)", "wörter1 OR w6", "long3long3*", "nothing", "every AND only4*",
      "w0 AND w1 AND w4",
    ]
    for query in queries {
      for order in ["", " ORDER BY rowid DESC"] {
        #expect(
          try Self.rows(query, order, index) == Self.rows(query, order, reference),
          "\(comment): \(query)\(order)")
      }
    }
    // From the middle on, forward and backward, as filters by time do.
    let middle = texts.keys.sorted().dropFirst(texts.count / 2).first ?? 0
    for condition in [" AND rowid >= \(middle)", " AND rowid < \(middle) ORDER BY rowid DESC"] {
      #expect(
        try Self.rows("every", condition, index) == Self.rows("every", condition, reference))
    }
    try expectOwnRecords(index, comment)
  }

  private static func rows(
    _ query: String, _ suffix: String, _ connection: DirectConnection
  ) throws -> [Int64] {
    let statement = try connection.prepare(
      "SELECT rowid FROM fts WHERE fts MATCH '\(query)'" + suffix)
    var found: [Int64] = []
    while try statement.step() { found.append(statement.integer(0)) }
    return found
  }
}

@Suite("Rows taken out of the index")
struct IndexEraserTests {
  private static let cases: [(pageByteCount: Int, rowCount: Int, seed: Int)] = [
    (40, 60, 1), (40, 60, 2), (64, 120, 3), (64, 120, 4), (200, 300, 5), (1000, 300, 6),
    (8000, 400, 7), (100, 300, 8),
  ]

  @Test("leave the index as FTS5 would have built it without them", arguments: cases)
  func equalsFTS5(pageByteCount: Int, rowCount: Int, seed: Int) async throws {
    try await withTemporaryDirectory { folder in
      let index = try ErasedIndex(folder, pageByteCount: pageByteCount, seed: seed)
      var dice = SeededGenerator(seed: UInt64(seed) &* 77)
      for part in [2, 3, 3, 6, 6] { try index.add(rowCount / part) }
      try index.check("built")
      for round in 0..<7 {
        let present = index.texts.keys.sorted()
        let gone: [Int64] =
          switch round % 4 {
          case 0: [present.randomElement(using: &dice) ?? 0]
          // The oldest, as a policy removes them.
          case 1: Array(present.prefix(rowCount / 6))
          case 2: present.filter { _ in Int.random(in: 0..<3, using: &dice) == 0 }
          default: Array(present.suffix(rowCount / 8))
          }
        try index.erase(gone)
        try index.check("round \(round)")
        if round == 3 { try index.add(rowCount / 4) }
        if round == 4 {
          // FTS5 merges some of it, and stops in the middle.
          try index.open().execute("INSERT INTO fts (fts, rank) VALUES ('usermerge', 2)")
          try index.open().execute("INSERT INTO fts (fts, rank) VALUES ('merge', 3)")
          try index.erase(Array(index.texts.keys.sorted().prefix(3)))
          try index.check("merged in part")
        }
      }
      try index.open().execute("INSERT INTO fts (fts) VALUES ('optimize')")
      try index.check("optimized")
      try index.erase(Array(index.texts.keys.sorted().dropFirst(2).prefix(rowCount / 3)))
      try index.check("after it")
      try index.erase(Array(index.texts.keys))
      try index.check("emptied")
      #expect(try structure(index.open()).segmentCount == 0)
      try index.add(30)
      try index.check("filled again")
    }
  }

  @Test("go from an index that FTS5 built itself", arguments: [48, 300, 4000])
  func builtByFTS5(pageByteCount: Int) async throws {
    try await withTemporaryDirectory { folder in
      let index = try ErasedIndex(folder, pageByteCount: pageByteCount, seed: pageByteCount)
      try index.add(150)
      let connection = try index.open()
      try connection.execute("INSERT INTO fts (fts) VALUES ('delete-all')")
      try connection.transaction {
        for (row, texts) in index.texts.sorted(by: { $0.key < $1.key }) {
          try insertByFTS5(texts, row: row, connection)
        }
      }
      for step in 0..<4 {
        try index.erase(index.texts.keys.filter { $0 % 4 == step })
        try index.check("step \(step)")
      }
    }
  }

  @Test("are all left where the index does not hold what they say")
  func refusesOtherTexts() async throws {
    try await withTemporaryDirectory { folder in
      let index = try ErasedIndex(folder, pageByteCount: 200, seed: 9)
      try index.add(60)
      let before = try Data(contentsOf: URL(fileURLWithPath: index.path))
      let row = try #require(index.texts.keys.max())
      let text = try #require(index.texts[row]?[0])
      index.change(row, 0, to: text + " neverindexed")
      #expect(throws: UnknownIndexForm.self) { try index.erase([row]) }
      #expect(try Data(contentsOf: URL(fileURLWithPath: index.path)) == before)
    }
  }

  @Test("are refused where FTS5 marked entries as deleted")
  func refusesMarks() async throws {
    try await withTemporaryDirectory { folder in
      let index = try ErasedIndex(folder, pageByteCount: 200, seed: 10)
      try index.add(60)
      let rows = index.texts.keys.sorted()
      let connection = try index.open()
      let statement = try connection.prepare(
        "INSERT INTO fts (fts, rowid, \(indexColumns)) VALUES ('delete', ?, ?, ?, ?, ?, ?)")
      try statement.bind(rows[5], at: 1)
      for (column, text) in (index.texts[rows[5]] ?? []).enumerated() {
        try statement.bind(text, at: column + 2)
      }
      try statement.run()
      #expect(throws: UnknownIndexForm.self) { try index.erase([rows[4], rows[6]]) }
    }
  }

  @Test("damaged pages are refused, whatever they hold")
  func refusesDamage() async throws {
    try await withTemporaryDirectory { folder in
      let index = try ErasedIndex(folder, pageByteCount: 64, seed: 11)
      try index.add(40)
      let row = try #require(index.texts.keys.min())
      let texts = try #require(index.texts[row])
      var dice = SeededGenerator(seed: 12)
      var refused = 0
      for _ in 0..<200 {
        let connection = try index.open()
        try connection.execute("BEGIN")
        let pick = try connection.prepare(
          "SELECT id, block FROM fts_data WHERE id > 10 ORDER BY id LIMIT 1 OFFSET ?")
        try pick.bind(Int.random(in: 0..<60, using: &dice), at: 1)
        #expect(try pick.step())
        var bytes = pick.bytes(1)
        bytes[Int.random(in: 0..<bytes.count, using: &dice)] = UInt8.random(
          in: 0...255, using: &dice)
        let write = try connection.prepare("UPDATE fts_data SET block = ? WHERE id = ?")
        try write.bind(blob: bytes, at: 1)
        try write.bind(pick.integer(0), at: 2)
        pick.reset()
        try write.run()
        let eraser = IndexEraser(pageByteCount: 64)
        for (column, text) in texts.enumerated() {
          var text = text
          text.withUTF8 { bytes in
            unsafe eraser.add(UnsafeRawBufferPointer(bytes), column: column, row: row)
          }
        }
        do {
          try eraser.flush(from: connection)
        } catch is UnknownIndexForm {
          refused += 1
        }
        try connection.execute("ROLLBACK")
      }
      // Most damage lies on pages that are not touched; none is a crash.
      #expect(refused > 0)
    }
  }
}
