// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Reads queries: text in, tree and diagnostics out (query-language specification).
package enum QueryCompiler {
  /// Reads a query.
  ///
  /// Whatever is wrong with the text is a diagnostic, never a thrown error.
  ///
  /// - Throws: What the directory throws.
  /// - Complexity: Linear in the length of the text, of which 20,480 characters are permitted unless
  ///   it is a normal form on record.
  package static func compile<Directory: PeopleDirectory>(
    _ text: String, options: QueryOptions, directory: Directory
  ) throws(Directory.Failure) -> CompiledQuery {
    let count = text.unicodeScalars.count
    guard options.isRecorded || count <= QueryLimits.queryLength else {
      return refused(
        text, options,
        diagnostic(
          .queryTooLong(count), SourceText.Place(bytes: 0..<text.utf8.count, characters: 0..<count),
          options))
    }
    let source = SourceText(text)
    let (tokens, unclosedQuote) = Lexer.tokens(of: source)
    let foldings = source.foldings.map { diagnostic(.folding($0.code), $0.place, options) }
    if let finding = emptiness(of: tokens) {
      return refused(
        text, options,
        diagnostic(finding, source.place(of: 0..<source.scalars.count), options),
        others: foldings)
    }
    var parser = Parser(
      source: source, tokens: tokens, dialect: options.dialect, isStrict: options.isStrict,
      isRecorded: options.isRecorded)
    if let unclosedQuote {
      parser.report(
        .unclosedQuote(column: source.column(of: unclosedQuote)),
        unclosedQuote..<unclosedQuote + 1)
    }
    let parsed = parser.query()
    let people = try PeopleLookup(
      parsed, directory: directory, asksForDomains: !options.isRecorded)
    var binder = Binder(
      source: source, options: options, people: people, parsed: parsed,
      unclosedQuote: unclosedQuote)
    let keywords = QueryNode.disjunction(parsed.segments.compactMap { binder.bind($0, in: nil) })
    binder.isInConditions = true
    let conditions = parsed.conditions.flatMap { binder.bind($0, in: nil) }
    binder.isInConditions = false
    let node = QueryNode.conjunction([keywords, conditions].compactMap(\.self))
    var findings = parser.findings + binder.findings
    findings += remarks(
      on: node, binder.dropped, source,
      hasErrors: findings.contains {
        $0.finding.code.isError
      })
    let diagnostics = ordered(
      foldings
        + findings.map { diagnostic($0.finding, source.place(of: $0.range), options) })
    guard let node, !diagnostics.contains(where: { $0.severity == .error }) else {
      return CompiledQuery(
        text: text, dialect: options.dialect, timeZone: options.timeZone.identifier, node: nil,
        diagnostics: diagnostics, keywords: nil, intervals: [], expansions: [],
        isExclusionOnly: false)
    }
    return CompiledQuery(
      text: text, dialect: options.dialect, timeZone: options.timeZone.identifier, node: node,
      diagnostics: diagnostics,
      keywords: KeywordRows.Source(
        parsed: parsed, conditions: conditions, whole: node, binder: binder),
      intervals: binder.intervals,
      expansions: binder.expansions.map { expansion in
        let place = source.place(of: expansion.range)
        return PrefixExpansion(
          prefix: expansion.prefix, bytes: place.bytes, characters: place.characters)
      }, isExclusionOnly: node.isExclusionOnly)
  }

  /// A query without anything to search for.
  private static func emptiness(of tokens: [Token]) -> Finding? {
    guard !tokens.isEmpty else { return .emptyQuery }
    var opened = 0
    var hasOperator = false
    for token in tokens {
      switch token.kind {
      case .word, .quoted, .plus, .minus: return nil
      case .open: opened += 1
      case .close: opened -= 1
      case .operatorWord, .conditions, .segment: hasOperator = true
      }
    }
    return hasOperator || opened == 0 ? .operatorsOnly : nil
  }

  /// What can be said of the whole alone: words that were dropped, exclusions only.
  private static func remarks(
    on node: QueryNode?, _ dropped: [(text: String, range: Range<Int>)], _ source: SourceText,
    hasErrors: Bool
  ) -> [(finding: Finding, range: Range<Int>)] {
    let whole = 0..<source.scalars.count
    if node == nil, !hasErrors {
      guard let first = dropped.first else { return [(.operatorsOnly, whole)] }
      return [(.nothingIndexable(first.text), first.range)]
    }
    var remarks = dropped.map { (finding: Finding.droppedWord($0.text), range: $0.range) }
    if let node, !hasErrors, node.isExclusionOnly { remarks.append((.exclusionsOnly, whole)) }
    return remarks
  }

  private static func refused(
    _ text: String, _ options: QueryOptions, _ reason: Diagnostic, others: [Diagnostic] = []
  ) -> CompiledQuery {
    CompiledQuery(
      text: text, dialect: options.dialect, timeZone: options.timeZone.identifier, node: nil,
      diagnostics: ordered([reason] + others), keywords: nil, intervals: [], expansions: [],
      isExclusionOnly: false)
  }

  private static func ordered(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    diagnostics.enumerated()
      .sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }
      .map(\.element)
  }

  private static func diagnostic(
    _ finding: Finding, _ place: SourceText.Place, _ options: QueryOptions
  ) -> Diagnostic {
    Diagnostic(
      code: finding.code,
      severity: finding.code.isError || options.isStrict ? .error : .warning,
      start: place.bytes.lowerBound, end: place.bytes.upperBound, characters: place.characters,
      message: finding.message, suggestion: finding.suggestion)
  }
}
