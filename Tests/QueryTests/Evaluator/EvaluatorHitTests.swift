// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Query

@Suite("Hits to mark")
struct EvaluatorHitTests {
  private func marked(
    _ node: QueryNode, _ source: String, of property: Property? = .body
  ) throws -> [String] {
    let bytes = Array(source.utf8)
    return try HitFinder(node).hits(in: bytes.span, of: property)
      .map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  @Test("are the words as written, phrases whole")
  func words() throws {
    let source = "L’Été: the Advanced, SEARCH — don’t search"
    #expect(try marked(text("search"), source) == ["SEARCH", "search"])
    #expect(try marked(text("advanced search"), source) == ["Advanced, SEARCH"])
    #expect(try marked(text("dont"), source) == ["don’t"])
    #expect(try marked(text("lete"), source) == ["L’Été"])
    #expect(try marked(text("sea*"), source) == ["SEARCH", "search"])
  }

  @Test("leave out what a NOT excludes, and restrictions")
  func negation() throws {
    let node = QueryNode.and([text("cat"), .not(.or([text("dog"), .not(text("fox"))]))])
    #expect(try marked(node, "cat dog fox") == ["cat", "fox"])
    #expect(HitFinder(.not(text("cat"))).isEmpty)
    #expect(HitFinder(.all).isEmpty)
  }

  @Test("keep to the fields the query names")
  func scopes() throws {
    let node = QueryNode.or([text("cat"), text("dog", in: .property(.title))])
    #expect(try marked(node, "cat dog", of: .body) == ["cat"])
    #expect(try marked(node, "cat dog", of: .title) == ["cat", "dog"])
    #expect(try marked(node, "cat dog", of: nil) == ["cat"])
    #expect(try marked(node, "cat dog", of: .project).isEmpty)
  }

  @Test("of a NEAR are the operands' words in a fitting segment")
  func proximity() throws {
    let node = QueryNode.near(near(1, operand("cat"), operand("dog")), in: .fullText)
    #expect(try marked(node, "cat 1 2 3 cat and dog 4 5 6 dog") == ["cat", "dog"])
    #expect(try marked(node, "cat \u{10FFFF} dog").isEmpty)
    let nested = QueryNode.near(
      near(0, .near(near(1, operand("a"), operand("b"))), operand("c")), in: .fullText)
    #expect(try marked(nested, "a 1 b c") == ["a", "b", "c"])
  }

  @Test("join where they overlap, and cut no pictograph or accent")
  func ranges() throws {
    let node = QueryNode.or([text("a b"), text("b c"), text("👍"), text("ete")])
    #expect(try marked(node, "a b c") == ["a b c"])
    #expect(try marked(node, "x👍🏽y e\u{301}te\u{301}") == ["👍🏽", "e\u{301}te\u{301}"])
  }
}
