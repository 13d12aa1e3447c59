// SPDX-License-Identifier: Apache-2.0

/// Operands: parentheses, proximity, functions, words.
extension Parser {
  mutating func operand() -> Syntax {
    guard let token = current else {
      return Syntax(kind: .nothing, range: source.scalars.count..<source.scalars.count)
    }
    switch token.kind {
    case .open: return parenthesised()
    case .quoted: return quoted(token)
    case .word: return word(token)
    case .operatorWord(let word):
      position += 1
      if word.isFunction { return function(word, token) }
      report(
        .missingOperand(
          text(of: token), column: source.column(of: token.range.lowerBound),
          side: word == .not ? "right" : "left"), token.range)
      return Syntax(kind: .nothing, range: token.range)
    case .close, .plus, .minus, .conditions, .segment:
      position += 1
      report(.loneSign(text(of: token)), token.range)
      return Syntax(kind: .nothing, range: token.range)
    }
  }

  /// An expression in parentheses; the current token opens it.
  mutating func parenthesised() -> Syntax {
    let open = tokens[position]
    guard depth < nestingDepth else {
      abort(.nestedTooDeep, open.range)
      return Syntax(kind: .nothing, range: open.range)
    }
    position += 1
    depth += 1
    let inner = sequence()
    depth -= 1
    var end = max(open.range.upperBound, inner?.range.upperBound ?? 0)
    if let close = current, close.kind == .close {
      end = close.range.upperBound
      position += 1
    } else {
      report(
        .unclosedParenthesis(column: source.column(of: open.range.lowerBound)), open.range)
    }
    let range = open.range.lowerBound..<end
    guard let inner else {
      report(.emptyParentheses(column: source.column(of: open.range.lowerBound)), range)
      return Syntax(kind: .nothing, range: range)
    }
    return Syntax(kind: .parenthesised(inner), range: range)
  }

  /// A quoted string as an operand.
  private mutating func quoted(_ token: Token) -> Syntax {
    guard let term = quotedTerm(token) else {
      return Syntax(kind: .nothing, range: token.range)
    }
    return Syntax(kind: .term(term), range: token.range)
  }

  /// Reads a quoted string; nil when it was reported.
  mutating func quotedTerm(_ token: Token) -> Term? {
    guard case .quoted(let content, let hasStar) = token.kind else { return nil }
    position += 1
    let text = quotedText(content)
    let isEmpty = text.allSatisfy { $0 == " " }
    countTerm(token.range)
    if let next = current, next.isGlued, next.isTextual {
      if !isEmpty { report(.textAfterQuote(self.text(of: next)), next.range) }
      skipGlued()
    }
    return Term(text: text, isQuoted: true, hasStar: hasStar, range: token.range)
  }

  /// The text between quotation marks, where two stand for one.
  private func quotedText(_ content: Range<Int>) -> String {
    var text = String.UnicodeScalarView()
    var isFirstOfTwo = false
    // Scalars, not characters: a mark after a quotation mark makes one character with it.
    for scalar in source.scalars[content] {
      isFirstOfTwo = scalar == "\"" && !isFirstOfTwo
      if !isFirstOfTwo { text.append(scalar) }
    }
    return String(text)
  }

  private mutating func skipGlued() {
    while let next = current, next.isGlued, next.isTextual { position += 1 }
  }

  /// Reports a quotation mark that is glued to the end of a word.
  mutating func reportGluedQuote(after word: Token) {
    guard let next = current, next.isGlued, case .quoted = next.kind else { return }
    report(.textBeforeQuote(text(of: word)), next.range)
    skipGlued()
  }

  // MARK: - Proximity

  /// A chain of NEAR or ONEAR after its first operand; the operand itself when there is none.
  mutating func proximity(after first: Syntax) -> Syntax {
    var operands = [first]
    var kind: (word: Token.Kind, distance: Int)?
    while let token = current, token.isProximity {
      position += 1
      let distance = proximityDistance()
      if let kind, kind.word != token.kind || kind.distance != distance {
        report(.mixedChain, token.range)
      }
      kind = kind ?? (token.kind, distance)
      if let next = current, next.isSign || next.kind == .operatorWord(.not) {
        report(.booleanInNear, next.range)
        while let skipped = current, skipped.isSign || skipped.kind == .operatorWord(.not) {
          position += 1
        }
        if startsOperand() { _ = operand() }
        continue
      }
      guard startsOperand() else {
        reportMissingRight(of: token)
        break
      }
      operands.append(operand())
    }
    guard let kind, operands.count > 1, let last = operands.last else { return first }
    return Syntax(
      kind: .near(
        operands, distance: kind.distance, isOrdered: kind.word == .operatorWord(.onear)),
      range: first.range.lowerBound..<max(first.range.upperBound, last.range.upperBound))
  }

  /// `(5)` or `(n=5)` after NEAR; 8 when it is absent.
  private mutating func proximityDistance() -> Int {
    let standard = 8
    guard let open = current, open.kind == .open else { return standard }
    guard let close = closing(of: position, within: 4) else {
      if open.isGlued {
        report(.badDistance, open.range)
        _ = parenthesised()
      }
      return standard
    }
    let inner = open.range.upperBound..<tokens[close].range.lowerBound
    var text = source.text(inner).filter { $0 != " " }
    if text.hasPrefix("n=") || text.hasPrefix("N=") { text.removeFirst(2) }
    let isNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    if !open.isGlued {
      // A parenthesis that stands apart may be the operand: it is when nothing follows it.
      let next = close + 1 < tokens.count ? tokens[close + 1] : nil
      guard isNumber, let next, next.beginsOperand else { return standard }
    }
    position = close + 1
    guard isNumber, let distance = Int(text), distance <= QueryLimits.proximityDistance else {
      report(.badDistance, open.range.lowerBound..<tokens[close].range.upperBound)
      return standard
    }
    return distance
  }

  /// The index of the token that closes a flat parenthesis, a few tokens on.
  private func closing(of index: Int, within count: Int) -> Int? {
    var next = index + 1
    while next < tokens.count, next <= index + count {
      switch tokens[next].kind {
      case .close: return next
      case .word, .plus, .minus: next += 1
      default: return nil
      }
    }
    return nil
  }

  /// `(cb=100, n=5)` after XRANK.
  mutating func rankParameters(after word: Token) {
    guard let open = current, open.kind == .open else {
      report(.badRankParameter(""), word.range)
      return
    }
    position += 1
    while let token = current, token.kind != .close {
      position += 1
      for part in text(of: token).split(separator: ",") where !isRankParameter(part) {
        report(.badRankParameter(String(part)), token.range)
      }
    }
    guard current != nil else {
      report(
        .unclosedParenthesis(column: source.column(of: open.range.lowerBound)), open.range)
      return
    }
    position += 1
  }

  private func isRankParameter(_ text: Substring) -> Bool {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Double(parts[1]), number.isFinite else { return false }
    return ["cb", "nb", "rb", "pb", "avgb", "stdb", "n"].contains(parts[0].lowercased())
  }

  // MARK: - Functions

  private mutating func function(_ word: OperatorWord, _ token: Token) -> Syntax {
    guard let open = current, open.kind == .open else {
      report(
        .functionWithoutList(
          word.rawValue, column: source.column(of: token.range.lowerBound)), token.range)
      return Syntax(kind: .nothing, range: token.range)
    }
    position += 1
    var terms: [Term] = []
    var nested = 0
    var isSeparated = true
    let reportCount = findings.count
    while let next = current, next.kind != .close || nested > 0 {
      switch next.kind {
      case .quoted, .word:
        let isBare = next.kind == .word
        let commas = functionTerms(next, of: word, isSeparated: &isSeparated, into: &terms)
        if word == .words, !commas { report(.missingComma, next.range) }
        // After a comma a quotation mark begins the next one of the words.
        let endsInComma = source.scalars[next.range.upperBound - 1] == ","
        if isBare, !(word == .words && endsInComma) { reportGluedQuote(after: next) }
      case .open:
        if nested == 0 { report(.operatorInFunction(word.rawValue), next.range) }
        nested += 1
        position += 1
      case .close:
        nested -= 1
        position += 1
      case .operatorWord, .plus, .minus, .conditions, .segment:
        if nested == 0 { report(.operatorInFunction(word.rawValue), next.range) }
        position += 1
      }
    }
    guard let close = current else {
      report(
        .unclosedParenthesis(column: source.column(of: open.range.lowerBound)), open.range)
      return Syntax(kind: .nothing, range: token.range)
    }
    position += 1
    let range = token.range.lowerBound..<close.range.upperBound
    guard !terms.isEmpty else {
      if findings.count == reportCount {
        report(.emptyParentheses(column: source.column(of: open.range.lowerBound)), range)
      }
      return Syntax(kind: .nothing, range: range)
    }
    return Syntax(kind: .function(word, terms), range: range)
  }

  /// Reads a word or phrase of a function's list.
  ///
  /// In WORDS a comma separates; gives whether the term was separated from the one before it.
  private mutating func functionTerms(
    _ token: Token, of word: OperatorWord, isSeparated: inout Bool, into terms: inout [Term]
  ) -> Bool {
    if case .quoted(let content, let hasStar) = token.kind {
      position += 1
      countTerm(token.range)
      let wasSeparated = isSeparated
      isSeparated = false
      if let next = current, next.isGlued, next.isTextual,
        word != .words || source.scalars[next.range.lowerBound] != ","
      {
        report(.textAfterQuote(text(of: next)), next.range)
        skipGlued()
      }
      terms.append(
        Term(
          text: quotedText(content), isQuoted: true,
          hasStar: hasStar, range: token.range))
      return wasSeparated
    }
    position += 1
    guard word == .words else {
      if let checked = functionWord(token.range, of: word) { terms.append(checked) }
      return true
    }
    var wasSeparated = true
    var start = token.range.lowerBound
    for end in token.range.lowerBound...token.range.upperBound
    where end == token.range.upperBound || source.scalars[end] == "," {
      if end > start {
        if !isSeparated { wasSeparated = false }
        if let checked = functionWord(start..<end, of: word) { terms.append(checked) }
        isSeparated = false
      }
      if end < token.range.upperBound { isSeparated = true }
      start = end + 1
    }
    return wasSeparated
  }

  private mutating func functionWord(_ range: Range<Int>, of word: OperatorWord) -> Term? {
    countTerm(range)
    switch reading(of: range) {
    case .literal, .spacedName, .leadingOperator: break
    case .unknown(let name):
      report(.unknownProperty(source.text(name), value: source.text(range)), range)
      return nil
    case .foreign(let name):
      report(.foreignProperty(source.text(name)), range)
      return nil
    case .property:
      report(.restrictionInFunction(word.rawValue), range)
      return nil
    }
    return Term(text: source.text(range), isQuoted: false, hasStar: false, range: range)
  }
}

extension Token {
  /// Whether it is text that may not touch a quotation.
  var isTextual: Bool {
    switch kind {
    case .word, .operatorWord, .quoted, .plus, .minus: true
    case .open, .close, .conditions, .segment: false
    }
  }

  /// Whether an operand can begin with it.
  fileprivate var beginsOperand: Bool {
    switch kind {
    case .open, .word, .quoted, .plus, .minus: true
    case .operatorWord(let word): !word.isBinary
    case .close, .conditions, .segment: false
    }
  }
}
