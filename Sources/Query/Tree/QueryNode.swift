// SPDX-License-Identifier: Apache-2.0
package import Model

/// A query after parsing, normalising and binding: the one tree that every engine evaluates.
///
/// Aliases, shorthand forms (`ALL`, `prompt:`, …), relative dates and persons are resolved; the
/// normal form (query-language section 9) is printed from this tree.
package indirect enum QueryNode: Hashable, Sendable {
  /// Every item in scope.
  case all
  /// A word, prefix or phrase in one field.
  case text(TextMatch, in: TextScope)
  /// Words and phrases near each other in one segment of one field.
  case near(Proximity, in: TextScope)
  /// A property restriction other than `:` on text.
  case restriction(PropertyRestriction)
  /// All of them; at least two.
  case and([QueryNode])
  /// Any of them; at least two.
  case or([QueryNode])
  case not(QueryNode)
}

/// Where words are looked for.
package enum TextScope: Hashable, Sendable {
  /// Body, title, file names and file texts (query-language section 5).
  case fullText
  /// One text property: body, title, attachment, project.
  case property(Property)
}

/// A run of tokens that must stand next to each other in one segment.
package struct TextMatch: Hashable, Sendable {
  /// The tokens, folded as the index folds them; at least one.
  package var tokens: [String]
  /// Whether the last token may go on (`*`).
  package var lastIsPrefix: Bool

  package init(tokens: [String], lastIsPrefix: Bool = false) {
    self.tokens = tokens
    self.lastIsPrefix = lastIsPrefix
  }
}

/// A NEAR or ONEAR (query-language section 6.5).
package struct Proximity: Hashable, Sendable {
  /// How many tokens that belong to no operand may stand in the covering segment; 0 to 10,000.
  package var distance: Int
  /// Whether the written order is required (ONEAR).
  package var isOrdered: Bool
  /// At least two.
  package var operands: [ProximityOperand]

  package init(distance: Int, isOrdered: Bool, operands: [ProximityOperand]) {
    self.distance = distance
    self.isOrdered = isOrdered
    self.operands = operands
  }
}

/// An operand of NEAR.
package indirect enum ProximityOperand: Hashable, Sendable {
  case match(TextMatch)
  /// Any of them stands for the operand.
  case any([ProximityOperand])
  /// A parenthesised NEAR: its hit counts as one block.
  case near(Proximity)
}

/// A restriction on the value of a property.
package struct PropertyRestriction: Hashable, Sendable {
  package var property: Property
  package var condition: Condition

  package init(property: Property, condition: Condition) {
    self.property = property
    self.condition = condition
  }

  /// What the value must be.
  ///
  /// `<>` is written as `not` around `equals` (section 6.1).
  package enum Condition: Hashable, Sendable {
    /// `p:*`: has a value.
    case exists
    /// Whole text after folding (section 7.1); with `isPrefix` its beginning.
    case wholeText(String, isPrefix: Bool)
    /// A keyword or enumeration value after folding (section 7.1); with `isPrefix` its beginning.
    case keyword(String, isPrefix: Bool)
    /// A person or model (section 7.4).
    case identity(IdentityMatch)
    /// A half-open interval; a nil bound is open.
    case time(TimeInterval)
    /// An inclusive range; a nil bound is open.
    case integer(lower: Int64?, upper: Int64?)
    case boolean(Bool)
  }
}

/// What an identity property is compared with.
package struct IdentityMatch: Hashable, Sendable {
  /// How the written text is compared.
  package enum Form: Hashable, Sendable {
    /// A full address, user id, alias or name, compared whole.
    case exact
    /// A word or phrase of the display name, a local part, an id.
    case words
    /// A literal prefix: a quoted address with a trailing `*`; no expansion.
    case prefix
    /// A domain.
    case domain
    /// A domain and what lies under it (`*.example.org`).
    case domainAndBelow
  }

  /// The text as written, folded as `FoldedValue.wholeText` does.
  package var text: String
  /// The text in the letter case of the query, for the normal form; of a domain with the `@` that
  /// was written before it.
  package var written: String
  package var form: Form
  /// The custodians that the directory gave for it, by id, sorted; empty when none.
  package var custodians: [String]
  /// All identities of those custodians (addresses, ids, names), folded and sorted: what the
  /// normal form lists.
  package var identities: [String]
  /// Those of `identities` that further persons bear as well: the normal form leaves them out,
  /// since reading them again would bring those persons in.
  package var shared: Set<String>

  package init(
    text: String, form: Form, written: String? = nil, custodians: [String] = [],
    identities: [String] = [], shared: Set<String> = []
  ) {
    self.text = text
    self.form = form
    self.written = written ?? text
    self.custodians = custodians
    self.identities = identities
    self.shared = shared
  }
}
