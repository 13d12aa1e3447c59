// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Store

/// An index of several segments, and the rows that are in it.
private final class SegmentedIndex {
  /// How the rows lie in the segments.
  enum Arrangement: CaseIterable {
    /// One segment's rows all come before the next one's.
    case ascending
    /// The other way round.
    case descending
    /// Each segment has rows from everywhere.
    case mixed
    /// Blocks of rows that overlap a little.
    case overlapping
  }

  let path: String
  let pageByteCount: Int
  private(set) var texts: [Int64: [String]] = [:]
  private var random: RandomRows
  private var dice: SeededGenerator
  private var number = 0
  private let folder: URL

  init(_ folder: URL, pageByteCount: Int, seed: Int) throws {
    self.folder = folder
    path = folder.path + "/0001.sqlite"
    self.pageByteCount = pageByteCount
    random = RandomRows(generator: SeededGenerator(seed: UInt64(seed)))
    dice = SeededGenerator(seed: UInt64(seed) &* 31)
    let connection = try PartitionFile.openForWriting(path)
    try connection.execute("INSERT INTO fts (fts, rank) VALUES ('pgsz', \(pageByteCount))")
  }

  func open() throws -> DirectConnection { try DirectConnection(path: path, access: .write) }

  /// Adds rows as segments of their own.
  func add(_ rowCount: Int, segments count: Int, _ arrangement: Arrangement) throws {
    var groups = [[Int64]](repeating: [], count: count)
    var row = texts.keys.max() ?? 0
    for index in 0..<rowCount {
      row += number.isMultiple(of: 11) ? 1 << 20 : Int64(number % 3 + 1)
      texts[row] = makeTexts(row)
      let own = index * count / rowCount
      let place =
        switch arrangement {
        case .ascending: own
        case .descending: count - 1 - own
        case .mixed: Int.random(in: 0..<count, using: &dice)
        case .overlapping:
          min(count - 1, max(0, own + Int.random(in: -1...1, using: &dice)))
        }
      groups[place].append(row)
    }
    for group in groups where !group.isEmpty { try write(group) }
  }

  private func makeTexts(_ row: Int64) -> [String] {
    number += 1
    var texts = random.row(number)
    // A word of this row alone, and now and then positions that fill several pages.
    texts[0] += " only\(row)"
    if number.isMultiple(of: 23) {
      texts[3] += String(repeating: " again", count: 400) + " once"
      texts[1] = String(repeating: "again and ", count: 90)
    }
    return texts
  }

  private func write(_ rows: [Int64]) throws {
    let builder = IndexBuilder(pageByteCount: pageByteCount)
    let connection = try open()
    for row in rows { unsafe add(row, { unsafe builder.add($0, column: $1, row: row) }) }
    try connection.transaction { try builder.flush(into: connection) }
  }

  private func add(_ row: Int64, _ take: (UnsafeRawBufferPointer, Int) -> Void) {
    for (column, text) in (texts[row] ?? []).enumerated() {
      var text = text
      text.withUTF8 { unsafe take(UnsafeRawBufferPointer($0), column) }
    }
  }

  /// Takes rows out without a trace.
  func erase(_ rows: [Int64]) throws {
    let eraser = IndexEraser(pageByteCount: pageByteCount)
    let connection = try open()
    for row in rows { unsafe add(row, { unsafe eraser.add($0, column: $1, row: row) }) }
    try connection.transaction { try eraser.flush(from: connection) }
    for row in rows { texts[row] = nil }
  }

  /// Has FTS5 mark a row as deleted.
  func mark(_ row: Int64) throws {
    let connection = try open()
    let statement = try connection.prepare(
      "INSERT INTO fts (fts, rowid, \(indexColumns)) VALUES ('delete', ?, ?, ?, ?, ?, ?)")
    try statement.bind(row, at: 1)
    for (column, text) in (texts[row] ?? []).enumerated() {
      try statement.bind(text, at: column + 2)
    }
    try statement.run()
    texts[row] = nil
  }

  /// Merges all segments in the connection's transaction.
  func mergeAll(_ connection: DirectConnection) throws -> IndexStructure.Segment? {
    let structure = try structure(connection)
    return try SegmentMerge.merge(
      structure.levels.flatMap(\.segments), into: structure.freeID, connection: connection,
      pageByteCount: pageByteCount)
  }

  func merge() throws { try FullTextIndex.merge(path, pageByteCount: pageByteCount) }

  func segments() throws -> [IndexStructure.Segment] {
    try structure(open()).levels.flatMap(\.segments)
  }

  /// Compares the index with one that FTS5 makes of the same rows.
  func check(_ comment: String, at place: String? = nil) throws {
    let reference = try makeIndex(
      folder.path + "/" + UUID().uuidString, pageByteCount: pageByteCount)
    try reference.transaction {
      for (row, texts) in texts.sorted(by: { $0.key < $1.key }) {
        try insertByFTS5(texts, row: row, reference)
      }
    }
    let index = try DirectConnection(path: place ?? path, access: .write)
    try index.execute("INSERT INTO fts (fts) VALUES ('integrity-check')")
    let expected = try entries(reference)
    #expect(expected.count > texts.count, "\(comment)")
    #expect(try entries(index) == expected, "\(comment)")
    #expect(try sizes(index) == sizes(reference), "\(comment)")
    let queries = [
      "every", "w3", "every AND w1521", "w1 AND w4", "\"w0 w0\"", "every NOT w0", "body : w1",
      "w15*", "NEAR(w1 w4, 3)", "wörter1 OR w6", "long3long3*", "nothing", "again", "title : again",
      "files : again AND every", "\"again once\"", "every AND only4*",
    ]
    // From the middle on, forward and backward, as filters by time do: through the lists' indexes.
    let middle = texts.keys.sorted().dropFirst(texts.count / 2).first ?? 0
    let conditions = [
      "", " ORDER BY rowid DESC", " AND rowid >= \(middle)",
      " AND rowid < \(middle) ORDER BY rowid DESC",
    ]
    for query in queries {
      for condition in conditions {
        #expect(
          try rows(query, condition, index) == rows(query, condition, reference),
          "\(comment): \(query)\(condition)")
      }
    }
    try expectOwnRecords(index, comment)
  }

  private func sizes(_ connection: DirectConnection) throws -> IndexTotals? {
    IndexTotals(try totals(connection), columnCount: IndexBuilder.columnCount)
  }

  private func rows(
    _ query: String, _ suffix: String, _ connection: DirectConnection
  ) throws -> [Int64] {
    let statement = try connection.prepare(
      "SELECT rowid FROM fts WHERE fts MATCH '\(query)'" + suffix)
    var found: [Int64] = []
    while try statement.step() { found.append(statement.integer(0)) }
    return found
  }
}

@Suite("Segments of the index that are merged")
struct SegmentMergeTests {
  private static let cases: [(pageByteCount: Int, arrangement: SegmentedIndex.Arrangement)] =
    [40, 250, 1000, 8000].flatMap { count in
      SegmentedIndex.Arrangement.allCases.map { (count, $0) }
    }

  @Test("are one that holds what FTS5 would have written", arguments: cases)
  private func equalsFTS5(
    pageByteCount: Int, arrangement: SegmentedIndex.Arrangement
  ) async throws {
    try await withTemporaryDirectory { folder in
      let index = try SegmentedIndex(folder, pageByteCount: pageByteCount, seed: pageByteCount)
      try index.add(60, segments: 18, arrangement)
      #expect(try index.segments().count >= FullTextIndex.mergedSegmentCount)
      try index.merge()
      #expect(try index.segments().count == 1)
      try index.check("merged")
      // Once more, with what was merged before, from which rows have gone.
      let present = index.texts.keys.sorted()
      try index.erase(present.enumerated().filter { $0.offset % 3 == 1 }.map(\.element))
      try index.add(50, segments: 17, arrangement)
      try index.merge()
      #expect(try index.segments().count == 1)
      try index.check("merged again")
      // FTS5 goes on with it.
      try index.mark(try #require(index.texts.keys.min()))
      try index.open().execute("INSERT INTO fts (fts) VALUES ('optimize')")
      try index.check("optimized by FTS5")
    }
  }

  @Test("are one where rows and whole segments were taken out before", arguments: [40, 64, 300])
  func emptied(pageByteCount: Int) async throws {
    try await withTemporaryDirectory { folder in
      let index = try SegmentedIndex(folder, pageByteCount: pageByteCount, seed: 5)
      try index.add(60, segments: 6, .ascending)
      let rows = index.texts.keys.sorted()
      try index.add(80, segments: 16, .mixed)
      // Nearly all of the oldest, so that pages are left on which nothing stands.
      try index.erase(Array(rows.prefix(27)))
      try index.erase(index.texts.keys.filter { $0 % 2 == 0 })
      try index.check("erased")
      try index.merge()
      #expect(try index.segments().count == 1)
      try index.check("merged")
      try index.erase(Array(index.texts.keys.dropFirst(1)))
      try index.check("one row")
    }
  }

  @Test("leave nothing where nothing is in them")
  func nothing() async throws {
    try await withTemporaryDirectory { folder in
      let index = try SegmentedIndex(folder, pageByteCount: 100, seed: 6)
      try index.add(40, segments: 8, .mixed)
      let connection = try index.open()
      // The rows go while the segments stay in the structure, page by page.
      let segment = try connection.transaction { () -> IndexStructure.Segment? in
        for segment in try structure(connection).levels.flatMap(\.segments) {
          for page in segment.firstPage...segment.lastPage {
            let write = try connection.prepare("UPDATE fts_data SET block = ? WHERE id = ?")
            try write.bind(Int64(segment.id) << 37 + Int64(page), at: 2)
            try write.run(binding: IndexLeaf.empty, at: 1)
          }
        }
        return try index.mergeAll(connection)
      }
      #expect(segment == nil)
      #expect(try connection.integer("SELECT count(*) FROM fts_data WHERE id > 10") == 0)
      #expect(try connection.integer("SELECT count(*) FROM fts_idx") == 0)
    }
  }

  @Test("with entries that FTS5 marked as deleted are left to FTS5", arguments: [64, 1000])
  func marks(pageByteCount: Int) async throws {
    try await withTemporaryDirectory { folder in
      let index = try SegmentedIndex(folder, pageByteCount: pageByteCount, seed: 7)
      // Otherwise FTS5 would merge some of them when it writes the mark, and so carry it out.
      try index.open().execute(
        """
        INSERT INTO fts (fts, rank) VALUES ('automerge', 0);
        INSERT INTO fts (fts, rank) VALUES ('crisismerge', 1999);
        """)
      try index.add(100, segments: 20, .overlapping)
      try index.mark(try #require(index.texts.keys.sorted().dropFirst(40).first))
      let connection = try index.open()
      #expect(throws: UnknownIndexForm.self) {
        try connection.transaction { _ = try index.mergeAll(connection) }
      }
      #expect(try index.segments().count == 21)
      try index.check("undone")
      try index.merge()
      #expect(try index.segments().count == 1)
      try index.check("merged by FTS5")
    }
  }

  @Test("with one row in two of them are left to FTS5")
  func twice() async throws {
    try await withTemporaryDirectory { folder in
      let index = try SegmentedIndex(folder, pageByteCount: 200, seed: 8)
      try index.add(40, segments: 4, .ascending)
      let row = try #require(index.texts.keys.min())
      let builder = IndexBuilder(pageByteCount: 200)
      var text = "every"
      text.withUTF8 { bytes in
        unsafe builder.add(UnsafeRawBufferPointer(bytes), column: 0, row: row)
      }
      let connection = try index.open()
      try connection.transaction { try builder.flush(into: connection) }
      #expect(throws: UnknownIndexForm.self) {
        try connection.transaction { _ = try index.mergeAll(connection) }
      }
    }
  }

  @Test("stay as they are while they are much larger than what came after them")
  func largeStay() async throws {
    try await withTemporaryDirectory { folder in
      let index = try SegmentedIndex(folder, pageByteCount: 100, seed: 9)
      try index.add(200, segments: 16, .ascending)
      try index.merge()
      let large = try #require(try index.segments().first)
      for round in 0..<2 {
        try index.add(16, segments: 15, .mixed)
        try index.merge()
        let segments = try index.segments()
        #expect(segments.contains(large), "round \(round)")
        #expect(segments.count < FullTextIndex.mergedSegmentCount)
        try index.check("round \(round)")
      }
      // Until there is enough that it pays.
      for _ in 0..<3 {
        try index.add(80, segments: 16, .mixed)
        try index.merge()
      }
      #expect(try !index.segments().contains(large))
      try index.check("at last")
    }
  }

  @Test("are whole or as they were when a merge is cut off")
  func cutOff() async throws {
    try await withTemporaryDirectory { folder in
      let index = try SegmentedIndex(folder, pageByteCount: 1000, seed: 10)
      try index.add(300, segments: 20, .mixed)
      let connection = try index.open()
      // What no longer fits goes to the log before the end.
      try connection.execute("PRAGMA cache_size = 5; BEGIN IMMEDIATE")
      _ = try index.mergeAll(connection)
      let copy = folder.path + "/killed.sqlite"
      for suffix in ["", "-wal"] {
        try FileManager.default.copyItem(atPath: index.path + suffix, toPath: copy + suffix)
      }
      try connection.execute("ROLLBACK")
      #expect(try Data(contentsOf: URL(fileURLWithPath: copy + "-wal")).count > 100_000)
      try index.check("killed", at: copy)
      try index.check("undone")
      #expect(try index.segments().count == 20)
    }
  }

  @Test("that are damaged are refused or merged, and never end the process")
  func damage() async throws {
    try await withTemporaryDirectory { folder in
      let index = try SegmentedIndex(folder, pageByteCount: 64, seed: 11)
      try index.add(30, segments: 5, .overlapping)
      var dice = SeededGenerator(seed: 12)
      let connection = try index.open()
      let records = try #require(
        try connection.integer("SELECT count(*) FROM fts_data WHERE id > 10"))
      var refused = 0
      for _ in 0..<400 {
        try connection.execute("BEGIN")
        let pick = try connection.prepare(
          "SELECT id, block FROM fts_data WHERE id > 10 ORDER BY id LIMIT 1 OFFSET ?")
        try pick.bind(Int64.random(in: 0..<records, using: &dice), at: 1)
        #expect(try pick.step())
        var bytes = pick.bytes(1)
        if Int.random(in: 0..<10, using: &dice) == 0 {
          bytes.removeLast(Int.random(in: 0..<bytes.count, using: &dice))
        } else {
          bytes[Int.random(in: 0..<bytes.count, using: &dice)] = UInt8.random(
            in: 0...255, using: &dice)
        }
        let write = try connection.prepare("UPDATE fts_data SET block = ? WHERE id = ?")
        try write.bind(blob: bytes, at: 1)
        try write.bind(pick.integer(0), at: 2)
        pick.reset()
        try write.run()
        do {
          _ = try index.mergeAll(connection)
        } catch is UnknownIndexForm {
          refused += 1
        }
        try connection.execute("ROLLBACK")
      }
      #expect(refused > 100)
      try index.check("undone")
    }
  }

  @Test("are left alone where the tables are of another format")
  func otherFormat() async throws {
    try await withTemporaryDirectory { folder in
      let index = try SegmentedIndex(folder, pageByteCount: 300, seed: 13)
      try index.add(60, segments: 18, .mixed)
      let before = try index.segments()
      let connection = try index.open()
      try connection.execute("UPDATE fts_config SET v = 6 WHERE k = 'version'")
      // FTS5 says what it thinks of it.
      #expect(throws: StoreError.self) { try index.merge() }
      try connection.execute("UPDATE fts_config SET v = 4 WHERE k = 'version'")
      #expect(try index.segments() == before)
      try index.check("untouched")
    }
  }
}
