// SPDX-License-Identifier: Apache-2.0

/// A code with its sentence, before it gets its place.
struct Finding {
  var code: DiagnosticCode
  var message: String
  var suggestion: String?

  init(_ code: DiagnosticCode, _ message: String, suggestion: String? = nil) {
    self.code = code
    self.message = message
    self.suggestion = suggestion
  }
}

/// The sentences of query-language section 11 about a query's form.
extension Finding {
  static let emptyQuery = Finding(
    .emptyQuery, "The query is empty. To select everything in scope, pass --all.")
  static let operatorsOnly = Finding(
    .operatorsOnly, "The query has operators but nothing to search for.")

  static func queryTooLong(_ count: Int) -> Finding {
    Finding(
      .queryTooLong,
      "The query has \(count) characters; the limit is \(QueryLimits.queryLength). "
        + "Split it into several searches.")
  }

  static let nestedTooDeep = Finding(
    .nestedTooDeep,
    "The query is nested more than \(QueryLimits.nestingDepth) levels deep. "
      + "Split it into several searches.")
  static let tooManyTerms = Finding(
    .tooManyTerms,
    "The query has more than \(QueryLimits.termCount) terms. Split it into several searches.")

  static func unclosedQuote(column: Int) -> Finding {
    Finding(.unclosedQuote, "The quotation mark at column \(column) is never closed.")
  }

  static func unclosedParenthesis(column: Int) -> Finding {
    Finding(.unclosedParenthesis, "The parenthesis at column \(column) is never closed.")
  }

  static func unexpectedParenthesis(column: Int) -> Finding {
    Finding(
      .unexpectedParenthesis,
      "There is no opening parenthesis for the one at column \(column).")
  }

  static func textAfterQuote(_ found: String) -> Finding {
    Finding(
      .textAfterQuote,
      "A quoted phrase must be followed by a blank or a parenthesis; found '\(found)'.")
  }

  static func textBeforeQuote(_ found: String) -> Finding {
    Finding(
      .textAfterQuote,
      "A quoted phrase must stand apart from other text; found '\(found)' directly before it.")
  }

  static let emptyQuote = Finding(
    .emptyQuote, "A quoted phrase must contain at least one word.")

  static func nothingIndexable(_ text: String) -> Finding {
    Finding(
      .nothingIndexable,
      "'\(text)' contains only characters that are not indexed (punctuation).")
  }

  static func droppedWord(_ text: String) -> Finding {
    Finding(.droppedWord, "'\(text)' has no indexable characters and was ignored.")
  }

  static func missingOperand(_ word: String, column: Int, side: String) -> Finding {
    Finding(
      .missingOperand,
      "'\(word)' at column \(column) needs an expression on its \(side).",
      suggestion: "To search for the word itself, put it in quotation marks: \"\(word)\".")
  }

  static func emptyParentheses(column: Int) -> Finding {
    Finding(
      .missingOperand, "The parentheses at column \(column) need an expression between them.")
  }

  static func functionWithoutList(_ word: String, column: Int) -> Finding {
    Finding(
      .missingOperand,
      "'\(word)' at column \(column) needs a list of words in parentheses after it.",
      suggestion: "To search for the word itself, put it in quotation marks: \"\(word)\".")
  }

  static func misplacedMarker(_ marker: String, column: Int) -> Finding {
    Finding(
      .missingOperand,
      "The condition marker '\(marker)' at column \(column) must stand between whole expressions, "
        + "outside parentheses, and (c:c) only once.")
  }

  static let signInProximity = Finding(
    .missingOperand, "A sign cannot stand before one side of NEAR or ONEAR.",
    suggestion: "Write NOT (a NEAR b).")

  static let missingComma = Finding(
    .missingOperand, "The words in WORDS( ) must be separated by commas.",
    suggestion: "Write WORDS(tv, television); put names of several words in quotation marks.")

  static let mixedBlank = Finding(
    .mixedBlank,
    "In this dialect a blank means OR; do not mix blanks with AND/OR/NOT. "
      + "Write the operator or parentheses.")

  static func loneSign(_ sign: String) -> Finding {
    Finding(
      .loneSign, "'\(sign)' must touch the word it applies to. For a literal sign, quote the text."
    )
  }

  static func lowercaseOperator(_ word: String) -> Finding {
    Finding(
      .lowercaseOperator,
      "'\(word)' is searched as a word; write \(word.uppercased()) for the operator.")
  }

  static func blankBesideOperator(_ name: String, _ comparison: String) -> Finding {
    Finding(
      .blankBesideOperator,
      "'\(name)' was read as a word to search for, because a blank stands beside the "
        + "'\(comparison)'.",
      suggestion: "For a restriction write \(name)\(comparison)value without a blank; "
        + "for plain text leave the sign out.")
  }

  static func blankAroundOperator(_ name: String, _ comparison: String) -> Finding {
    Finding(
      .blankAroundOperator,
      "No blank may stand between property, operator and value: "
        + "write \(name)\(comparison)\"John Smith\".")
  }

  static let blankNextToOr = Finding(
    .blankNextToOr,
    "A blank joins weaker than OR. Read as: a AND (b OR c). "
      + "Add parentheses if you meant something else.")
  static let andInsideOr = Finding(
    .andInsideOr, "AND binds stronger than OR. Read as: a OR (b AND c).")
  static let exclusionsOnly = Finding(
    .exclusionsOnly, "Matches everything in scope except what the query excludes.")

  static func twoLimits(_ name: String) -> Finding {
    Finding(
      .twoLimits, "Two limits on '\(name)' joined by a blank mean OR.",
      suggestion: "Write AND between them, or a range: \(name):A..B.")
  }

  static func blankInGroup(_ name: String) -> Finding {
    Finding(.blankInGroup, "Inside \(name):( ) a blank means AND.")
  }

  static func secondWordOutside(_ first: String, _ name: String, _ second: String) -> Finding {
    Finding(
      .secondWordOutside,
      "Only '\(first)' belongs to \(name); '\(second)' is searched everywhere. "
        + "Quote it to keep them together.",
      suggestion: "\(name):\"\(first) \(second)\"")
  }

  static let rankingIgnored = Finding(.rankingIgnored, "Ranking has no effect here.")
  static let markersConverted = Finding(
    .markersConverted, "Condition markers were converted.")

  static func folding(_ code: DiagnosticCode) -> Finding {
    switch code {
    case .curlyQuotes:
      Finding(code, "Curly or low quotation marks were read as straight ones.")
    case .dashAsSign: Finding(code, "A long dash was read as the exclusion sign '-'.")
    case .fullWidth: Finding(code, "Full-width characters were read as plain ones.")
    default: Finding(code, "Invisible characters were removed.")
    }
  }
}

/// The sentences about wildcards and proximity.
extension Finding {
  static func innerWildcard(_ text: String) -> Finding {
    Finding(
      .innerWildcard,
      "Only a trailing * is supported: 'cat*', not '*cat' or 'c*t'; found '\(text)'.",
      suggestion: "To search for the text as it stands, put it in quotation marks.")
  }

  static func questionMark(_ text: String) -> Finding {
    Finding(
      .innerWildcard,
      "'?' is not supported as a wildcard; found '\(text)'. Only a trailing * is: 'cat*'.",
      suggestion: "To search for the text as it stands, put it in quotation marks.")
  }

  static let wildcardInPhrase = Finding(
    .wildcardInPhrase, "In a phrase only the last word may end in *.")

  static func shortPrefix(_ text: String) -> Finding {
    Finding(
      .shortPrefix,
      "A prefix needs at least \(QueryLimits.prefixLength) characters before *; found '\(text)'.")
  }

  static func dotBeforeStar(_ text: String, word: String) -> Finding {
    Finding(
      .dotBeforeStar,
      "'\(text)' is not the prefix '\(word)*'; the punctuation separates words.",
      suggestion: "\(word)*")
  }

  static let restrictionInNear = Finding(
    .restrictionInNear,
    "NEAR works on words and phrases. To limit it to a property write title:(a NEAR(5) b).")
  static let booleanInNear = Finding(
    .booleanInNear,
    "NEAR cannot combine with AND or NOT inside its operands; use OR or WORDS().")

  static func restrictionInFunction(_ word: String) -> Finding {
    Finding(.restrictionInNear, "\(word)( ) takes words and phrases, no restrictions.")
  }

  static func operatorInFunction(_ word: String) -> Finding {
    Finding(.booleanInNear, "\(word)( ) takes words and phrases, no operators or parentheses.")
  }

  static let mixedChain = Finding(
    .mixedChain, "Put parentheses: a NEAR(3) b NEAR(5) c is ambiguous.")

  static func foreignProximity(_ text: String) -> Finding {
    Finding(
      .foreignProximity,
      "'\(text)' is not supported; write a NEAR(5) b (or ONEAR(5) to keep the order).",
      suggestion: "To search for the text as it stands, put it in quotation marks.")
  }

  static func rootExpander(_ text: String) -> Finding {
    Finding(
      .foreignProximity, "'\(text)' is not supported; write a trailing * for a prefix.",
      suggestion: "\(text.dropLast())*")
  }

  static let badDistance = Finding(
    .badDistance,
    "The distance must be a whole number from 0 to "
      + "\(QueryLimits.proximityDistance.grouped).")

  static func badRankParameter(_ text: String) -> Finding {
    Finding(
      .wrongValue,
      "'\(text)' is not a rank parameter; write one of cb, nb, rb, pb, avgb, stdb, n "
        + "with = and a number.")
  }
}

extension Int {
  /// With commas between groups of three digits, as the specification writes its limits.
  var grouped: String {
    var text = String(magnitude)
    var index = text.count - 3
    while index > 0 {
      text.insert(",", at: text.index(text.startIndex, offsetBy: index))
      index -= 3
    }
    return self < 0 ? "-" + text : text
  }
}
