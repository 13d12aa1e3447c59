// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Store

@Suite("Cleaning the pages of a file")
struct PageScrubberTests {
  @Test("takes what moved cells left in gaps, and nothing else")
  func gaps() async throws {
    try await withTemporaryDirectory { folder in
      let path = folder.appendingPathComponent("0001.sqlite").path
      // Rows of many sizes, put in at random places: pages are split over and over.
      let words = (0..<3000).map { "zqword\($0)zq" + String(repeating: "x", count: $0 * 7 % 90) }
      do {
        let connection = try PartitionFile.openForWriting(path)
        try connection.execute("CREATE TABLE sample (word TEXT PRIMARY KEY, row INTEGER)")
        try connection.transaction {
          for (row, word) in words.shuffled().enumerated() {
            let insert = try connection.cached("INSERT INTO sample VALUES (?, ?)")
            try insert.bind(word, at: 1)
            try insert.bind(row, at: 2)
            try insert.run()
          }
        }
        try connection.transaction {
          try connection.execute("DELETE FROM sample WHERE row % 2 = 0")
        }
        #expect(try connection.checkpoint())
      }
      let left = try Set(kept(path))
      let gone = words.filter { !left.contains($0) }
      #expect(gone.count == 1500)
      #expect(try found(gone, path) > 0, "the test must be able to fail")
      #expect(try PageScrubber.scrub(path) > 0)
      #expect(try found(gone, path) == 0)
      #expect(try PageScrubber.scrub(path) == 0)
      #expect(try Set(kept(path)) == left)
      let connection = try PartitionFile.openForReading(path)
      let check = try connection.prepare("PRAGMA integrity_check")
      #expect(try check.step() && check.text(0) == "ok")
    }
  }

  private func kept(_ path: String) throws -> [String] {
    let connection = try PartitionFile.openForReading(path)
    let rows = try connection.prepare("SELECT word FROM sample")
    var words: [String] = []
    while try rows.step() { words.append(rows.text(0)) }
    return words
  }

  private func found(_ words: [String], _ path: String) throws -> Int {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return words.count { data.range(of: Data($0.prefix { $0 != "x" }.utf8)) != nil }
  }
}
