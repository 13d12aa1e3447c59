// SPDX-License-Identifier: Apache-2.0

/// Splits a query into the rows of its hit report (query-language section 6.8).
struct KeywordRows {
  /// A copy of the binder that read the query: what it finds again is dropped.
  private var binder: Binder
  private var parts: [(text: String, node: QueryNode)] = []

  /// The `(c:s)` segments, else the operands of the topmost OR, else the whole query; each together
  /// with the conditions.
  static func rows(
    of parsed: ParsedQuery, conditions: QueryNode?, whole: QueryNode, binder: Binder
  ) -> [KeywordRow] {
    var rows = KeywordRows(binder: binder)
    for segment in parsed.segments {
      if parsed.segments.count > 1 {
        rows.append(segment.range, of: segment)
      } else {
        rows.split(segment)
      }
    }
    guard !rows.parts.isEmpty else {
      let text = parsed.conditions.map { binder.source.text($0.range) } ?? ""
      return [KeywordRow(text: text, node: whole)]
    }
    return rows.parts.map { part in
      let node = conditions.flatMap { QueryNode.conjunction([part.node, $0]) } ?? part.node
      return KeywordRow(text: part.text, node: node)
    }
  }

  private init(binder: Binder) {
    self.binder = binder
  }

  private mutating func split(_ syntax: Syntax) {
    let core = syntax.unwrapped
    switch core.kind {
    case .or(let operands): for operand in operands { split(operand) }
    case .sequence(let elements) where isDisjunction(elements):
      for element in elements { split(element) }
    case .function(.any, let terms), .function(.words, let terms):
      for term in terms {
        append(term.range, of: Syntax(kind: .term(term), range: term.range))
      }
    case .ranked(let expression, _): split(expression)
    default: append(core.range, of: core)
    }
  }

  private mutating func append(_ range: Range<Int>, of syntax: Syntax) {
    guard let node = binder.bind(syntax, in: nil) else { return }
    parts.append((binder.source.text(range), node))
  }

  /// Whether the blanks between elements mean OR.
  private func isDisjunction(_ elements: [Syntax]) -> Bool {
    if binder.options.dialect == .purview { return !binder.hasOperators }
    let names = Set(elements.map { binder.plainRestriction($0)?.entry.name })
    return names.count == 1 && !names.contains(nil)
  }
}
