// SPDX-License-Identifier: Apache-2.0

/// Turns tokens into a syntax tree by recursive descent (query-language section 4).
///
/// Errors are noted and parsing goes on, so that all of them are reported. Every token is looked at
/// a fixed number of times, and nesting is bounded: time is linear, the stack is safe.
struct Parser {
  let source: SourceText
  let tokens: [Token]
  let dialect: QueryDialect
  let isStrict: Bool
  /// Whether the limits of what may be typed are not for this text.
  let isRecorded: Bool
  /// What was found, with the characters it is about.
  var findings: [(finding: Finding, range: Range<Int>)] = []
  var position = 0
  var depth = 0
  var termCount = 0
  /// The property whose grouped restriction is being read.
  var groupEntry: PropertyEntry?
  private var isAborted = false

  init(
    source: SourceText, tokens: [Token], dialect: QueryDialect, isStrict: Bool, isRecorded: Bool
  ) {
    self.source = source
    self.tokens = tokens
    self.dialect = dialect
    self.isStrict = isStrict
    self.isRecorded = isRecorded
  }

  var current: Token? { position < tokens.count ? tokens[position] : nil }

  func text(of token: Token) -> String { source.text(token.range) }

  mutating func report(_ finding: Finding, _ range: Range<Int>) {
    if !isAborted { findings.append((finding, range)) }
  }

  /// Gives up: a limit is passed, and what follows is not worth reading.
  mutating func abort(_ finding: Finding, _ range: Range<Int>) {
    report(finding, range)
    isAborted = true
    position = tokens.count
  }

  mutating func countTerm(_ range: Range<Int>) {
    termCount += 1
    if !isRecorded, termCount == QueryLimits.termCount + 1 { abort(.tooManyTerms, range) }
  }

  /// How deep the query may be nested.
  var nestingDepth: Int {
    isRecorded ? QueryLimits.recordedNestingDepth : QueryLimits.nestingDepth
  }

  // MARK: - The whole query

  mutating func query() -> ParsedQuery {
    var parsed = ParsedQuery()
    parsed.hasOperators = tokens.prefix { $0.kind != .conditions }.contains { token in
      if case .operatorWord = token.kind { true } else { token.isSign }
    }
    let firstMarker = tokens.first { $0.kind == .conditions || $0.kind == .segment }
    if let firstMarker { report(.markersConverted, firstMarker.range) }
    var isAfterSegmentMarker: Token?
    while true {
      let part = sequence()
      if let part { parsed.segments.append(part) }
      guard let token = current else {
        if part == nil, let marker = isAfterSegmentMarker { reportEmptySide(of: marker, "right") }
        return parsed
      }
      if token.kind == .segment {
        if part == nil { reportEmptySide(of: token, "left") }
        isAfterSegmentMarker = token
        position += 1
        continue
      }
      if part == nil, let marker = isAfterSegmentMarker { reportEmptySide(of: marker, "right") }
      position += 1
      conditions(after: token, into: &parsed)
      return parsed
    }
  }

  private mutating func conditions(after marker: Token, into parsed: inout ParsedQuery) {
    parsed.conditions = sequence(inConditions: true)
    if parsed.conditions == nil { reportEmptySide(of: marker, "right") }
    while let token = current {
      report(
        .misplacedMarker(text(of: token), column: source.column(of: token.range.lowerBound)),
        token.range)
      position += 1
      _ = sequence(inConditions: true)
    }
  }

  private mutating func reportEmptySide(of token: Token, _ side: String) {
    report(
      .missingOperand(
        text(of: token), column: source.column(of: token.range.lowerBound), side: side),
      token.range)
  }

  // MARK: - Operators, weakest first

  /// Elements joined by blanks, up to a closing parenthesis, a marker or the end; nil for none.
  mutating func sequence(inConditions: Bool = false) -> Syntax? {
    var elements: [Syntax] = []
    loop: while let token = current {
      switch token.kind {
      case .close:
        if depth > 0 { break loop }
        report(
          .unexpectedParenthesis(column: source.column(of: token.range.lowerBound)), token.range)
        position += 1
      case .conditions, .segment:
        if depth == 0 { break loop }
        report(
          .misplacedMarker(text(of: token), column: source.column(of: token.range.lowerBound)),
          token.range)
        position += 1
      default:
        elements.append(orExpression())
      }
    }
    guard let first = elements.first, let last = elements.last else { return nil }
    guard elements.count > 1 else { return first }
    let range = first.range.lowerBound..<max(first.range.upperBound, last.range.upperBound)
    if dialect == .keyql || inConditions, elements.contains(where: \.isOr) {
      report(.blankNextToOr, range)
    }
    return Syntax(kind: .sequence(elements), range: range)
  }

  private mutating func orExpression() -> Syntax {
    let expression = chain(of: .or) { $0.andExpression() }
    if case .or(let operands) = expression.kind, operands.contains(where: \.isAnd) {
      report(.andInsideOr, expression.range)
    }
    return expression
  }

  private mutating func andExpression() -> Syntax {
    chain(of: .and) { $0.unary() }
  }

  private mutating func chain(
    of word: OperatorWord, operand: (inout Parser) -> Syntax
  ) -> Syntax {
    let first = operand(&self)
    var operands = [first]
    while let token = current, token.kind == .operatorWord(word) {
      position += 1
      guard startsOperand() else {
        reportMissingRight(of: token)
        break
      }
      operands.append(operand(&self))
    }
    guard operands.count > 1, let last = operands.last else { return first }
    let range = first.range.lowerBound..<max(first.range.upperBound, last.range.upperBound)
    return Syntax(kind: word == .or ? .or(operands) : .and(operands), range: range)
  }

  /// Whether an expression can begin with the current token.
  func startsOperand() -> Bool {
    guard let token = current else { return false }
    switch token.kind {
    case .open, .word, .plus, .minus, .quoted: return true
    case .close, .conditions, .segment: return false
    case .operatorWord(let word): return !word.isBinary
    }
  }

  /// Reports an operator without a right side, and skips the operators that stand there instead.
  mutating func reportMissingRight(of token: Token) {
    report(
      .missingOperand(
        text(of: token), column: source.column(of: token.range.lowerBound), side: "right"),
      token.range)
    while case .operatorWord(let word)? = current?.kind, word.isBinary { position += 1 }
  }

  private mutating func unary() -> Syntax {
    let start = position
    while current?.kind == .operatorWord(.not) { position += 1 }
    let count = position - start
    guard count > 0 else { return signed() }
    let not = tokens[position - 1]
    guard depth + count <= nestingDepth else {
      abort(.nestedTooDeep, not.range)
      return Syntax(kind: .nothing, range: not.range)
    }
    guard startsOperand() else {
      reportMissingRight(of: not)
      return Syntax(kind: .nothing, range: not.range)
    }
    depth += count
    var expression = signed()
    depth -= count
    for token in tokens[start..<start + count].reversed() {
      expression = Syntax(
        kind: .not(expression),
        range: token.range
          .lowerBound..<max(
            token.range.upperBound, expression.range.upperBound))
    }
    return expression
  }

  private mutating func signed() -> Syntax {
    guard let sign = current, sign.isSign else { return ranked() }
    position += 1
    let isDoubled = current?.isSign == true && current?.isGlued == true
    while let next = current, next.isSign, next.isGlued { position += 1 }
    let touches = current.map { $0.isGlued && ($0.kind != .close) } ?? false
    guard touches, !isDoubled, startsOperand(), current?.kind != .operatorWord(.not) else {
      report(.loneSign(source.text(sign.range)), sign.range)
      if touches, startsOperand() { _ = ranked() }
      return Syntax(kind: .nothing, range: sign.range)
    }
    let operand = operand()
    let range = sign.range.lowerBound..<max(sign.range.upperBound, operand.range.upperBound)
    if let near = current, near.isProximity {
      report(.signInProximity, near.range)
      _ = proximity(after: operand)
      return Syntax(kind: .nothing, range: range)
    }
    return Syntax(kind: sign.kind == .minus ? .not(operand) : .required(operand), range: range)
  }

  private mutating func ranked() -> Syntax {
    var expression = proximity(after: operand())
    while let token = current, token.kind == .operatorWord(.xrank) {
      position += 1
      rankParameters(after: token)
      guard startsOperand() else {
        reportMissingRight(of: token)
        break
      }
      report(.rankingIgnored, token.range)
      let rank = proximity(after: operand())
      expression = Syntax(
        kind: .ranked(expression, by: rank),
        range: expression.range
          .lowerBound..<max(
            expression.range.upperBound, rank.range.upperBound))
    }
    return expression
  }
}

extension Token {
  var isProximity: Bool { kind == .operatorWord(.near) || kind == .operatorWord(.onear) }
}

extension Syntax {
  fileprivate var isOr: Bool { if case .or = kind { true } else { false } }
  fileprivate var isAnd: Bool { if case .and = kind { true } else { false } }
}
