// SPDX-License-Identifier: Apache-2.0
import Model

/// Values of properties (query-language section 7).
extension Binder {
  /// Binds a restriction whose property was checked before.
  mutating func value(of restriction: Restriction) -> QueryNode? {
    let term = restriction.value
    guard term.range.lowerBound != unclosedQuote else { return nil }
    guard !term.text.allSatisfy({ $0 == " " }) else {
      report(.emptyValue(restriction.entry.name), term.range)
      return nil
    }
    if restriction.comparison.isComparison, !restriction.entry.type.isOrdered {
      report(.operatorNotForType(restriction.comparison, restriction.entry), term.range)
      return nil
    }
    guard let positive = positive(restriction) else { return nil }
    let node = withKind(positive, of: restriction.entry)
    return restriction.comparison == .notEqual ? .not(node) : node
  }

  /// Adds the kind that `prompt:` and `response:` imply.
  func withKind(_ node: QueryNode, of entry: PropertyEntry) -> QueryNode {
    guard let kind = entry.kind else { return node }
    let restriction = PropertyRestriction(
      property: .kind, condition: .keyword(kind, isPrefix: false))
    return QueryNode.conjunction([.restriction(restriction), node]) ?? node
  }

  /// Binds a restriction as if `<>` were `=`.
  private mutating func positive(_ restriction: Restriction) -> QueryNode? {
    let term = restriction.value
    let entry = restriction.entry
    if !term.isQuoted, term.text == "*", !restriction.comparison.isComparison {
      return node(entry, .exists)
    }
    if !entry.type.isOrdered, entry.type != .sensitiveType, isRange(term) {
      report(.rangeNotForType(entry), term.range)
      return nil
    }
    switch entry.type {
    case .text: return text(restriction)
    case .identity: return identity(restriction)
    case .keyword: return keyword(restriction)
    case .enumeration(let permitted): return enumeration(restriction, permitted)
    case .date: return date(restriction)
    case .integer: return integer(restriction)
    case .boolean: return boolean(restriction)
    case .sensitiveType: return sensitiveType(restriction)
    }
  }

  private func node(
    _ entry: PropertyEntry, _ condition: PropertyRestriction.Condition
  ) -> QueryNode {
    .restriction(PropertyRestriction(property: entry.property, condition: condition))
  }

  /// `A..B`, `A..`, `..B`, unquoted; three dots are punctuation.
  private func isRange(_ term: Term) -> Bool {
    guard !term.isQuoted, term.text.contains(".."), !term.text.contains("...") else {
      return false
    }
    return term.text.unicodeScalars.contains(where: \.isAlphanumeric)
  }

  // MARK: - Text

  private mutating func text(_ restriction: Restriction) -> QueryNode? {
    let entry = restriction.entry
    if restriction.comparison == .contains || options.dialect == .purview {
      guard let match = match(restriction.value, isDroppable: false) else { return nil }
      switch entry.property {
      case .body, .title, .attachment:
        noteExpansion(of: match, restriction.value, isInProximity: false)
      // What the index does not hold is compared value by value.
      default: break
      }
      return .text(match, in: .property(entry.property))
    }
    guard let (folded, isPrefix) = whole(restriction) else { return nil }
    if isPrefix { report(.prefixOfWholeValue(restriction.name), restriction.value.range) }
    return node(entry, .wholeText(folded, isPrefix: isPrefix))
  }

  /// A value that is compared as a whole, folded and not empty, and whether it is a prefix.
  private mutating func whole(_ restriction: Restriction) -> (folded: String, isPrefix: Bool)? {
    let term = restriction.value
    var text = term.text
    var isPrefix = term.hasStar
    if text.unicodeScalars.last == "*" {
      text.unicodeScalars.removeLast()
      isPrefix = true
    }
    if let finding = TextValue.wildcard(in: text, of: term) {
      report(finding, term.range)
      return nil
    }
    let folded = FoldedValue.wholeText(text)
    // As it is compared: of a ligature folding may leave marks alone.
    if isPrefix,
      folded.unicodeScalars.count(where: \.isAlphanumeric) < QueryLimits.prefixLength,
      !(Tokenizer.tokens(of: folded).last.map(Tokenizer.isCharacterToken) ?? false)
    {
      report(.shortPrefix(text + "*"), term.range)
      return nil
    }
    guard !folded.isEmpty else {
      report(.emptyValue(restriction.entry.name), term.range)
      return nil
    }
    return (folded, isPrefix)
  }

  // MARK: - Words

  private mutating func keyword(_ restriction: Restriction) -> QueryNode? {
    guard let (folded, isPrefix) = whole(restriction) else { return nil }
    return node(restriction.entry, .keyword(folded, isPrefix: isPrefix))
  }

  private mutating func enumeration(
    _ restriction: Restriction, _ permitted: [String]
  ) -> QueryNode? {
    let entry = restriction.entry
    let term = restriction.value
    let word = FoldedValue.identity(term.text)
    if entry.property == .kind, let kinds = PropertyTable.kindGroups[word], !term.hasStar {
      if word != "interaction" {
        report(.readAs(term.text, kinds.joined(separator: ", ")), term.range)
      }
      return .disjunction(kinds.map { node(entry, .keyword($0, isPrefix: false)) })
    }
    guard permitted.contains(word), !term.hasStar else {
      report(
        .notOneOf(term.text + (term.hasStar ? "*" : ""), entry.name, permitted), term.range)
      return nil
    }
    return node(entry, .keyword(word, isPrefix: false))
  }

  private mutating func boolean(_ restriction: Restriction) -> QueryNode? {
    switch FoldedValue.identity(restriction.value.textWithStar) {
    case "true": return node(restriction.entry, .boolean(true))
    case "false": return node(restriction.entry, .boolean(false))
    default:
      report(
        .notOneOf(restriction.value.textWithStar, restriction.entry.name, ["true", "false"]),
        restriction.value.range)
      return nil
    }
  }

  private mutating func sensitiveType(_ restriction: Restriction) -> QueryNode? {
    switch SensitiveTypeValue.read(restriction.value.textWithStar) {
    case .success(let text): return node(restriction.entry, .keyword(text, isPrefix: false))
    case .failure(let failure):
      report(failure.finding, restriction.value.range)
      return nil
    }
  }

  // MARK: - Persons

  private mutating func identity(_ restriction: Restriction) -> QueryNode? {
    let term = restriction.value
    let found = people.people(bearing: IdentityValue.key(of: term))
    let value = IdentityValue.read(
      term, comparison: restriction.comparison, isKnown: !found.isEmpty,
      isRecorded: options.isRecorded)
    switch value {
    case .failure(let finding):
      report(finding, term.range)
      return nil
    case .match(var match):
      let takesExpansion = match.form == .exact || match.form == .words
      if options.expandsIdentities, takesExpansion {
        if found.count > 1 { report(.severalPeople(found), term.range) }
        if found.isEmpty, match.text.contains("@") {
          report(.unknownPerson(term.text), term.range)
        }
        people.expand(&match, to: found)
      }
      if match.form == .domain, !match.written.hasPrefix("@"), !options.isRecorded,
        !people.know(domain: match.text)
      {
        report(.unknownDomain(term.text, restriction.name), term.range)
      }
      return node(restriction.entry, .identity(match))
    }
  }

  // MARK: - Numbers and dates

  private mutating func integer(_ restriction: Restriction) -> QueryNode? {
    let term = restriction.value
    let entry = restriction.entry
    guard let bounds = bounds(of: restriction) else { return nil }
    var numbers: [Int64?] = []
    for text in [bounds.lower, bounds.upper] {
      guard let text else {
        numbers.append(nil)
        continue
      }
      guard let number = NumberValue.read(text) else {
        report(.notANumber(text, entry), term.range)
        return nil
      }
      numbers.append(number)
    }
    guard bounds.isRange else {
      return numbers[0].map { integer(entry, restriction.comparison, $0) }
    }
    if let lower = numbers[0], let upper = numbers[1], lower > upper {
      report(.reversedRange(bounds.lower ?? "", bounds.upper ?? ""), term.range)
      return nil
    }
    return node(entry, .integer(lower: numbers[0], upper: numbers[1]))
  }

  private func integer(
    _ entry: PropertyEntry, _ comparison: PropertyOperator, _ number: Int64
  ) -> QueryNode {
    // No number lies beyond the last one: an empty range.
    let nothing = PropertyRestriction.Condition.integer(lower: .max, upper: .min)
    switch comparison {
    case .contains, .equal, .notEqual:
      return node(entry, .integer(lower: number, upper: number))
    case .less:
      return node(entry, number == .min ? nothing : .integer(lower: nil, upper: number - 1))
    case .lessOrEqual: return node(entry, .integer(lower: nil, upper: number))
    case .greater:
      return node(entry, number == .max ? nothing : .integer(lower: number + 1, upper: nil))
    case .greaterOrEqual: return node(entry, .integer(lower: number, upper: nil))
    }
  }

  /// The sides of a range, or the one value as `lower`; nil when it was reported.
  private mutating func bounds(
    of restriction: Restriction
  ) -> (lower: String?, upper: String?, isRange: Bool)? {
    let text = restriction.value.textWithStar
    guard let cut = text.firstRange(of: "..") else {
      if text.hasSuffix(".") {
        report(.brokenRange, restriction.value.range)
        return nil
      }
      return (text, nil, false)
    }
    let lower = FoldedValue.collapsed(String(text[..<cut.lowerBound]))
    let upper = FoldedValue.collapsed(String(text[cut.upperBound...]))
    guard !restriction.comparison.isComparison else {
      report(.rangeNotForOperator(restriction.comparison), restriction.value.range)
      return nil
    }
    guard !lower.isEmpty || !upper.isEmpty, !upper.hasPrefix("."), !upper.contains("..") else {
      report(.brokenRange, restriction.value.range)
      return nil
    }
    return (lower.isEmpty ? nil : lower, upper.isEmpty ? nil : upper, true)
  }

  private mutating func date(_ restriction: Restriction) -> QueryNode? {
    let term = restriction.value
    guard let bounds = bounds(of: restriction) else { return nil }
    var values: [DateValue?] = []
    for text in [bounds.lower, bounds.upper] {
      guard let text else {
        values.append(nil)
        continue
      }
      switch dates.read(text) {
      case .success(let value): values.append(value)
      case .failure(let failure):
        report(failure.finding, term.range)
        return nil
      }
    }
    if bounds.isRange, let first = values[0], let last = values[1], first.start >= last.end {
      report(.reversedRange(bounds.lower ?? "", bounds.upper ?? ""), term.range)
      return nil
    }
    let interval =
      bounds.isRange
      ? TimeInterval(since: values[0]?.start, before: values[1]?.end)
      : values[0].map { covered(by: restriction.comparison, $0) }
    guard let interval else { return nil }
    let isRelative = values.contains { $0?.isRelative == true }
    if isRelative { reportRelative(term, values) }
    intervals.append(
      ResolvedInterval(
        property: restriction.entry.property,
        text: source.text(restriction.nameRange.lowerBound..<term.range.upperBound),
        interval: interval, isRelative: isRelative))
    return node(restriction.entry, .time(interval))
  }

  private func covered(by comparison: PropertyOperator, _ date: DateValue) -> TimeInterval {
    switch comparison {
    case .contains, .equal, .notEqual: TimeInterval(since: date.start, before: date.end)
    case .less: TimeInterval(before: date.start)
    case .lessOrEqual: TimeInterval(before: date.end)
    case .greater: TimeInterval(since: date.end)
    case .greaterOrEqual: TimeInterval(since: date.start)
    }
  }

  /// A relative date is fixed for a hold and refused in a condition (query-language section 7.3).
  private mutating func reportRelative(_ term: Term, _ values: [DateValue?]) {
    switch options.purpose {
    case .search: break
    case .condition: report(.relativeInCondition(term.text), term.range)
    case .hold:
      let start = values[0]?.start.rfc3339 ?? ""
      let end = (values[1] ?? values[0])?.end.rfc3339 ?? ""
      report(.intervalFixed(term.text, "\(start) … \(end)"), term.range)
    }
  }
}
