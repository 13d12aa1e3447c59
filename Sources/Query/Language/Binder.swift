// SPDX-License-Identifier: Apache-2.0
import Model

/// Turns a syntax tree into the tree that engines evaluate: reads values, resolves dates and
/// persons, applies the rules for blanks.
struct Binder {
  let source: SourceText
  let options: QueryOptions
  let people: PeopleLookup
  let dates: DateReader
  /// Whether an operator word or sign occurs in the keywords (query-language section 6.3).
  let hasOperators: Bool
  /// The quotation that never ends, reported already.
  let unclosedQuote: Int?
  var findings: [(finding: Finding, range: Range<Int>)] = []
  /// What had nothing to search for.
  var dropped: [(text: String, range: Range<Int>)] = []
  var intervals: [ResolvedInterval] = []
  /// Prefixes in phrases and proximities, which stand for words of the index.
  var expansions: [(prefix: String, range: Range<Int>)] = []
  /// Whether the conditions after `(c:c)` are being read.
  var isInConditions = false
  var hasBlankInGroup = false

  init(
    source: SourceText, options: QueryOptions, people: PeopleLookup, parsed: ParsedQuery,
    unclosedQuote: Int?
  ) {
    self.source = source
    self.options = options
    self.people = people
    dates = DateReader(options)
    hasOperators = parsed.hasOperators
    self.unclosedQuote = unclosedQuote
  }

  mutating func report(_ finding: Finding, _ range: Range<Int>) {
    findings.append((finding, range))
  }

  /// Binds an expression; nil when it is in error or has nothing to search for.
  ///
  /// `group`: The grouped restriction that it stands in.
  /// Gives the node; nil when nothing is left or it is an error.
  mutating func bind(_ syntax: Syntax, in group: Restriction?) -> QueryNode? {
    switch syntax.kind {
    case .term(let term): return bind(term, in: group)
    case .restriction(let restriction):
      check(restriction)
      return value(of: restriction)
    case .group(let restriction, let inner):
      check(restriction)
      var plain = restriction
      plain.entry.kind = nil
      return bind(inner, in: plain).map { withKind($0, of: restriction.entry) }
    case .function(let word, let terms):
      let nodes = terms.compactMap { bind($0, in: group) }
      switch word {
      case .all: return .conjunction(nodes)
      case .none: return QueryNode.disjunction(nodes).map(QueryNode.not)
      default: return .disjunction(nodes)
      }
    case .parenthesised(let inner), .required(let inner): return bind(inner, in: group)
    case .not(let inner): return bind(inner, in: group).map(QueryNode.not)
    case .and(let operands): return .conjunction(operands.compactMap { bind($0, in: group) })
    case .or(let operands): return .disjunction(operands.compactMap { bind($0, in: group) })
    case .sequence(let elements): return sequence(elements, in: group)
    case .near(let operands, let distance, let isOrdered):
      return near(operands, distance: distance, isOrdered: isOrdered, syntax, in: group)
    case .ranked(let expression, let rank):
      _ = bind(rank, in: group)
      return bind(expression, in: group)
    case .nothing: return nil
    }
  }

  private mutating func bind(_ term: Term, in group: Restriction?) -> QueryNode? {
    if var restriction = group {
      restriction.value = term
      return value(of: restriction)
    }
    guard let match = match(term, isDroppable: true) else { return nil }
    noteExpansion(of: match, term, isInProximity: false)
    return .text(match, in: .fullText)
  }

  /// Reads a word or phrase.
  ///
  /// `isDroppable`: Whether it may vanish when it has nothing to search for.
  /// Gives the tokens; nil when there are none or it is an error.
  mutating func match(_ term: Term, isDroppable: Bool) -> TextMatch? {
    guard term.range.lowerBound != unclosedQuote else { return nil }
    if term.isQuoted, term.text.allSatisfy({ $0 == " " }) {
      report(.emptyQuote, term.range)
      return nil
    }
    var warnings: [Finding] = []
    let value = TextValue.read(term) { warnings.append($0) }
    for warning in warnings { report(warning, term.range) }
    switch value {
    case .match(let match): return match
    case .failure(let finding): report(finding, term.range)
    case .nothing:
      if isDroppable {
        dropped.append((term.text, term.range))
      } else {
        report(.nothingIndexable(term.text), term.range)
      }
    }
    return nil
  }

  /// Notes a prefix that has to be looked up in the vocabulary (query-language section 5).
  mutating func noteExpansion(of match: TextMatch, _ term: Term, isInProximity: Bool) {
    guard match.lastIsPrefix, isInProximity || match.tokens.count > 1,
      let last = match.tokens.last
    else { return }
    expansions.append((last, term.range))
  }

  /// Reports a property that may not be used here.
  private mutating func check(_ restriction: Restriction) {
    let property = restriction.entry.property
    let range = restriction.nameRange
    if options.purpose != .search, PropertyTable.stateProperties.contains(property) {
      report(.stateProperty(restriction.name), range)
    } else if options.unavailable.contains(property) {
      report(.unavailableProperty(restriction.name), range)
    }
    if PropertyTable.narrowedAliases.contains(restriction.name.lowercased()) {
      report(.readAs(restriction.name, restriction.entry.name), range)
    }
  }

  // MARK: - Blanks

  /// Whether a blank here means AND with the rule for restrictions on one property.
  private var isBlankAnd: Bool { options.dialect == .keyql || isInConditions }

  private mutating func sequence(_ elements: [Syntax], in group: Restriction?) -> QueryNode? {
    guard isBlankAnd else { return purviewSequence(elements, in: group) }
    if let group, !hasBlankInGroup {
      let positive = elements.filter { if case .not = $0.kind { false } else { true } }
      if positive.count > 1 {
        hasBlankInGroup = true
        report(
          .blankInGroup(group.name),
          positive[0].range.lowerBound..<positive[1].range.upperBound)
      }
    }
    guard group == nil else { return .conjunction(elements.compactMap { bind($0, in: group) }) }
    reportLimits(elements)
    return .conjunction(
      joined(elements).compactMap { part in
        QueryNode.disjunction(part.compactMap { bind($0, in: nil) })
      })
  }

  /// The elements of a sequence of which all are wanted, plain restrictions on one property together,
  /// wherever they stand: blanks join these by OR (query-language section 6.2).
  func joined(_ elements: [Syntax]) -> [[Syntax]] {
    var parts: [[Syntax]] = []
    var partOfProperty: [String: Int] = [:]
    for element in elements {
      guard let name = plainRestriction(element)?.entry.name else {
        parts.append([element])
        continue
      }
      if let part = partOfProperty[name] {
        parts[part].append(element)
      } else {
        partOfProperty[name] = parts.count
        parts.append([element])
      }
    }
    return parts
  }

  private mutating func reportLimits(_ elements: [Syntax]) {
    var limits: [String: Range<Int>] = [:]
    for element in elements {
      guard let plain = plainRestriction(element), plain.comparison.isComparison else { continue }
      let name = plain.entry.name
      if let first = limits[name] {
        report(.twoLimits(name), first.lowerBound..<element.range.upperBound)
      } else {
        limits[name] = element.range
      }
    }
  }

  /// The restriction that takes part in the same-property rule; nil for anything else.
  func plainRestriction(_ syntax: Syntax) -> Restriction? {
    guard case .restriction(let restriction) = syntax.unwrapped.kind,
      restriction.comparison != .notEqual
    else { return nil }
    return restriction
  }

  private mutating func purviewSequence(
    _ elements: [Syntax], in group: Restriction?
  ) -> QueryNode? {
    if hasOperators {
      for element in elements.dropFirst() {
        if case .not = element.kind { continue }
        report(.mixedBlank, element.range)
      }
      return .conjunction(elements.compactMap { bind($0, in: group) })
    }
    return .disjunction(elements.compactMap { bind($0, in: group) })
  }
}

extension QueryNode {
  /// All of some nodes, those of nested ANDs in their place; nil for none.
  ///
  /// The two ends of an interval that stand beside each other are one condition: some time must lie
  /// between them (query-language section 7.3), whether it was written as one or, as the normal form
  /// writes it, as two.
  static func conjunction(_ nodes: [QueryNode]) -> QueryNode? {
    var flat: [QueryNode] = []
    for node in nodes {
      let parts = if case .and(let inner) = node { inner } else { [node] }
      for part in parts {
        if let last = flat.last, let joined = interval(from: last, to: part) {
          flat[flat.count - 1] = joined
        } else {
          flat.append(part)
        }
      }
    }
    return flat.count > 1 ? .and(flat) : flat.first
  }

  private static func interval(from first: QueryNode, to last: QueryNode) -> QueryNode? {
    guard case .restriction(let begin) = first, case .restriction(let end) = last,
      begin.property == end.property, case .time(let since) = begin.condition,
      case .time(let before) = end.condition, since.before == nil, before.since == nil,
      let from = since.since, let to = before.before, from < to
    else { return nil }
    return .restriction(
      PropertyRestriction(
        property: begin.property, condition: .time(TimeInterval(since: from, before: to))))
  }

  /// Any of some nodes, those of nested ORs in their place; nil for none.
  static func disjunction(_ nodes: [QueryNode]) -> QueryNode? {
    var flat: [QueryNode] = []
    for node in nodes {
      if case .or(let inner) = node { flat += inner } else { flat.append(node) }
    }
    return flat.count > 1 ? .or(flat) : flat.first
  }

  /// Whether it only excludes, so that it matches nearly everything.
  var isExclusionOnly: Bool {
    switch self {
    case .not(let inner): !inner.isExclusionOnly
    case .and(let nodes), .or(let nodes): nodes.allSatisfy(\.isExclusionOnly)
    case .all, .text, .near, .restriction: false
    }
  }
}
