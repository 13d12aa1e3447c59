// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Query

@Suite("Proximity")
struct EvaluatorProximityTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var proximity: Proximity
    var matching: [String]
    var others: [String] = []

    var testDescription: String { name }
  }

  private static let animals = ["cat", "dog", "fox", "wolf"].map(operand)
  private static let wolfText = "The picture shows a cat, a dog, a fox, and a wolf."
  private static let wolfTextLonger = "The picture shows a cat with a dog, a fox, and a wolf."

  /// The rows of query-language section 12.3.
  static let rows: [Case] = [
    Case(
      name: "60", proximity: near(8, operand("acquisition"), operand("debt")),
      matching: [
        "debt 1 2 3 4 5 6 7 8 acquisition", "acquisition 1 2 3 4 5 6 7 8 debt", "debt acquisition",
      ],
      others: ["debt 1 2 3 4 5 6 7 8 9 acquisition", "debt", "acquisition"]),
    Case(
      name: "61, 62", proximity: near(3, operand("acquisition"), operand("debt")),
      matching: ["acquisition of the firm debt"], others: ["acquisition of the whole firm debt"]),
    Case(
      name: "63",
      proximity: near(3, isOrdered: true, operand("acquisition"), operand("debt")),
      matching: ["acquisition debt", "debt acquisition debt"], others: ["debt acquisition"]),
    Case(
      name: "64", proximity: near(5, operand("best"), operand("worst")),
      matching: ["best 1 2 3 4 5 worst", "worst 1 2 3 4 5 best"],
      others: ["best 1 2 3 4 5 6 worst"]),
    Case(
      name: "65, 66", proximity: Proximity(distance: 4, isOrdered: false, operands: animals),
      matching: [wolfText], others: [wolfTextLonger]),
    Case(
      name: "67", proximity: Proximity(distance: 5, isOrdered: false, operands: animals),
      matching: [wolfText, wolfTextLonger]),
    Case(
      name: "68", proximity: near(4, isOrdered: true, operand("cat"), operand("dog")),
      matching: ["dogs and a cat dog"], others: ["dog cat", "dog 1 cat 2 3 4 5 6 dog"]),
    Case(
      name: "69", proximity: near(2, operand("acquisition plan"), operand("debt")),
      matching: ["acquisition plan and the debt", "debt 1 2 acquisition plan"],
      others: ["acquisition plan and then the debt", "plan acquisition debt"]),
    Case(
      name: "70", proximity: near(8, operand("cat"), operand("cat")), matching: ["one cat"],
      others: ["dog"]),
    Case(
      name: "71", proximity: near(2, .any([operand("cat"), operand("kitten")]), operand("food")),
      matching: ["kitten 1 2 food", "food cat"], others: ["kitten 1 2 3 food", "cat kitten"]),
    Case(
      name: "72", proximity: near(0, operand("cat"), operand("dog")),
      matching: ["cat dog", "dog cat"], others: ["cat 1 dog"]),
  ]

  /// The points that section 15 decides, and what follows from section 6.5.
  static let rules: [Case] = [
    Case(
      name: "a further hit of an operand is no foreign token",
      proximity: near(1, operand("a"), operand("b"), operand("c")),
      matching: ["a b a b 1 c", "a a a b 1 a c"], others: ["a 1 b 2 c"]),
    Case(
      name: "a hit that reaches out of the segment leaves its tokens foreign",
      proximity: near(0, operand("a"), .any([operand("b"), operand("m b x")])),
      matching: ["a m b x", "a b"], others: ["a m b y", "a m 1 b x"]),
    Case(
      name: "a wider segment may fit where a narrower one does not",
      proximity: near(0, operand("a"), .any([operand("b"), operand("m b x")])),
      matching: ["a m b x"]),
    Case(
      name: "a shared token allows one more foreign token",
      proximity: near(1, operand("x y"), operand("y z"), operand("q")),
      matching: ["x y z 1 2 q"], others: ["x y z 1 2 3 q"]),
    Case(
      name: "ONEAR may start on the token where the last operand ended",
      proximity: near(0, isOrdered: true, operand("a b"), operand("b c")),
      matching: ["a b c", "a b b c"], others: ["b c a b"]),
    Case(
      name: "ONEAR may not start before the last token of the operand before it",
      proximity: near(9, isOrdered: true, operand("a b c"), operand("b c d")),
      matching: ["a b c b c d"], others: ["a b c d"]),
    Case(
      name: "a word near itself in order is one word",
      proximity: near(0, isOrdered: true, operand("a"), operand("a")), matching: ["x a y"]),
    Case(
      name: "a parenthesised NEAR is one block",
      proximity: near(0, .near(near(2, operand("a"), operand("b"))), operand("c")),
      matching: ["a 1 2 b c", "c b 1 2 a"], others: ["a 1 2 b 3 c", "a 1 2 3 b c", "a b"]),
    Case(
      name: "a parenthesised ONEAR keeps its order",
      proximity: near(
        0, isOrdered: true, .near(near(1, isOrdered: true, operand("a"), operand("b"))),
        operand("c")),
      matching: ["a 1 b c"], others: ["b a c", "c a b"]),
    Case(
      name: "prefixes are operands", proximity: near(1, operand("acqui*"), operand("debt")),
      matching: ["acquired the debt", "debt acquisition"], others: ["acquit 1 2 debt"]),
  ]

  @Test("follows the specification's rows and rules", arguments: rows + rules)
  func follows(_ example: Case) throws {
    let evaluator = Evaluator(.near(example.proximity, in: .fullText))
    for text in example.matching {
      #expect(try evaluator.matches(TestItem(body: text)), "\(text)")
    }
    for text in example.others {
      #expect(try !evaluator.matches(TestItem(body: text)), "\(text)")
    }
  }

  @Test("never crosses from one segment or field into another")
  func segments() throws {
    let evaluator = Evaluator(.near(near(100, operand("cat"), operand("dog")), in: .fullText))
    let item = TestItem(body: "a cat", "a dog")
    item.texts[.title] = ["dog"]
    item.files = ["dog", "dog"]
    #expect(try !evaluator.matches(item))
    #expect(try !evaluator.matches(TestItem(body: "a cat \u{10FFFF} a dog")))
    item.files = ["cat or dog"]
    #expect(try evaluator.matches(item))
  }

  @Test("agrees with a brute-force reading of the rules on random texts", arguments: 0..<8)
  func bruteForce(_ seed: Int) throws {
    var generator = SeededGenerator(state: UInt64(seed))
    var found = 0
    for _ in 0..<400 {
      let proximity = randomProximity(depth: 1, &generator)
      let tokens = (0..<Int.random(in: 1...9, using: &generator)).map { _ in
        ["a", "b", "c", "ab", "x", "y"].randomElement(using: &generator) ?? "x"
      }
      let expected = !ProximityModel(tokens: tokens).segments(of: proximity).isEmpty
      let actual = try Evaluator(.near(proximity, in: .property(.body)))
        .matches(TestItem(body: tokens.joined(separator: " ")))
      #expect(actual == expected, "\(proximity) on \(tokens)")
      found += expected ? 1 : 0
    }
    // Neither answer is rare, so that the comparison means something.
    #expect((40...360).contains(found))
  }

  @Test("gives all fitting segments, so that an outer NEAR sees each", arguments: 0..<4)
  func allSegments(_ seed: Int) throws {
    var generator = SeededGenerator(state: UInt64(100 + seed))
    for _ in 0..<300 {
      let proximity = randomProximity(depth: 1, &generator)
      let tokens = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
        ["a", "b", "c", "ab", "x"].randomElement(using: &generator) ?? "x"
      }
      let expected = ProximityModel(tokens: tokens).segments(of: proximity)
      let line = tokens.joined(separator: " ")
      for text in TokenizedText.segments(of: line.utf8Span.span) {
        let actual = try ProximityMatcher(proximity).segments(in: text)
        #expect(actual == expected.sorted(by: ProximityMatcher.precedes))
      }
    }
  }

  @Test("grows with the distance; NEAR is symmetric; ONEAR implies NEAR")
  func monotone() throws {
    var generator = SeededGenerator(state: 7)
    for _ in 0..<200 {
      let tokens = (0..<10).map { _ in
        ["a", "b", "x", "y"].randomElement(using: &generator) ?? "x"
      }
      let item = TestItem(body: tokens.joined(separator: " "))
      var previous = false
      for distance in 0...8 {
        func matches(_ first: String, _ second: String, isOrdered: Bool) throws -> Bool {
          let proximity = near(distance, isOrdered: isOrdered, operand(first), operand(second))
          return try Evaluator(.near(proximity, in: .fullText)).matches(item)
        }
        let now = try matches("a", "b", isOrdered: false)
        #expect(now || !previous)
        #expect(try matches("b", "a", isOrdered: false) == now)
        #expect(
          try (matches("a", "b", isOrdered: true) || matches("b", "a", isOrdered: true)) == now)
        previous = now
      }
    }
  }

  @Test("stays quick where words repeat without end")
  func dense() throws {
    let body =
      String(repeating: "a ", count: 2000) + "1 2 3 4 " + String(repeating: "b ", count: 2000)
    let item = TestItem(body: body)
    #expect(
      try !Evaluator(.near(near(3, operand("a"), operand("b")), in: .fullText)).matches(item))
    #expect(try Evaluator(.near(near(4, operand("a"), operand("b")), in: .fullText)).matches(item))
    let same = near(1, operand("a"), operand("a"), operand("a"), operand("b"))
    #expect(try !Evaluator(.near(same, in: .fullText)).matches(item))
  }

  private func randomProximity(depth: Int, _ generator: inout SeededGenerator) -> Proximity {
    let count = Int.random(in: 2...3, using: &generator)
    let operands = (0..<count).map { _ in randomOperand(depth: depth, &generator) }
    return Proximity(
      distance: Int.random(in: 0...3, using: &generator),
      isOrdered: Bool.random(using: &generator), operands: operands)
  }

  private func randomOperand(depth: Int, _ generator: inout SeededGenerator) -> ProximityOperand {
    switch Int.random(in: 0..<8, using: &generator) {
    case 0 where depth > 0: return .near(randomProximity(depth: depth - 1, &generator))
    case 1, 2:
      return .any([
        randomOperand(depth: 0, &generator), randomOperand(depth: 0, &generator),
      ])
    default:
      let words = ["a", "b", "c", "a*", "a b", "b c", "b a*", "a x b"]
      return operand(words.randomElement(using: &generator) ?? "a")
    }
  }
}

/// Sections 6.5 and 15 word by word: every choice of hits is tried.
private struct ProximityModel {
  var tokens: [String]

  func segments(of proximity: Proximity) -> Set<Range<Int>> {
    let hits = proximity.operands.map(hits)
    var segments: Set<Range<Int>> = []
    for choice in choices(hits[...]) where fits(choice, proximity, all: hits.flatMap(\.self)) {
      if let segment = cover(choice) { segments.insert(segment) }
    }
    return segments
  }

  private func cover(_ choice: [Range<Int>]) -> Range<Int>? {
    guard let start = choice.map(\.lowerBound).min(), let end = choice.map(\.upperBound).max()
    else { return nil }
    return start..<end
  }

  private func fits(_ choice: [Range<Int>], _ proximity: Proximity, all: [Range<Int>]) -> Bool {
    guard let segment = cover(choice) else { return false }
    if proximity.isOrdered {
      for (first, second) in zip(choice, choice.dropFirst())
      where second.lowerBound < first.upperBound - 1 { return false }
    }
    let inside = all.filter {
      segment.lowerBound <= $0.lowerBound && $0.upperBound <= segment.upperBound
    }
    let foreign = segment.count { token in !inside.contains { $0.contains(token) } }
    let shared = segment.count { token in choice.count { $0.contains(token) } > 1 }
    return foreign <= proximity.distance + shared
  }

  private func choices(_ hits: ArraySlice<[Range<Int>]>) -> [[Range<Int>]] {
    guard let first = hits.first else { return [[]] }
    let rest = choices(hits.dropFirst())
    return first.flatMap { hit in rest.map { [hit] + $0 } }
  }

  private func hits(_ operand: ProximityOperand) -> [Range<Int>] {
    switch operand {
    case .any(let operands): return operands.flatMap(hits)
    case .near(let proximity): return Array(segments(of: proximity))
    case .match(let match):
      return tokens.indices.filter { start in
        guard start + match.tokens.count <= tokens.count else { return false }
        for (offset, wanted) in match.tokens.enumerated() {
          let isPrefix = match.lastIsPrefix && offset == match.tokens.count - 1
          let token = tokens[start + offset]
          guard isPrefix ? token.hasPrefix(wanted) : token == wanted else { return false }
        }
        return true
      }.map { $0..<($0 + match.tokens.count) }
    }
  }
}
