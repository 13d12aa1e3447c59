// SPDX-License-Identifier: Apache-2.0
import Model

@testable import Query

/// An item given by its values; counts what it is asked for.
final class TestItem: QueryableItem {
  var texts: [Property: [String]] = [:]
  var files: [String] = []
  var words: [Property: [String]] = [:]
  var people: [Property: [ItemIdentity]] = [:]
  var times: [Property: Instant] = [:]
  var integers: [Property: Int64] = [:]
  var booleans: [Property: Bool] = [:]
  /// What was asked for, in order.
  var requests: [String] = []

  init(body: String...) {
    texts[.body] = body
  }

  func segments(of property: Property) -> [String] {
    requests.append(property.rawValue)
    return texts[property] ?? []
  }

  func fileTexts() -> [String] {
    requests.append("files")
    return files
  }

  func keywords(of property: Property) -> [String] {
    requests.append(property.rawValue)
    return words[property] ?? []
  }

  func identities(of property: Property) -> [ItemIdentity] { people[property] ?? [] }
  func time(of property: Property) -> Instant? { times[property] }
  func integer(of property: Property) -> Int64? { integers[property] }
  func boolean(of property: Property) -> Bool? { booleans[property] }
}

/// A word or phrase, cut as queries are; a trailing `*` makes a prefix.
func match(_ text: String) -> TextMatch {
  TextMatch(tokens: Tokenizer.tokens(of: text), lastIsPrefix: text.hasSuffix("*"))
}

func text(_ words: String, in scope: TextScope = .fullText) -> QueryNode {
  .text(match(words), in: scope)
}

func near(
  _ distance: Int, isOrdered: Bool = false, _ operands: ProximityOperand...
) -> Proximity {
  Proximity(distance: distance, isOrdered: isOrdered, operands: operands)
}

/// An operand of NEAR: a word, phrase or prefix.
func operand(_ words: String) -> ProximityOperand { .match(match(words)) }

/// Numbers that are the same on every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
