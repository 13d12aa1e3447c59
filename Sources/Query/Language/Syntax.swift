// SPDX-License-Identifier: Apache-2.0

/// A property operator as written.
enum PropertyOperator: String, Hashable {
  case contains = ":"
  case equal = "="
  case notEqual = "<>"
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="

  var isComparison: Bool {
    switch self {
    case .less, .lessOrEqual, .greater, .greaterOrEqual: true
    case .contains, .equal, .notEqual: false
    }
  }
}

/// A word or quoted string, as free text or as a value.
struct Term: Sendable {
  /// Without quotation marks; a bare word with its wildcards.
  var text: String
  var isQuoted: Bool
  /// Whether a `*` follows the closing mark.
  var hasStar: Bool
  var range: Range<Int>

  /// For values that take no wildcard, so that one is reported with them.
  var textWithStar: String { hasStar ? text + "*" : text }
}

/// `property`, operator, value.
struct Restriction: Sendable {
  var entry: PropertyEntry
  /// The name as written.
  var name: String
  var nameRange: Range<Int>
  var comparison: PropertyOperator
  var value: Term
}

/// A query as parsed, before values are read.
struct Syntax: Sendable {
  indirect enum Kind: Sendable {
    case term(Term)
    case restriction(Restriction)
    /// `property:(…)`; the restriction's value is unused.
    case group(Restriction, Syntax)
    case function(OperatorWord, [Term])
    case parenthesised(Syntax)
    case not(Syntax)
    /// With a `+`.
    case required(Syntax)
    case and([Syntax])
    case or([Syntax])
    case sequence([Syntax])
    case near([Syntax], distance: Int, isOrdered: Bool)
    case ranked(Syntax, by: Syntax)
    /// Something that was dropped or reported already.
    case nothing
  }

  var kind: Kind
  /// Its characters in the folded text.
  var range: Range<Int>

  /// Without the parentheses around it.
  var unwrapped: Syntax {
    var syntax = self
    while case .parenthesised(let inner) = syntax.kind { syntax = inner }
    return syntax
  }
}

/// The parts of a whole query.
struct ParsedQuery: Sendable {
  /// The keyword rows, split by `(c:s)`.
  var segments: [Syntax] = []
  /// What follows `(c:c)`.
  var conditions: Syntax?
  /// Whether an operator word or sign occurs before `(c:c)`.
  var hasOperators = false
}
