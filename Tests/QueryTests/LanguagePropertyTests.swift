// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

@testable import Query

@Suite("Properties of the query language")
struct LanguagePropertyTests {
  private static let soup = [
    "cat", "dog", "федор", "中文", "👍🏽", "don't", "\"big cat\"", "\"", "\"\"", "AND", "OR", "NOT",
    "NEAR",
    "ONEAR", "NEAR(3)", "ONEAR(n=2)", "NEAR(-1)", "ALL(", "ANY(a b)", "NONE(", "WORDS(tv, radio)",
    "XRANK(cb=1)", "(", ")", "((", "))", "+", "-", "--", " - ", "*", "cat*", "*at", "c?t", "cat!",
    "cat.*", "title:", "title:x", "title=\"a b\"", "title:(a b)", "from:ann", "from:\"Ann Lee\"",
    "from=ann@x.com", "from:x.com", "from:*.x.com", "from:\"ann@x*\"", "size>100", "size:1..5",
    "size<>7", "size:5..1", "sent:2025-01-01", "sent<today", "sent:\"last month\"",
    "sent:last month",
    "sent:2025..", "kind:interaction", "kind:docs", "kind:zzz", "prompt:x", "response:(a OR b)",
    "project:*", "hasattachment:true", "model:claude*", "conversation:\"a b*\"", "foo:bar",
    "Note: x",
    ": ", "author :x", "(c:c)", "(c:s)", "w/5", "/s", "%", "…", "“", "”", "–x", "ＡＢ", "＂",
    "sensitivetype:\"IP Address|1..\"", "importance:high", "http://a.b/c", "\u{200B}", "\u{0}",
    "a\u{301}", "=", "<>", "..", "title:a..b", "title=\"﹡x\"", "title=\"50*\"", "cc:x", "..*",
  ]

  private static let people = [
    DirectoryPerson(
      id: "cust_1", name: "Ann Lee", identities: ["ann@x.com", "Ann", "ann.lee@Y.org"]),
    DirectoryPerson(id: "cust_2", name: "Ann Lee", identities: ["ann@z.com", "U2"]),
  ]

  private func soups(seed: UInt64, count: Int) -> [String] {
    var generator = SeededGenerator(state: seed)
    return (0..<count).map { _ in
      (0..<Int.random(in: 1...9, using: &generator)).map { _ in
        (Self.soup.randomElement(using: &generator) ?? "")
          + (Int.random(in: 0..<4, using: &generator) > 0 ? " " : "")
      }.joined()
    }
  }

  private func check(_ query: CompiledQuery) {
    let count = query.text.utf8.count
    #expect((query.node == nil) == !query.errors.isEmpty, "\(query.text.debugDescription)")
    #expect((query.node == nil) == (query.normalForm == nil))
    #expect((query.node == nil) == query.rows.isEmpty, "\(query.text.debugDescription)")
    var last = 0
    for diagnostic in query.diagnostics {
      #expect(diagnostic.start >= last)
      #expect(diagnostic.start <= diagnostic.end)
      #expect(diagnostic.end <= count)
      #expect(diagnostic.characters.upperBound <= query.text.unicodeScalars.count)
      #expect(!diagnostic.message.isEmpty)
      last = diagnostic.start
      let excerpt = DiagnosticExcerpt(of: diagnostic, in: query.text) { $0 }
      #expect(excerpt.caretWidth > 0)
    }
  }

  @Test("gives a tree or an error with its place for any mix of its parts", arguments: 1...8)
  func survivesSoup(seed: UInt64) {
    for text in soups(seed: seed, count: 400) {
      for dialect in QueryDialect.allCases {
        check(compiled(text, languageOptions(dialect), people: Self.people))
        var strict = languageOptions(dialect)
        strict.isStrict = true
        let query = compiled(text, strict, people: Self.people)
        check(query)
        #expect(query.diagnostics.allSatisfy { $0.severity == .error })
      }
    }
  }

  @Test("gives a tree or an error for any bytes", arguments: 1...4)
  func survivesBytes(seed: UInt64) {
    var generator = SeededGenerator(state: seed)
    for _ in 0..<400 {
      let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      check(compiled(String(decoding: bytes, as: UTF8.self)))
      let scalars = (0..<Int.random(in: 0...40, using: &generator)).compactMap { _ in
        Unicode.Scalar(UInt32.random(in: 0...0x1FFFF, using: &generator))
      }
      check(compiled(String(String.UnicodeScalarView(scalars))))
    }
  }

  @Test("normalises a normal form to itself", arguments: 11...18)
  func isIdempotent(seed: UInt64) {
    for text in soups(seed: seed, count: 600) {
      for dialect in QueryDialect.allCases {
        let query = compiled(text, languageOptions(dialect), people: Self.people)
        guard let normalForm = query.normalForm else { continue }
        let again = compiled(normalForm, people: Self.people)
        #expect(again.normalForm == normalForm, "\(text.debugDescription)")
        #expect(again.errors.isEmpty, "\(normalForm)")
      }
    }
  }

  @Test("selects with a normal form what the query selects", arguments: 21...24)
  func keepsMeaning(seed: UInt64) throws {
    var generator = SeededGenerator(state: seed)
    let items = (0..<60).map { _ in Self.item(using: &generator) }
    var matchCount = 0
    for _ in 0..<120 {
      let text = Self.expression(depth: 3, using: &generator)
      for dialect in QueryDialect.allCases {
        let query = compiled(text, languageOptions(dialect), people: Self.people)
        guard let node = query.node, let normalForm = query.normalForm else { continue }
        let again = try #require(compiled(normalForm, people: Self.people).node)
        let evaluator = Evaluator(node)
        let other = Evaluator(again)
        let rows = query.rows.map { Evaluator($0.node) }
        for item in items {
          let matches = try evaluator.matches(item)
          matchCount += matches ? 1 : 0
          #expect(try other.matches(item) == matches, "\(text.debugDescription) → \(normalForm)")
          // The rows of a hit report make up the whole.
          let isInRow = try rows.contains { try $0.matches(item) }
          #expect(isInRow == matches, "\(text.debugDescription)")
        }
        // Over whole conversations as well.
        for start in stride(from: 0, to: items.count, by: 4) {
          var answers: [ConversationAnswer] = []
          for node in [node, again] {
            var conversation = ConversationEvaluator(node)
            for item in items[start..<start + 4] { conversation.take(item, obstacle: nil) }
            answers.append(conversation.answer)
          }
          #expect(answers[0] == answers[1], "\(text.debugDescription) → \(normalForm)")
        }
      }
    }
    #expect(matchCount > 2_000)
  }

  /// A query that is meant to be valid.
  private static func expression(
    depth: Int, using generator: inout SeededGenerator
  ) -> String {
    let operands = [
      "cat", "dog", "\"big cat\"", "a", "b", "中", "ann", "cat*", "title:x", "title=\"a b\"",
      "title:(a OR b)", "title:(a -b)", "from:ann", "from:\"Ann Lee\"", "from=ann@x.com",
      "from:x.com", "from:*.x.com", "from:\"ann@x*\"", "from:(ann OR u2)", "size>3", "size:1..5",
      "size<>7", "sent:\"last month\"", "sent<2025-01-01", "sent:2025", "kind:interaction",
      "kind:docs", "kind:(prompt OR memory)", "prompt:a", "response:(a OR b)", "project:*",
      "hasattachment:true", "model:claude*", "a NEAR(1) b", "a ONEAR(2) (b OR x)",
      "title:(a NEAR(1) b)", "ALL(a b)", "NONE(cat dog)", "WORDS(tv, dont)", "size<2 size>5",
      "\"and\"", "(kind:prompt)(kind:response)",
    ]
    guard depth > 0, Int.random(in: 0..<5, using: &generator) > 0 else {
      return operands.randomElement(using: &generator) ?? ""
    }
    let left = expression(depth: depth - 1, using: &generator)
    let right = expression(depth: depth - 1, using: &generator)
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: return left + " " + right
    case 1: return left + " AND " + right
    case 2: return left + " OR " + right
    case 3: return left + " NOT " + right
    case 4: return "(" + left + ") (" + right + ")"
    case 5: return "(" + left + ") OR (" + right + ")"
    case 6: return "NOT (" + left + ")"
    default: return "(" + left + ") -(" + right + ")"
    }
  }

  private static func item(using generator: inout SeededGenerator) -> TestItem {
    let words = ["cat", "dog", "big", "a", "b", "x", "tv", "dont", "中", "文", "ann", "and", "note"]
    func text(_ generator: inout SeededGenerator) -> String {
      (0..<Int.random(in: 0...6, using: &generator)).map { _ in
        words.randomElement(using: &generator) ?? ""
      }.joined(separator: " ")
    }
    let names = ["ann@x.com", "Ann Lee", "u2", "eve@y.x.com", "annie", "ann@z.com", "x.com"]
    let item = TestItem(body: text(&generator), text(&generator))
    item.texts[.title] = [text(&generator)]
    if Bool.random(using: &generator) { item.texts[.project] = ["x"] }
    item.words[.kind] = [PropertyTable.kinds.randomElement(using: &generator) ?? ""]
    if Bool.random(using: &generator) { item.words[.model] = ["claude-opus-4"] }
    item.people[.from] = [
      ItemIdentity(
        custodian: ["cust_1", "cust_2", nil].randomElement(using: &generator) ?? nil,
        names: [names.randomElement(using: &generator) ?? ""])
    ]
    let age = Int64.random(in: 0..<400, using: &generator)
    item.times[.sent] = Instant(ticks: languageClock.ticks - age * Instant.ticksPerDay)
    item.integers[.size] = [1, 3, 7, 101].randomElement(using: &generator)
    item.booleans[.hasattachment] = Bool.random(using: &generator)
    return item
  }

  @Test(
    "reads hostile text of full length in time",
    arguments: [
      "(", "a OR ", "\"", ":", "a NEAR ", "NOT ", "-", "a:", "a=", "%", "* ", "title:(", "a\u{301}",
      "\u{301}", "WORDS(", "sent:", "..", ") ", "(c:s)", "\"\" ", "from:a@b.c ", "title:a..b ",
      "<>",
      "x ", "＂", "\u{200D}", "👍\u{200D}", "ALL(a ", "a XRANK(", "+a ", "a*", "--x ",
    ])
  func isLinear(part: String) {
    let count = 20_480 / part.unicodeScalars.count
    let text = String(repeating: part, count: count)
    let clock = ContinuousClock()
    let elapsed = clock.measure { check(compiled(text)) }
    // Generous for a debug build on a busy machine; a quadratic reading takes far longer.
    #expect(elapsed < .seconds(4), "\(part.debugDescription)")
  }

  @Test("reads every normal form again that it writes, whatever its length and depth")
  func readsRecorded() throws {
    var options = languageOptions()
    options.isRecorded = true
    let not = String(repeating: "NOT ", count: 100)
    let group =
      String(repeating: "-(x ", count: 99) + "-prompt:a" + String(repeating: ")", count: 99)
    let people = (0..<40).map { number in
      DirectoryPerson(
        id: "cust_\(number)", name: "Person \(number)",
        identities: (0..<20).map { "alias\($0).of.person\(number)@example.org" })
    }
    let list = (0..<40).map { "from:alias0.of.person\($0)@example.org" }.joined(separator: " OR ")
    for text in [not + "a", group, list] {
      let query = compiled(text, people: people)
      let normalForm = try #require(query.normalForm)
      let again = compiled(normalForm, options, people: people)
      #expect(again.normalForm == normalForm)
      // As something that is typed it is too long or too deep.
      #expect(!compiled(normalForm, people: people).errors.isEmpty)
    }
  }

  @Test("stops at its limits")
  func stopsAtLimits() {
    #expect(compiled(String(repeating: "a", count: 20_481)).errorCodes == ["E010"])
    #expect(compiled(String(repeating: "a", count: 20_480)).errors.isEmpty)
    let nested = String(repeating: "(", count: 100) + "a" + String(repeating: ")", count: 100)
    #expect(compiled(nested).normalForm == "a")
    #expect(compiled("(" + nested + ")").errorCodes == ["E011"])
    #expect(compiled(String(repeating: "NOT ", count: 100) + "a").errors.isEmpty)
    #expect(compiled(String(repeating: "NOT ", count: 101) + "a").errorCodes == ["E011"])
    #expect(compiled(String(repeating: "a ", count: 2_000)).errors.isEmpty)
    #expect(compiled(String(repeating: "a ", count: 2_001)).errorCodes == ["E012"])
    let long = String(repeating: "a", count: 2_048 - 6)
    #expect(compiled("title:" + long).errors.isEmpty)
    #expect(compiled("title:a" + long).errorCodes == ["E306"])
    // An interval is one condition, as it is written and as its normal form is: some time lies in it.
    for text in ["sent:2024", "sent>=2024-01-01 AND sent<2025-01-01", "NOT sent:2024"] {
      let query = compiled(text)
      let again = compiled(query.normalForm ?? "")
      #expect(query.node == again.node, "\(text)")
      if let node = again.node { #expect(ConversationEvaluator(node).leaves.count == 1) }
    }
    #expect(
      compiled("sent<2024-01-01 AND sent>=2025-01-01").node.map {
        ConversationEvaluator($0).leaves.count
      } == 2)
    #expect(compiled("from:\"山田*\"").errors.isEmpty)
    #expect(compiled("custodian:김*").errors.isEmpty)
    #expect(compiled("custodian:ab*").errorCodes == ["E404"])
    #expect(
      compiled("WORDS(\"tv\",\"television\",tv,\"big screen\")").normalForm
        == compiled("WORDS(\"tv\", \"television\", tv, \"big screen\")").normalForm)
    #expect(compiled("WORDS(\"tv\",\"television\")").errors.isEmpty)
    #expect(compiled("sent>=2025-01-01 .env").errors.isEmpty)
    #expect(compiled("size>1000 .docx").errors.isEmpty)
    #expect(compiled("size:1 ..3").errorCodes == ["E307"])
    #expect(compiled("size:1. .3").errorCodes == ["E307"])
    for text in [
      "size:\"100\"*", "sent:\"2025\"*", "sensitivetype:\"IP Address\"*", "hasattachment:\"true\"*",
    ] {
      #expect(!compiled(text).errors.isEmpty, "\(text)")
    }
    // A ligature of marks is no letter once it is folded.
    #expect(compiled("title=%0\u{FC61}x*").errorCodes == ["E404"])
    #expect(compiled("title=%0\u{FC61}xy*").errors.isEmpty)
    #expect(compiled("a NEAR(10000) b").errors.isEmpty)
    #expect(compiled("a NEAR(10001) b").errorCodes == ["E505"])
    #expect(compiled("a NEAR(99999999999999999999) b").errorCodes == ["E505"])
  }
}
