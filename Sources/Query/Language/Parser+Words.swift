// SPDX-License-Identifier: Apache-2.0

/// Bare words: literal text, or a property with its operator and value (query-language section 3).
extension Parser {
  /// What a bare word is.
  enum WordReading {
    case literal
    /// A property: its name, its operator, where the rest of the word begins.
    case property(PropertyEntry, Range<Int>, PropertyOperator, Int)
    /// A name that no property has, with an operator and more text.
    case unknown(Range<Int>)
    case foreign(Range<Int>)
    /// A name, an operator and then a blank: prose, as in `Note: x`.
    case spacedName(Range<Int>, PropertyOperator)
    /// It begins with an operator.
    case leadingOperator(PropertyOperator)
  }

  /// Splits a word at its first operator.
  ///
  /// What follows the word decides whether a name at its end has a value; `position` stands after
  /// the word.
  func reading(of range: Range<Int>) -> WordReading {
    guard let (start, comparison) = firstOperator(in: range) else { return .literal }
    let nameRange = range.lowerBound..<start
    let rest = start + comparison.rawValue.unicodeScalars.count
    guard !nameRange.isEmpty else { return .leadingOperator(comparison) }
    guard nameRange.count <= 64, isIdentifier(nameRange) else { return .literal }
    let name = source.text(nameRange).lowercased()
    let hasValue =
      rest < range.upperBound
      || (current?.isGlued == true
        && current?.kind != .close && current?.range.lowerBound == range.upperBound)
    if let entry = PropertyTable.entry(named: name) {
      if !hasValue, current != nil, current?.kind != .close {
        return .spacedName(nameRange, comparison)
      }
      return .property(entry, nameRange, comparison, rest)
    }
    guard hasValue else { return .spacedName(nameRange, comparison) }
    if isAddress(scheme: name, rest: rest..<range.upperBound) { return .literal }
    return ForeignProperties.contains(name) ? .foreign(nameRange) : .unknown(nameRange)
  }

  private func firstOperator(in range: Range<Int>) -> (Int, PropertyOperator)? {
    let scalars = source.scalars
    for index in range {
      let next = index + 1 < range.upperBound ? scalars[index + 1] : " "
      switch scalars[index] {
      case ":": return (index, .contains)
      case "=": return (index, .equal)
      case "<": return (index, next == ">" ? .notEqual : next == "=" ? .lessOrEqual : .less)
      case ">": return (index, next == "=" ? .greaterOrEqual : .greater)
      default: continue
      }
    }
    return nil
  }

  private func isIdentifier(_ range: Range<Int>) -> Bool {
    for index in range {
      switch source.scalars[index] {
      case "A"..."Z", "a"..."z": continue
      case "0"..."9", "_", ".":
        if index == range.lowerBound { return false }
      default: return false
      }
    }
    return true
  }

  /// Web, file and mail addresses are literal text.
  private func isAddress(scheme: String, rest: Range<Int>) -> Bool {
    switch scheme {
    case "http", "https", "file": source.scalars[rest].starts(with: "//".unicodeScalars)
    case "mailto": source.scalars[rest].contains("@")
    default: false
    }
  }

  // MARK: - Operands

  mutating func word(_ token: Token) -> Syntax {
    position += 1
    let range = token.range
    if range.count <= 16, source.scalars[range].contains("/"),
      isForeignProximity(source.text(range))
    {
      report(.foreignProximity(source.text(range)), range)
      return Syntax(kind: .nothing, range: range)
    }
    switch reading(of: range) {
    case .literal:
      return literal(token)
    case .unknown(let name):
      report(.unknownProperty(source.text(name), value: source.text(range)), range)
      skipValue(after: token)
      return Syntax(kind: .nothing, range: range)
    case .foreign(let name):
      report(.foreignProperty(source.text(name)), name)
      skipValue(after: token)
      return Syntax(kind: .nothing, range: range)
    case .spacedName(let name, let comparison):
      reportSpaced(source.text(name), comparison, range)
      let term = Term(text: source.text(name), isQuoted: false, hasStar: false, range: name)
      countTerm(range)
      return Syntax(kind: .term(term), range: range)
    case .leadingOperator(let comparison):
      return leadingOperator(comparison, token)
    case .property(let entry, let name, let comparison, let rest):
      if let outer = groupEntry {
        report(.restrictionInGroup(source.text(name), outer.name), range)
        skipValue(after: token)
        return Syntax(kind: .nothing, range: range)
      }
      return restriction(
        Restriction(
          entry: entry, name: source.text(name), nameRange: name, comparison: comparison,
          value: Term(text: "", isQuoted: false, hasStar: false, range: rest..<rest)), token)
    }
  }

  private mutating func literal(_ token: Token) -> Syntax {
    let text = source.text(token.range)
    countTerm(token.range)
    if token.range.count <= 5, let word = OperatorWord(rawValue: text.uppercased()) {
      let callsList = current?.kind == .open && current?.isGlued == true
      switch word {
      case .and, .or, .not, .near, .onear: report(.lowercaseOperator(text), token.range)
      case .all, .any, .none, .words, .xrank:
        if callsList { report(.lowercaseOperator(text), token.range) }
      }
    }
    reportGluedQuote(after: token)
    let term = Term(text: text, isQuoted: false, hasStar: false, range: token.range)
    return Syntax(kind: .term(term), range: token.range)
  }

  private mutating func reportSpaced(
    _ name: String, _ comparison: PropertyOperator, _ range: Range<Int>
  ) {
    if isStrict {
      report(.blankAroundOperator(name, comparison.rawValue), range)
    } else {
      report(.blankBesideOperator(name, comparison.rawValue), range)
    }
  }

  /// A word such as `:x` or `=`: what stands before it decides.
  private mutating func leadingOperator(_ comparison: PropertyOperator, _ token: Token) -> Syntax {
    let index = position - 2
    guard index >= 0, tokens[index].kind == .word, isIdentifier(tokens[index].range),
      !token.isGlued
    else { return literal(token) }
    let name = tokens[index].range
    reportSpaced(source.text(name), comparison, name.lowerBound..<token.range.upperBound)
    let rest = token.range.lowerBound + comparison.rawValue.unicodeScalars.count
    if rest < token.range.upperBound {
      countTerm(token.range)
      reportGluedQuote(after: token)
      let range = rest..<token.range.upperBound
      let term = Term(text: source.text(range), isQuoted: false, hasStar: false, range: range)
      return Syntax(kind: .term(term), range: range)
    }
    if let next = current, next.isGlued {
      switch next.kind {
      case .quoted, .open: return operand()
      default: break
      }
    }
    return Syntax(kind: .nothing, range: token.range)
  }

  /// Skips what belongs to a property that was refused.
  private mutating func skipValue(after token: Token) {
    guard let next = current, next.isGlued else { return }
    switch next.kind {
    case .quoted: _ = quotedTerm(next)
    case .open: _ = parenthesised()
    default: break
    }
  }

  // MARK: - Restrictions

  private mutating func restriction(_ head: Restriction, _ token: Token) -> Syntax {
    var restriction = head
    let start = head.nameRange.lowerBound
    let rest = head.value.range.lowerBound
    if rest < token.range.upperBound {
      let range = rest..<token.range.upperBound
      restriction.value = Term(
        text: source.text(range), isQuoted: false, hasStar: false, range: range)
      countTerm(range)
      reportGluedQuote(after: token)
      if isBrokenRange(restriction) || isUnquotedInterval(restriction) {
        return Syntax(kind: .nothing, range: start..<tokens[position - 1].range.upperBound)
      }
      reportSecondWord(restriction)
    } else if let next = current, next.isGlued, next.kind == .open {
      return group(restriction)
    } else if let next = current, next.isGlued, case .quoted = next.kind {
      guard let term = quotedTerm(next) else {
        return Syntax(kind: .nothing, range: start..<next.range.upperBound)
      }
      restriction.value = term
    } else {
      report(.emptyValue(head.entry.name), token.range)
      return Syntax(kind: .nothing, range: token.range)
    }
    let range = start..<restriction.value.range.upperBound
    if !isRecorded, range.count > QueryLimits.restrictionLength {
      report(.restrictionTooLong(restriction.name, range.count), range)
    }
    return Syntax(kind: .restriction(restriction), range: range)
  }

  private mutating func group(_ restriction: Restriction) -> Syntax {
    let outer = groupEntry
    groupEntry = restriction.entry
    let inner = parenthesised()
    groupEntry = outer
    let range = restriction.nameRange.lowerBound..<inner.range.upperBound
    guard restriction.entry.type.takesGroups else {
      report(.groupNotForType(restriction.entry), range)
      return Syntax(kind: .nothing, range: range)
    }
    switch restriction.comparison {
    case .contains, .equal: break
    default:
      report(.groupNotForOperator(restriction.comparison, restriction.entry), range)
      return Syntax(kind: .nothing, range: range)
    }
    return Syntax(kind: .group(restriction, inner), range: range)
  }

  /// `1. .3`, `1.. 3`, `1 ..3`: a range with blanks in it.
  private mutating func isBrokenRange(_ restriction: Restriction) -> Bool {
    guard restriction.entry.type.isOrdered, let next = current, next.kind == .word else {
      return false
    }
    let value = restriction.value.text
    let first = source.scalars[next.range.lowerBound]
    let isBroken =
      text(of: next).hasPrefix("..")
      || (value.hasSuffix(".") && (first == "." || ("0"..."9").contains(first)))
    guard isBroken else { return false }
    let start = restriction.value.range.lowerBound
    position += 1
    if text(of: next).hasSuffix("."), let last = current, last.kind == .word,
      ("0"..."9").contains(source.scalars[last.range.lowerBound])
    {
      position += 1
    }
    report(.brokenRange, start..<tokens[position - 1].range.upperBound)
    return true
  }

  /// `sent:last month` without quotation marks.
  private mutating func isUnquotedInterval(_ restriction: Restriction) -> Bool {
    let value = restriction.value.text.lowercased()
    guard restriction.entry.type == .date, value == "last" || value == "this",
      let next = current, next.kind == .word
    else { return false }
    let second = text(of: next).lowercased()
    var written = value + " " + second
    if second == "7" || second == "30" || second == "90", position + 1 < tokens.count,
      tokens[position + 1].kind == .word, text(of: tokens[position + 1]).lowercased() == "days"
    {
      written += " days"
    }
    guard NamedInterval(rawValue: written) != nil else { return false }
    position += written.hasSuffix("days") ? 2 : 1
    report(
      .unquotedInterval(restriction.name, restriction.comparison.rawValue, written),
      restriction.nameRange.lowerBound..<tokens[position - 1].range.upperBound)
    return true
  }

  private mutating func reportSecondWord(_ restriction: Restriction) {
    guard restriction.entry.type == .text, restriction.comparison == .contains,
      restriction.value.text != "*", let next = current, next.kind == .word, !next.isGlued
    else { return }
    position += 1
    let reading = reading(of: next.range)
    position -= 1
    guard case .literal = reading else { return }
    report(
      .secondWordOutside(restriction.value.text, restriction.name, text(of: next)),
      restriction.value.range.lowerBound..<next.range.upperBound)
  }

  /// Notations of other products: `w/5`, `pre/5`, `NEAR/5`, `/s`, `/p`.
  private func isForeignProximity(_ text: String) -> Bool {
    let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return false }
    let isNumber = !parts[1].isEmpty && parts[1].utf8.allSatisfy { (0x30...0x39).contains($0) }
    switch parts[0] {
    case "": return parts[1] == "s" || parts[1] == "p"
    case "w": return isNumber || parts[1] == "s" || parts[1] == "p"
    case "pre", "near", "onear": return isNumber
    default: return false
    }
  }
}
