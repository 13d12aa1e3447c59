// SPDX-License-Identifier: Apache-2.0

/// A numbered remark about a query (query-language section 11).
package struct Diagnostic: Hashable, Sendable {
  /// How grave it is.
  package enum Severity: String, Sendable {
    /// The query cannot be run.
    case error
    /// The query runs, but perhaps not as its author meant it.
    case warning
  }

  package var code: DiagnosticCode
  /// `error` for every code that begins with E, and for all of them in a strict reading.
  package var severity: Severity
  /// Where the part of the query begins that it is about, in UTF-8 bytes of the text as given.
  package var start: Int
  /// Where that part ends (exclusive), in UTF-8 bytes; never before `start`.
  package var end: Int
  /// The same place in Unicode scalars; the columns in messages count them from 1.
  package var characters: Range<Int>
  /// One sentence.
  ///
  /// It may quote the query: escape it before it reaches a terminal.
  package var message: String
  /// What to write instead, where that is known.
  ///
  /// It may quote the query, too.
  package var suggestion: String?

  package init(
    code: DiagnosticCode, severity: Severity, start: Int, end: Int, characters: Range<Int>,
    message: String, suggestion: String? = nil
  ) {
    self.code = code
    self.severity = severity
    self.start = start
    self.end = end
    self.characters = characters
    self.message = message
    self.suggestion = suggestion
  }
}

/// The codes of query-language section 11; the raw value is what people and programs see.
package enum DiagnosticCode: String, CaseIterable, Sendable {
  case emptyQuery = "E001"
  case operatorsOnly = "E002"
  case queryTooLong = "E010"
  case nestedTooDeep = "E011"
  case tooManyTerms = "E012"
  case unclosedQuote = "E101"
  case unclosedParenthesis = "E102"
  case unexpectedParenthesis = "E103"
  case textAfterQuote = "E104"
  case emptyQuote = "E105"
  case nothingIndexable = "E106"
  case missingOperand = "E201"
  case mixedBlank = "E202"
  case loneSign = "E203"
  case unknownProperty = "E301"
  case blankAroundOperator = "E302"
  case operatorNotForType = "E303"
  case emptyValue = "E304"
  case wrongValue = "E305"
  case restrictionTooLong = "E306"
  case brokenRange = "E307"
  case reversedRange = "E308"
  case foreignProperty = "E309"
  case notADate = "E310"
  case impossibleDate = "E311"
  case unquotedInterval = "E312"
  case relativeInCondition = "E313"
  case stateProperty = "E314"
  case unknownSensitiveType = "E320"
  case sensitiveRangeEmpty = "E321"
  case sensitiveZero = "E322"
  case sensitiveConfidence = "E323"
  case sensitiveParts = "E324"
  /// A property that the language has and this version cannot search yet.
  case unavailableProperty = "E390"
  case innerWildcard = "E401"
  case wildcardInPhrase = "E402"
  case shortPrefix = "E404"
  /// Raised by the store, which knows its vocabulary.
  case tooManyVariants = "E405"
  case restrictionInNear = "E501"
  case booleanInNear = "E502"
  case mixedChain = "E503"
  case foreignProximity = "E504"
  case badDistance = "E505"
  case curlyQuotes = "W101"
  case dashAsSign = "W102"
  case fullWidth = "W103"
  case zeroWidth = "W104"
  case lowercaseOperator = "W110"
  case blankBesideOperator = "W111"
  case droppedWord = "W112"
  case intervalFixed = "W114"
  case blankNextToOr = "W120"
  case andInsideOr = "W121"
  case exclusionsOnly = "W122"
  case twoLimits = "W123"
  case blankInGroup = "W124"
  case secondWordOutside = "W125"
  case prefixOfWholeValue = "W126"
  case rankingIgnored = "W130"
  case markersConverted = "W131"
  case unknownPerson = "W140"
  case severalPeople = "W141"
  case readAs = "W142"
  case dotBeforeStar = "W403"

  /// Whether the code alone makes the query unusable.
  package var isError: Bool { rawValue.hasPrefix("E") }
}
