// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Store

@Suite("Scrubbing a database")
struct ScrubTests {
  /// A table with long and short rows, an index, and a table that is one itself.
  private static let schema = """
    PRAGMA page_size = 1024; PRAGMA journal_mode = WAL;
    CREATE TABLE a (key INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE INDEX a_by_text ON a (text);
    CREATE TABLE b (text TEXT PRIMARY KEY, more TEXT) WITHOUT ROWID;
    """

  /// A word that stands in one row only.
  private static func word(_ number: Int) -> String { "<\(String(number * 7_919, radix: 36))#>" }

  /// Random rows come, change and go; then no word of a row that went is left anywhere.
  @Test("leaves no byte of what is gone and every byte of what is there", arguments: 0..<8)
  func scrubs(seed: Int) async throws {
    try await withTemporaryDirectory { folder in
      let path = folder.appendingPathComponent("x.sqlite").path
      try FileSystem.makePrivateFile(path)
      var random = Dice(state: UInt64(seed) &+ 11)
      var rows: Set<Int> = []
      var gone: Set<Int> = []
      var residues = 0
      do {
        let connection = try DirectConnection(path: path, access: .write)
        try connection.execute(Self.schema)
        // Pages that get free keep what stood on them, unless SQLite is told to clear them.
        try connection.execute(
          "PRAGMA secure_delete = " + (seed.isMultiple(of: 2) ? "ON" : "FAST"))
        var next = 0
        for _ in 0..<12 {
          try connection.transaction {
            for _ in 0..<150 {
              next += 1
              rows.insert(next)
              let length = [3, 20, 90, 400, 5000][random.below(5)]
              // The word again and again, so that every page of a long row tells of it.
              let word = Self.word(next)
              let text =
                word
                + String(repeating: "x" + word, count: random.below(length) / (word.utf8.count + 1))
                + String(repeating: "x", count: random.below(12))
              try run("INSERT INTO a VALUES (?1, ?2)", next * 7_001 % 65_537, text, connection)
              try run("INSERT INTO b VALUES (?2, ?1)", next, text, connection)
            }
          }
          try connection.transaction {
            for number in rows.sorted() where random.below(3) == 0 {
              let word = Self.word(number)
              try run("DELETE FROM a WHERE key = ?1", number * 7_001 % 65_537, nil, connection)
              try run(
                "DELETE FROM b WHERE text BETWEEN ?2 AND ?2 || '~'", nil, word, connection)
              rows.remove(number)
              gone.insert(number)
            }
          }
        }
        #expect(try connection.checkpoint())
        residues = try Self.words(in: path).intersection(gone.map(Self.word)).count
      }
      do {
        let connection = try DirectConnection(path: path, access: .write)
        try connection.scrub()
      }
      let after = try Self.words(in: path)
      // SQLite alone leaves some: without a scrub this test fails.
      #expect(residues > 0)
      #expect(after.isDisjoint(with: gone.map(Self.word)))
      let connection = try DirectConnection(path: path, access: .write)
      let check = try connection.prepare("PRAGMA integrity_check")
      #expect(try check.step())
      #expect(check.text(0) == "ok")
      #expect(try connection.integer("SELECT count(*) FROM a") == Int64(rows.count))
      #expect(after.isSuperset(of: rows.map(Self.word)))
    }
  }

  /// All words in the bytes of a file.
  private static func words(in path: String) throws -> Set<String> {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    var words: Set<String> = []
    for start in bytes.indices where bytes[start] == UInt8(ascii: "<") {
      guard let end = bytes[start...].prefix(12).firstIndex(of: UInt8(ascii: ">")) else { continue }
      words.insert(String(decoding: bytes[start...end], as: UTF8.self))
    }
    return words
  }

  private func run(
    _ sql: String, _ number: Int?, _ text: String?, _ connection: DirectConnection
  ) throws {
    let statement = try connection.cached(sql)
    if let number { try statement.bind(number, at: 1) }
    if let text { try statement.bind(text, at: 2) }
    try statement.run()
  }
}
