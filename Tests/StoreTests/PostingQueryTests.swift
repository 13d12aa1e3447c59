// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Query
import TestSupport
import Testing

@testable import Store

/// An index of random rows, their words, and random questions about them.
private struct RandomIndex {
  private static let separator = String(Character(Tokenizer.segmentSeparator))
  private static let words = ["every", "a", "b", "c", "rare", "kin", "king", "kings", "longer"]

  var generator: SeededGenerator
  /// By row, the tokens of each column.
  private(set) var rows: [Int64: [[String]]] = [:]

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

  private mutating func word() -> String {
    let rank = number(0..<100)
    return switch rank {
    case 0..<30: Self.words[number(0..<4)]
    case 30..<60: Self.words[number(0..<Self.words.count)]
    default: "w\(number(0..<(rank * 4)))"
    }
  }

  mutating func makeRow(_ row: Int64) -> [String] {
    var columns: [[String]] = []
    for column in 0..<4 {
      let isEmpty = column > 0 && number(0..<3) > 0
      // Now and then more positions than a page holds.
      let count = isEmpty ? 0 : number(0..<60) == 0 ? 900 : number(0..<25)
      columns.append((0..<count).map { _ in number(0..<12) == 0 ? Self.separator : word() })
    }
    columns.append([Facet.every] + (number(0..<3) == 0 ? ["G1"] : []))
    rows[row] = columns
    let mark = String(Character(FullTextTokenizer.rawMark))
    return columns.map { $0.isEmpty ? "" : mark + $0.joined(separator: " ") }
  }

  mutating func remove(_ row: Int64) -> [String] {
    let mark = String(Character(FullTextTokenizer.rawMark))
    defer { rows[row] = nil }
    return (rows[row] ?? []).map { $0.isEmpty ? "" : mark + $0.joined(separator: " ") }
  }

  private mutating func match() -> TextMatch {
    if number(0..<6) == 0 {
      return TextMatch(tokens: [["ki", "w1", "w", "ev", "zz"][number(0..<5)]], lastIsPrefix: true)
    }
    return TextMatch(tokens: (0..<(number(0..<3) == 0 ? 2 : 1)).map { _ in word() })
  }

  private mutating func column() -> String? {
    number(0..<3) == 0 ? ["body", "title", "names", "files"][number(0..<4)] : nil
  }

  mutating func near() -> IndexExpression {
    func phrase(_ words: [String]) -> TextMatch { TextMatch(tokens: words) }
    let first = (0..<(number(0..<5) == 0 ? 2 : 1)).map { _ in word() }
    let second = (0..<(number(0..<5) == 0 ? 2 : 1)).map { _ in word() }
    return .near([phrase(first), phrase(second)], distance: number(0..<8), column: column())
  }

  mutating func expression(depth: Int) -> IndexExpression {
    guard depth > 0, number(0..<3) > 0 else {
      return switch number(0..<8) {
      case 0: .facet(["G1", Facet.every, "G2"][number(0..<3)])
      case 1, 2: near()
      default: .phrase(match(), column: column())
      }
    }
    let parts = (0..<number(1..<5)).map { _ in expression(depth: depth - 1) }
    return switch number(0..<5) {
    case 0, 1: .all(of: parts)
    case 2, 3: .any(of: parts)
    default: expression(depth: depth - 1).complement
    }
  }

  /// The rows where two phrases stand near to each other within a segment, by trying all places.
  func rows(near expression: IndexExpression) -> [Int64] {
    guard case .near(let matches, let distance, let column) = expression else { return [] }
    let names = ["body", "title", "names", "files"]
    return rows.filter { _, columns in
      columns.prefix(4).enumerated().contains { number, tokens in
        if let column, names[number] != column { return false }
        return tokens.split(separator: Self.separator).contains { segment in
          let segment = Array(segment)
          func starts(_ phrase: [String]) -> [Int] {
            segment.indices.filter { segment[$0...].starts(with: phrase) }
          }
          let (first, second) = (matches[0].tokens, matches[1].tokens)
          return starts(first).contains { left in
            starts(second).contains { right in
              left <= right
                ? right - left - first.count <= distance
                : left - right - second.count <= distance
            }
          }
        }
      }
    }.keys.sorted()
  }
}

private let columns = "body, title, names, files, facet"

private func rows(
  _ expression: IndexExpression, _ range: ClosedRange<Int64>, _ connection: DirectConnection
) throws -> [Int64] {
  guard expression != .none else { return [] }
  let statement = try connection.cached(
    "SELECT rowid FROM fts WHERE fts MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid")
  defer { statement.reset() }
  try statement.bind(expression.match, at: 1)
  try statement.bind(range.lowerBound, at: 2)
  try statement.bind(range.upperBound, at: 3)
  var found: [Int64] = []
  while try statement.step() { found.append(statement.integer(0)) }
  return found
}

@Suite("Lists of the index, read directly")
struct PostingQueryTests {
  /// What an index went through before it is asked.
  enum History: CaseIterable {
    case merged, inSegments, withDeletions
  }

  @Test(
    "answer what FTS5 answers, forwards, backwards and in ranges",
    arguments: [40, 200, 8000], History.allCases)
  func equalsFTS5(pageByteCount: Int, history: History) async throws {
    try await withTemporaryDirectory { folder in
      let connection = try DirectConnection(path: folder.path + "/i.sqlite", access: .create)
      for statement in PartitionSchema.index { try connection.execute(statement) }
      try connection.execute("INSERT INTO fts (fts, rank) VALUES ('pgsz', \(pageByteCount))")
      var random = RandomIndex(seed: UInt64(pageByteCount))
      let last = try fill(&random, history, connection)

      let source = try #require(try PostingSource(connection))
      #expect(source.segments.count > 1 || history == .merged)
      var answered = 0
      var hits = 0
      for number in 0..<120 {
        let expression = random.expression(depth: 2)
        let bounds = [Int64(random.number(0..<Int(last))), Int64(random.number(0..<Int(last)))]
        let range =
          number.isMultiple(of: 2) ? 0...Int64.max : (bounds.min() ?? 0)...(bounds.max() ?? 0)
        let expected = try rows(expression, range, connection)
        guard let query = try PostingQuery(expression, in: range, source) else { continue }
        answered += 1
        hits += expected.count
        #expect(try query.count() == expected.count, "\(expression.match)")
        for direction in [RowCursor.Direction.ascending, .descending] {
          let query = try #require(try PostingQuery(expression, in: range, source))
          let entries = query.entries(direction)
          var found: [Int64] = []
          while let entry = try entries.next() { found.append(entry) }
          #expect(
            found == (direction == .ascending ? expected : expected.reversed()),
            "\(expression.match)")
        }
      }
      #expect(answered > (history == .withDeletions ? 45 : 90))
      #expect(hits > 5_000)
      for _ in 0..<60 {
        let near = random.near()
        let query = try #require(
          try PostingQuery(near, in: 0...(.max), respectsSegments: true, source))
        let entries = query.entries(.ascending)
        var found: [Int64] = []
        while let entry = try entries.next() { found.append(entry) }
        #expect(found == random.rows(near: near), "\(near.match)")
      }
    }
  }

  /// Makes the rows; gives the number of the last one.
  private func fill(
    _ random: inout RandomIndex, _ history: History, _ connection: DirectConnection
  ) throws -> Int64 {
    let insertion = try connection.prepare(
      "INSERT INTO fts (rowid, \(columns)) VALUES (?, ?, ?, ?, ?, ?)")
    func run(_ statement: DirectStatement, _ row: Int64, _ texts: [String]) throws {
      try statement.bind(row, at: 1)
      for (column, text) in texts.enumerated() { try statement.bind(text, at: column + 2) }
      try statement.run()
    }
    var row: Int64 = 5
    for batch in 0..<5 {
      try connection.transaction {
        for number in 0..<130 {
          row += number == 60 ? 1 << 18 : Int64(random.number(1..<[2, 40, 400][batch % 3]))
          try run(insertion, row, random.makeRow(row))
        }
      }
      guard history == .withDeletions else { continue }
      let deletion = try connection.prepare(
        "INSERT INTO fts (fts, rowid, \(columns)) VALUES ('delete', ?, ?, ?, ?, ?, ?)")
      try connection.transaction {
        for gone in random.rows.keys.sorted().filter({ $0 % 9 == Int64(batch) }) {
          try run(deletion, gone, random.remove(gone))
          // One in the place of another.
          if gone.isMultiple(of: 2) { try run(insertion, gone, random.makeRow(gone)) }
        }
      }
    }
    if history == .merged { try connection.execute("INSERT INTO fts (fts) VALUES ('optimize')") }
    return row
  }

  @Test("a damaged page is refused, and never trusted")
  func damage() async throws {
    try await withTemporaryDirectory { folder in
      let connection = try DirectConnection(path: folder.path + "/i.sqlite", access: .create)
      for statement in PartitionSchema.index { try connection.execute(statement) }
      try connection.execute("INSERT INTO fts (fts, rank) VALUES ('pgsz', 200)")
      var random = RandomIndex(seed: 3)
      _ = try fill(&random, .merged, connection)
      let keys = try connection.prepare("SELECT id FROM fts_data WHERE id > 1000")
      var pages: [Int64] = []
      while try keys.step() { pages.append(keys.integer(0)) }
      #expect(pages.count > 100)
      let read = try connection.prepare("SELECT block FROM fts_data WHERE id = ?")
      let write = try connection.prepare("UPDATE fts_data SET block = ? WHERE id = ?")
      var refusals = 0
      for _ in 0..<300 {
        let key = pages[random.number(0..<pages.count)]
        try read.bind(key, at: 1)
        guard try read.step() else { continue }
        let sound = read.bytes(0)
        read.reset()
        var bytes = sound
        for _ in 0...random.number(0..<3) {
          bytes[random.number(0..<bytes.count)] = UInt8(random.number(0..<256))
        }
        if random.number(0..<8) == 0 { bytes.removeLast(random.number(0..<bytes.count)) }
        try write.bind(key, at: 2)
        try write.run(binding: bytes, at: 1)
        let expressions: [IndexExpression] = [
          .any(of: ["every", "a", "b"].map { .phrase(TextMatch(tokens: [$0]), column: "body") }),
          .phrase(TextMatch(tokens: ["w"], lastIsPrefix: true), column: nil),
          .near(
            [TextMatch(tokens: ["a"]), TextMatch(tokens: ["c"])], distance: 4, column: nil),
          .facet(Facet.every),
        ]
        for expression in expressions {
          do {
            let source = try #require(try PostingSource(connection))
            let query = try PostingQuery(expression, in: 0...(.max), source)
            _ = try query?.count()
          } catch let error as StoreError {
            #expect(error.code == .damaged)
            refusals += 1
          }
        }
        try write.bind(key, at: 2)
        try write.run(binding: sound, at: 1)
      }
      #expect(refusals > 10)
    }
  }

  @Test("reading backwards costs as much as forwards, however far apart the entries lie")
  func linear() async throws {
    try await withTemporaryDirectory { folder in
      let connection = try DirectConnection(path: folder.path + "/i.sqlite", access: .create)
      for statement in PartitionSchema.index { try connection.execute(statement) }
      try connection.execute("INSERT INTO fts (fts, rank) VALUES ('pgsz', 200)")
      let mark = String(Character(FullTextTokenizer.rawMark))
      let insertion = try connection.prepare(
        "INSERT INTO fts (rowid, body, facet) VALUES (?, ?, ?)")
      // Crowds, and single ones up to the greatest number.
      var row: Int64 = 0
      var expected: [Int64: Set<String>] = [:]
      try connection.transaction {
        for number in 0..<4000 {
          let distance: Int64 =
            switch number % 1000 {
            case 0..<900: 1
            case 900..<990: 1 << 20
            default: 1 << 40
            }
          row += distance
          let words = number.isMultiple(of: 7) ? ["common", "rare"] : ["common"]
          expected[row] = Set(words)
          try insertion.bind(row, at: 1)
          try insertion.bind(mark + words.joined(separator: " "), at: 2)
          try insertion.bind(mark + Facet.every, at: 3)
          try insertion.run()
        }
      }
      try connection.execute("INSERT INTO fts (fts) VALUES ('optimize')")
      func word(_ text: String) -> IndexExpression {
        .phrase(TextMatch(tokens: [text]), column: nil)
      }
      for (expression, wanted) in [
        (word("common"), "common"), (.all(of: [word("rare"), word("common")]), "rare"),
        (.all(of: [word("common"), .not(word("absent"))]), "common"),
        (
          .near(["rare", "common"].map { TextMatch(tokens: [$0]) }, distance: 1, column: nil),
          "rare"
        ),
      ] {
        var loads: [Int] = []
        for direction in [RowCursor.Direction.ascending, .descending] {
          let source = try #require(try PostingSource(connection))
          let query = try #require(try PostingQuery(expression, in: 0...(.max), source))
          let entries = query.entries(direction)
          var found: [Int64] = []
          while let entry = try entries.next() { found.append(entry) }
          let rows = expected.filter { $0.value.contains(wanted) }.keys.sorted()
          #expect(found == (direction == .ascending ? rows : rows.reversed()))
          loads.append(source.loadedPageCount)
        }
        #expect(loads[0] > 20)
        #expect(loads[1] < loads[0] * 6, "\(loads)")
      }
    }
  }

  /// What is asked of a crowd, and which of four rows match.
  private static let crowdQuestions: [(expression: IndexExpression, matching: Set<Int64>)] = {
    func phrase(_ words: String...) -> IndexExpression {
      .phrase(TextMatch(tokens: words), column: nil)
    }
    let both: IndexExpression = .and([phrase("common"), phrase("other")])
    let alone: IndexExpression = .and([phrase("common"), .not(phrase("other"))])
    let near: IndexExpression = .near(
      [TextMatch(tokens: ["common"]), TextMatch(tokens: ["other"])], distance: 1, column: nil)
    return [
      (phrase("common"), [0, 1, 2, 3]), (both, [1, 2, 3]), (alone, [0]),
      (phrase("common", "other"), [1]), (near, [1, 2]), (.or([alone, near]), [0, 1, 2]),
    ]
  }()

  @Test("crowds are read in parts, forwards and backwards, and counted")
  func crowds() async throws {
    try await withTemporaryDirectory { folder in
      let connection = try DirectConnection(path: folder.path + "/i.sqlite", access: .create)
      for statement in PartitionSchema.index { try connection.execute(statement) }
      let insertion = try connection.prepare("INSERT INTO fts (rowid, body) VALUES (?, ?)")
      let mark = String(Character(FullTextTokenizer.rawMark))
      let rows: [Int64] = Array(0..<150_000) + (1...30).map { 150_000 + $0 << 21 }
      let texts = ["common", "common other", "common x other", "common x y other"]
      try connection.transaction {
        for row in rows {
          try insertion.bind(row, at: 1)
          try insertion.bind(mark + texts[Int(row % 4)], at: 2)
          try insertion.run()
        }
      }
      let source = try #require(try PostingSource(connection))
      for (expression, matching) in Self.crowdQuestions {
        func query() throws -> PostingQuery {
          try #require(try PostingQuery(expression, in: 3...(.max), source))
        }
        let expected = rows.dropFirst(3).filter { matching.contains($0 % 4) }
        for direction in [RowCursor.Direction.ascending, .descending] {
          let entries = try query().entries(direction)
          var found: [Int64] = []
          while let entry = try entries.next() { found.append(entry) }
          let isRight = found == (direction == .ascending ? expected : expected.reversed())
          #expect(isRight, "\(expression) \(direction) \(found.count)")
        }
        #expect(try query().count() == expected.count, "\(expression)")
      }
    }
  }

  @Test(
    "gathered rows are each kept once; those that lie too far apart are refused, not lost",
    arguments: [1, 1 << 17] as [Int64])
  func gathered(stride: Int64) throws {
    var gathered = GatheredRows()
    let accepted = (0..<70_000).map { gathered.insert(Int64($0) / 2 * 2 * stride) }
    #expect(!accepted.contains(false) == (stride == 1))
    let (rows, windows) = gathered.finish()
    var found = rows
    for base in windows.keys.sorted() { windows[base]?.append(to: &found) }
    let count = stride == 1 ? 35_000 : 32_768
    #expect(found == (0..<count).map { Int64($0) * 2 * stride })
  }

  @Test("an index of a later form is left to FTS5")
  func laterForm() async throws {
    try await withTemporaryDirectory { folder in
      let connection = try DirectConnection(path: folder.path + "/i.sqlite", access: .create)
      for statement in PartitionSchema.index { try connection.execute(statement) }
      #expect(try PostingSource(connection) != nil)
      try connection.execute("UPDATE fts_config SET v = 5 WHERE k = 'version'")
      #expect(try PostingSource(connection) == nil)
      try connection.execute("UPDATE fts_config SET v = 4 WHERE k = 'version'")
      // The mark of the later form of the list of segments.
      try connection.execute(
        "UPDATE fts_data SET block = x'00000000ff000001000000' WHERE id = \(IndexStructure.key)")
      #expect(try PostingSource(connection) == nil)
    }
  }

  @Test("no page is read after the deadline")
  func deadline() async throws {
    try await withTemporaryDirectory { folder in
      let connection = try DirectConnection(path: folder.path + "/i.sqlite", access: .create)
      for statement in PartitionSchema.index { try connection.execute(statement) }
      var random = RandomIndex(seed: 4)
      _ = try fill(&random, .merged, connection)
      let source = try #require(
        try PostingSource(connection, deadline: Deadline(after: .zero)))
      let error = #expect(throws: StoreError.self) {
        try PostingQuery(.facet(Facet.every), in: 0...(.max), source)?.count()
      }
      #expect(error?.code == .limit)
    }
  }
}
