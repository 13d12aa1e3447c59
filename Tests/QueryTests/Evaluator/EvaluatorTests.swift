// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

@testable import Query

@Suite("Evaluator")
struct EvaluatorTests {
  @Test("finds words, prefixes and phrases, each in one segment")
  func texts() throws {
    let item = TestItem(body: "Learning about the Advanced Search", "web part")
    for found in ["advanced", "SEARCH", "advanced search", "lear*", "advanced sear*", "web*"] {
      #expect(try Evaluator(text(found)).matches(item), "\(found)")
    }
    for absent in ["search advanced", "advanced sear", "search web", "earn*", "advance", "part x"] {
      #expect(try !Evaluator(text(absent)).matches(item), "\(absent)")
    }
  }

  @Test("looks for words in body, title, file names and file texts, and nowhere else")
  func fullText() throws {
    for property in Property.allCases {
      let item = TestItem()
      item.texts[property] = ["needle"]
      item.words[property] = ["needle"]
      item.people[property] = [ItemIdentity(custodian: "needle", names: ["needle"])]
      let isFullText = [.body, .title, .attachment].contains(property)
      #expect(try Evaluator(text("needle")).matches(item) == isFullText, "\(property)")
      #expect(try Evaluator(text("needle", in: .property(property))).matches(item))
    }
    let item = TestItem()
    item.files = ["needle"]
    #expect(try Evaluator(text("needle")).matches(item))
    #expect(try !Evaluator(text("needle", in: .property(.body))).matches(item))
  }

  @Test("combines by AND, OR and NOT")
  func boolean() throws {
    let words = ["a", "b", "c"]
    for bits in 0..<8 {
      let present = words.enumerated().filter { bits & 1 << $0.offset != 0 }.map(\.element)
      let item = TestItem(body: present.joined(separator: " "))
      let (a, b, c) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0)
      #expect(try Evaluator(.all).matches(item))
      #expect(
        try Evaluator(.and([text("a"), .or([text("b"), .not(text("c"))])])).matches(item)
          == (a && (b || !c)))
      #expect(
        try Evaluator(.not(.or([text("a"), .and([text("b"), text("c")])]))).matches(item)
          == !(a || (b && c)))
    }
  }

  @Test("asks only for what it needs, cheap values first, each field once")
  func laziness() throws {
    let item = TestItem(body: "cat dog")
    item.words[.kind] = ["prompt"]
    let kind = PropertyRestriction(
      property: .kind, condition: .keyword("response", isPrefix: false))
    #expect(try !Evaluator(.and([text("cat"), .restriction(kind)])).matches(item))
    #expect(item.requests == ["kind"])
    item.requests = []
    #expect(try Evaluator(.or([text("cat"), text("fox")])).matches(item))
    #expect(item.requests == ["title", "attachment", "body"])
    item.requests = []
    #expect(try Evaluator(.and([text("cat"), text("dog"), .not(text("fox"))])).matches(item))
    #expect(item.requests == ["title", "attachment", "body", "files"])
  }

  @Test("compares whole texts after folding")
  func wholeText() throws {
    let item = TestItem()
    item.texts[.title] = ["  Ádvanced\u{A0} ＳＥＡＲＣＨ: “x”\n"]
    func matches(_ value: String, isPrefix: Bool = false) throws -> Bool {
      try Evaluator(restriction(.title, .wholeText(value, isPrefix: isPrefix))).matches(item)
    }
    #expect(try matches("advanced search: \"x\""))
    #expect(try matches("Advanced Search: “x”"))
    #expect(try !matches("advanced search"))
    #expect(try !matches("advanced search x"))
    #expect(try matches("advanced sea", isPrefix: true))
    #expect(try !matches("search", isPrefix: true))
  }

  @Test("compares keywords whole or by their beginning")
  func keywords() throws {
    let item = TestItem()
    item.words[.model] = ["claude-opus-4", "claude-haiku"]
    #expect(
      try Evaluator(restriction(.model, .keyword("claude-haiku", isPrefix: false))).matches(item))
    #expect(try !Evaluator(restriction(.model, .keyword("claude", isPrefix: false))).matches(item))
    #expect(try Evaluator(restriction(.model, .keyword("claude-o", isPrefix: true))).matches(item))
    #expect(try !Evaluator(restriction(.model, .keyword("opus", isPrefix: true))).matches(item))
  }

  @Test("compares counts and confidence of sensitive types")
  func sensitiveTypes() throws {
    let item = TestItem()
    // Two instances are certain, three are not.
    item.words[.sensitivetype] = [
      "credit card number|3|65", "credit card number|2|85", "ip address|1|65",
    ]
    let cases: [(String, Bool)] = [
      ("credit card number", true), ("credit card", false), ("ip address", true),
      ("private key", false), ("credit card number|5..5|1..", true),
      ("credit card number|6..|1..", false), ("credit card number|1..5|85..100", true),
      ("credit card number|2..2|85..", true), ("credit card number|3..|85..", false),
      ("credit card number|3..3|65..65", true), ("credit card number|1..|66..84", false),
      ("credit card number|1..|86..100", false), ("ip address|1..1|1..", true),
      ("ip address|2..|1..", false),
    ]
    for (value, expected) in cases {
      #expect(
        try Evaluator(restriction(.sensitivetype, .keyword(value, isPrefix: false)))
          .matches(item) == expected, "\(value)")
    }
  }

  @Test("takes time as half-open, numbers as inclusive, booleans as they are")
  func values() throws {
    let item = TestItem()
    item.times[.sent] = Instant(ticks: 10)
    item.integers[.size] = 100
    item.booleans[.edited] = false
    func time(_ since: Int64?, _ before: Int64?) throws -> Bool {
      let interval = TimeInterval(
        since: since.map { Instant(ticks: $0) }, before: before.map { Instant(ticks: $0) })
      return try Evaluator(restriction(.sent, .time(interval))).matches(item)
    }
    #expect(try time(10, 11))
    #expect(try time(nil, 11))
    #expect(try time(10, nil))
    #expect(try !time(9, 10))
    #expect(try !time(11, nil))
    func size(_ lower: Int64?, _ upper: Int64?) throws -> Bool {
      try Evaluator(restriction(.size, .integer(lower: lower, upper: upper))).matches(item)
    }
    #expect(try size(100, 100))
    #expect(try size(nil, 100))
    #expect(try size(100, nil))
    #expect(try !size(101, nil))
    #expect(try !size(nil, 99))
    #expect(try Evaluator(restriction(.edited, .boolean(false))).matches(item))
    #expect(try !Evaluator(restriction(.edited, .boolean(true))).matches(item))
    let empty = TestItem()
    #expect(try !Evaluator(restriction(.sent, .time(TimeInterval()))).matches(empty))
    #expect(try !Evaluator(restriction(.size, .integer(lower: nil, upper: nil))).matches(empty))
    #expect(try !Evaluator(restriction(.edited, .boolean(false))).matches(empty))
  }

  @Test("knows of every property whether it has a value", arguments: Property.allCases)
  func exists(_ property: Property) throws {
    let node = restriction(property, .exists)
    let item = TestItem()
    item.texts[.body] = nil
    item.texts[property] = ["  \u{200B}"]
    #expect(try !Evaluator(node).matches(item))
    item.texts[property] = ["x"]
    item.words[property] = ["x"]
    item.people[property] = [ItemIdentity(custodian: nil, names: ["x"])]
    item.times[property] = Instant(ticks: 0)
    item.integers[property] = 0
    item.booleans[property] = false
    #expect(try Evaluator(node).matches(item))
  }

  private func restriction(
    _ property: Property, _ condition: PropertyRestriction.Condition
  ) -> QueryNode {
    .restriction(PropertyRestriction(property: property, condition: condition))
  }
}
