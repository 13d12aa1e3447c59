// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Store

@Suite("Segments of the index that are written directly")
struct IndexBuilderTests {
  @Test(
    "FTS5 reads, checks, merges and changes them as its own",
    arguments: [(40, 90), (64, 250), (200, 300), (1000, 300), (8000, 300)])
  func equalsFTS5(pageByteCount: Int, rowCount: Int) async throws {
    try await withTemporaryDirectory { folder in
      let path = folder.path + "/direct.sqlite"
      let writing = try makeIndex(path, pageByteCount: pageByteCount)
      let reference = try makeIndex(folder.path + "/fts5.sqlite", pageByteCount: pageByteCount)
      let builder = IndexBuilder(pageByteCount: pageByteCount)
      var random = RandomRows(generator: SeededGenerator(seed: UInt64(pageByteCount)))
      var texts: [Int64: [String]] = [:]
      var row: Int64 = 5
      for number in 0..<rowCount {
        // Gaps, one of them wide.
        row += number == rowCount / 2 ? 1 << 21 : Int64(number % 7 == 0 ? 3 : 1)
        texts[row] = random.row(number)
        for (column, text) in (texts[row] ?? []).enumerated() {
          var text = text
          text.withUTF8 { bytes in
            unsafe builder.add(UnsafeRawBufferPointer(bytes), column: column, row: row)
          }
        }
        if number == rowCount / 2 - 1 || number == rowCount - 10 || number == rowCount - 1 {
          try writing.transaction { try builder.flush(into: writing) }
        }
      }
      try reference.transaction {
        for (row, texts) in texts.sorted(by: { $0.key < $1.key }) {
          try insertByFTS5(texts, row: row, reference)
        }
      }

      let index = try DirectConnection(path: path, access: .write)
      try index.execute("INSERT INTO fts (fts) VALUES ('integrity-check')")
      let expected = try entries(reference)
      #expect(expected.count > rowCount * 20)
      #expect(try entries(index) == expected)
      #expect(try totals(index) == totals(reference))
      let queries = [
        "every", "w3", "every AND w1521", "w1 AND w4", "\"w0 w0\"", "every NOT w0", "body : w1",
        "w15*", "NEAR(w1 w4, 3)", "wörter1 OR w6", "long3long3*", "nothing",
      ]
      for query in queries { #expect(try rows(query, index) == rows(query, reference), "\(query)") }
      #expect(try rows("every", index).count == rowCount)

      // A row goes, by the texts that it came with, and another comes; then all is merged.
      let gone = try #require(texts.keys.sorted().dropFirst(20).first)
      for connection in [index, reference] {
        let statement = try connection.prepare(
          "INSERT INTO fts (fts, rowid, \(indexColumns)) VALUES ('delete', ?, ?, ?, ?, ?, ?)")
        try statement.bind(gone, at: 1)
        for (column, text) in (texts[gone] ?? []).enumerated() {
          try statement.bind(text, at: column + 2)
        }
        try statement.run()
        try insertByFTS5(["every new word", "", "", "", "z"], row: row + 1, connection)
      }
      #expect(try entries(index) == entries(reference))
      try index.execute("INSERT INTO fts (fts) VALUES ('optimize')")
      try index.execute("INSERT INTO fts (fts) VALUES ('integrity-check')")
      #expect(try entries(index) == entries(reference))
      #expect(try totals(index) == totals(reference))
    }
  }

  @Test("many small segments are merged into few, and none is lost")
  func merges() async throws {
    try await withTemporaryDirectory { folder in
      let path = folder.path + "/0001.sqlite"
      let count = FullTextIndex.mergedSegmentCount + 3
      let builder = IndexBuilder()
      try PartitionFile.removeUncommitted(path, above: .nothing)
      let writing = try PartitionFile.openForWriting(path)
      for row in 1...count {
        var text = "common only\(row)"
        text.withUTF8 { bytes in
          unsafe builder.add(UnsafeRawBufferPointer(bytes), column: 0, row: Int64(row))
        }
        try writing.transaction { try builder.flush(into: writing) }
      }
      #expect(try structure(writing).segmentCount == count)
      try FullTextIndex.merge(path)
      #expect(try structure(writing).segmentCount == 1)
      let index = try DirectConnection(path: path, access: .write)
      try index.execute("INSERT INTO fts (fts) VALUES ('integrity-check')")
      #expect(try rows("common", index).count == count)
      #expect(try rows("only7", index) == [7])
    }
  }

  @Test("a structure that is not understood is refused, never overwritten")
  func refusesUnknownForms() async throws {
    try await withTemporaryDirectory { folder in
      let connection = try makeIndex(folder.path + "/index.sqlite", pageByteCount: 1000)
      try connection.execute("UPDATE fts_config SET v = 6 WHERE k = 'version'")
      let builder = IndexBuilder()
      var text = "words"
      text.withUTF8 { bytes in
        unsafe builder.add(UnsafeRawBufferPointer(bytes), column: 0, row: 1)
      }
      #expect(throws: StoreError.self) { try builder.flush(into: connection) }
    }
  }

  @Test("records are read as they were written, and damage is no record")
  func codesStructure() async throws {
    try await withTemporaryDirectory { folder in
      let connection = try makeIndex(folder.path + "/index.sqlite", pageByteCount: 40)
      for row in 1...30 {
        try insertByFTS5(["a b c\(row)", "", "", "", ""], row: Int64(row), connection)
      }
      let statement = try connection.prepare("SELECT block FROM fts_data WHERE id = 10")
      #expect(try statement.step())
      let bytes = statement.bytes(0)
      let read = try #require(IndexStructure(bytes))
      #expect(read.encoded == bytes)
      #expect(!read.levels.flatMap(\.segments).map(\.id).contains(read.freeID))
      for count in 0..<bytes.count { #expect(IndexStructure(Array(bytes[0..<count])) == nil) }
      #expect(IndexStructure(bytes + [0]) == nil)
    }
  }

  @Test(
    "varints are SQLite's",
    arguments: [
      (0, [0]), (127, [127]), (128, [129, 0]), (16383, [255, 127]), (16384, [129, 128, 0]),
      ((1 << 21) - 1, [255, 255, 127]), (1 << 21, [129, 128, 128, 0]),
      (1 << 35, [129, 128, 128, 128, 128, 0]),
      ((1 << 56) - 1, [255, 255, 255, 255, 255, 255, 255, 127]),
      (1 << 56, [128, 192, 128, 128, 128, 128, 128, 128, 0]),
      (UInt64.max, [UInt8](repeating: 255, count: 9)),
    ] as [(UInt64, [UInt8])])
  func varints(value: UInt64, bytes: [UInt8]) {
    var written: [UInt8] = []
    written.append(varint: value)
    #expect(written == bytes)
    var buffer = PlainBuffer<UInt8>(capacity: 1)
    buffer.append(varint: value)
    buffer.append(varint: value)
    #expect(buffer.span.indices.map { buffer[$0] } == bytes + bytes)
    var reader = VarintReader(bytes, from: 0)
    #expect(reader.next() == value)
    #expect(reader.isAtEnd)
  }
}
