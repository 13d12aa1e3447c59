// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Query

@Suite("Properties of the tokenizer")
struct TokensPropertyTests {
  /// Characters of every class, and ranges in which most scalars are something.
  private static let pool: [ClosedRange<UInt32>] = [
    0x20...0x7E, 0xA0...0x24F, 0x300...0x36F, 0x370...0x52F, 0x591...0x6FF, 0x900...0x9FF,
    0xDCA...0xDDF, 0xE00...0xEFF, 0x1100...0x11FF, 0x1780...0x17F9, 0x1E00...0x1FFF,
    0x2000...0x20FF, 0x2100...0x21FF, 0x2460...0x27BF, 0x3000...0x318F, 0x4E00...0x4E20,
    0xAC00...0xAC40, 0xFB00...0xFB4F, 0xFE00...0xFEFF, 0xFF00...0xFFEF, 0x1D400...0x1D4FF,
    0x1F1E6...0x1F1FF, 0x1F3F0...0x1F450, 0x11080...0x110C0,
  ]

  private static func randomText(_ generator: inout SeededGenerator) -> String {
    var scalars = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 1...12, using: &generator) {
      let range = pool[Int.random(in: 0..<pool.count, using: &generator)]
      scalars.append(
        contentsOf: Unicode.Scalar(UInt32.random(in: range, using: &generator)).map { [$0] } ?? [])
    }
    return String(scalars)
  }

  private func scalars(_ tokens: [String]) -> [[Unicode.Scalar]] {
    tokens.map { Array($0.unicodeScalars) }
  }

  @Test("every token of a random text is found, by itself, its prefix and with its neighbour")
  func found() throws {
    var generator = SeededGenerator(state: 1)
    for _ in 0..<2000 {
      let source = Self.randomText(&generator)
      let tokens = Tokenizer.tokens(of: source)
      // Cut again a token is itself.
      for token in tokens {
        #expect(
          scalars(Tokenizer.tokens(of: token)) == scalars([token]), "\(source.debugDescription)")
      }
      let item = TestItem(body: source)
      for (index, token) in tokens.enumerated() {
        let following = tokens[index...].prefix(2).map(\.self)
        let cut = String(token.prefix(3))
        #expect(try Evaluator(.text(TextMatch(tokens: [token]), in: .fullText)).matches(item))
        #expect(try Evaluator(.text(TextMatch(tokens: following), in: .fullText)).matches(item))
        #expect(
          try Evaluator(.text(TextMatch(tokens: [cut], lastIsPrefix: true), in: .fullText))
            .matches(item))
      }
    }
  }

  @Test("normalization of a text does not change its tokens")
  func normalized() {
    var generator = SeededGenerator(state: 2)
    for _ in 0..<3000 {
      let source = Self.randomText(&generator)
      let expected = scalars(Tokenizer.tokens(of: source))
      #expect(
        scalars(Tokenizer.tokens(of: source.decomposedStringWithCanonicalMapping)) == expected,
        "\(source.unicodeScalars.map { $0.escaped(asASCII: true) })")
      #expect(
        scalars(Tokenizer.tokens(of: source.precomposedStringWithCanonicalMapping)) == expected,
        "\(source.unicodeScalars.map { $0.escaped(asASCII: true) })")
    }
  }

  @Test("tokens are in composed compatibility form, without case and diacritics")
  func folded() {
    var generator = SeededGenerator(state: 3)
    for _ in 0..<2000 {
      let source = Self.randomText(&generator)
      for token in Tokenizer.tokens(of: source) {
        let composed = token.precomposedStringWithCompatibilityMapping
        #expect(Array(composed.unicodeScalars) == Array(token.unicodeScalars))
        for scalar in token.unicodeScalars {
          #expect(!(0x300...0x36F).contains(scalar.value))
          #expect(scalar.properties.generalCategory != .format)
        }
      }
    }
  }

  @Test("every scalar alone folds to a form that folds to itself")
  func everyScalar() {
    for value in UInt32(0)...0x3FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let entry = ScalarEntry(scalar.value)
      guard !entry.isFolded else { continue }
      var isFixed = true
      if entry.scalarClass == .sequence {
        ScalarEntry.sequence(at: entry.value) { isFixed = isFixed && ScalarEntry($0).isFolded }
      } else {
        isFixed = ScalarEntry(entry.value).isFolded
      }
      #expect(isFixed, "\(scalar.escaped(asASCII: true))")
    }
  }

  @Test("ranges ascend, stay inside the text and begin and end at characters")
  func ranges() {
    var generator = SeededGenerator(state: 4)
    for _ in 0..<2000 {
      let bytes = Array(Self.randomText(&generator).utf8)
      var last = 0..<0
      Tokenizer.forEachToken(in: bytes.span) { token, range in
        #expect(!token.isEmpty && !range.isEmpty && range.upperBound <= bytes.count)
        // Only what comes out of one character shares its bytes.
        let shared = max(0, last.upperBound - range.lowerBound)
        #expect(range.lowerBound >= last.lowerBound && range.upperBound >= last.upperBound)
        #expect(shared == 0 || isOneCharacter(bytes[range.lowerBound..<last.upperBound]))
        #expect(String(validating: bytes[range], as: UTF8.self) != nil)
        last = range
        return true
      }
    }
  }

  /// Whether the bytes are one scalar, with what vanishes after it.
  private func isOneCharacter(_ bytes: ArraySlice<UInt8>) -> Bool {
    String(decoding: bytes, as: UTF8.self).unicodeScalars.dropFirst().allSatisfy {
      ScalarEntry($0.value).scalarClass == .removed
    }
  }

  @Test("any bytes are cut without harm, into valid UTF-8")
  func bytes() {
    var generator = SeededGenerator(state: 5)
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
        Bool.random(using: &generator)
          ? UInt8.random(in: 0x80...0xFF, using: &generator)
          : UInt8.random(in: 0...0xFF, using: &generator)
      }
      var tokens: [[UInt8]] = []
      Tokenizer.forEachToken(in: bytes.span) { token, _ in
        tokens.append(token.indices.map { token[$0] })
        return true
      }
      // The standard library puts U+FFFD, a separator, for what is invalid.
      let repaired = String(decoding: bytes, as: UTF8.self)
      #expect(tokens.allSatisfy { String(validating: $0, as: UTF8.self) != nil })
      #expect(
        tokens == Tokenizer.tokens(of: repaired).map { Array($0.utf8) }
          || repaired.contains("\u{10FFFF}"))
    }
  }

  static let foldings: [(String, String)] = [
    ("", ""), (" \t\r\n", ""), ("  A  b\u{3000}C ", "a b c"), ("Zürçhelmén", "zurchelmen"),
    ("Zu\u{308}rc\u{327}helme\u{301}n", "zurchelmen"), ("ＸＱＺ９７！", "xqz97!"),
    ("“a” „b‟ «c»", "\"a\" \"b\" \"c\""), ("Straße", "strasse"), ("a\u{200B}b\u{AD}c", "abc"),
    ("か\u{3099}", "が"), ("½", "1⁄2"), ("don’t", "don’t"), ("Acme™", "acme™"),
    ("👩‍🔬", "👩🔬"), ("one\ntwo", "one two"), ("비밀", "비밀"),
  ]

  @Test("whole values are folded and keep their punctuation", arguments: foldings)
  func wholeValues(_ source: String, _ expected: String) {
    #expect(Array(Tokenizer.fold(source).unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test("folding a folded value changes nothing, and normalization makes no difference")
  func wholeValuesTwice() {
    var generator = SeededGenerator(state: 6)
    for _ in 0..<2000 {
      let source = Self.randomText(&generator)
      let folded = Array(Tokenizer.fold(source).unicodeScalars)
      #expect(Array(Tokenizer.fold(Tokenizer.fold(source)).unicodeScalars) == folded)
      let decomposed = source.decomposedStringWithCanonicalMapping
      #expect(Array(Tokenizer.fold(decomposed).unicodeScalars) == folded)
    }
  }
}
