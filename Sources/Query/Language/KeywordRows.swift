// SPDX-License-Identifier: Apache-2.0

/// Splits a query into the rows of its hit report (query-language section 6.8).
struct KeywordRows {
  /// A row before the conditions are added.
  private struct Part {
    var text: String
    var node: QueryNode
  }

  /// A copy of the binder that read the query: what it finds again is dropped.
  private var binder: Binder
  private var parts: [Part] = []

  /// A query that was read.
  struct Source: Sendable {
    var parsed: ParsedQuery
    /// What stands after `(c:c)`.
    var conditions: QueryNode?
    var whole: QueryNode
    /// The binder that read it.
    var binder: Binder

    /// The `(c:s)` segments, else the operands of the topmost OR, else the whole query; each together
    /// with the conditions that apply to it: those after `(c:c)`, and what an AND joins to the OR.
    var rows: [KeywordRow] {
      KeywordRows.rows(of: parsed, conditions: conditions, whole: whole, binder: binder)
    }
  }

  private static func rows(
    of parsed: ParsedQuery, conditions: QueryNode?, whole: QueryNode, binder: Binder
  ) -> [KeywordRow] {
    var rows = KeywordRows(binder: binder)
    for segment in parsed.segments {
      if parsed.segments.count > 1 {
        rows.append(segment)
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

  private mutating func append(_ segment: Syntax) {
    guard let node = binder.bind(segment, in: nil) else { return }
    parts.append(Part(text: binder.source.text(segment.range), node: node))
  }

  private mutating func split(_ segment: Syntax) {
    if let operands = operands(of: segment, in: nil) {
      parts += operands
      return
    }
    // The one OR among what an AND joins is the topmost of the query; of several none is.
    let conjuncts = conjuncts(of: segment)
    let disjunctions = conjuncts.map { operands(of: $0) }
    let places = disjunctions.indices.filter { disjunctions[$0] != nil }
    guard places.count == 1, let place = places.first, let operands = disjunctions[place] else {
      append(segment.core)
      return
    }
    let before = conjuncts[..<place].compactMap { node(of: $0) }
    let after = conjuncts[(place + 1)...].compactMap { node(of: $0) }
    for operand in operands {
      guard let node = QueryNode.conjunction(before + [operand.node] + after) else { continue }
      parts.append(Part(text: operand.text, node: node))
    }
  }

  // MARK: - OR

  /// The operands of an OR, those of ORs directly in it in their place; nil when it is none.
  private mutating func operands(of syntax: Syntax, in group: Restriction?) -> [Part]? {
    let core = syntax.core
    switch core.kind {
    case .or(let operands): return parts(of: operands, in: group)
    case .sequence(let elements) where isDisjunction(elements):
      return parts(of: elements, in: group)
    case .function(.any, let terms), .function(.words, let terms):
      return parts(of: terms.map { Syntax(kind: .term($0), range: $0.range) }, in: group)
    case .group(let restriction, let inner) where group == nil:
      var plain = restriction
      plain.entry.kind = nil
      let name = restriction.name + restriction.comparison.rawValue
      return operands(of: inner, in: plain)?.map { part in
        Part(text: name + part.text, node: binder.withKind(part.node, of: restriction.entry))
      }
    default: return nil
    }
  }

  private mutating func parts(of operands: [Syntax], in group: Restriction?) -> [Part] {
    var parts: [Part] = []
    for operand in operands {
      if let inner = self.operands(of: operand, in: group) {
        parts += inner
        continue
      }
      let core = operand.core
      guard let node = binder.bind(core, in: group) else { continue }
      let text = binder.source.text(core.range)
      let isTerm = if case .term = core.kind { true } else { false }
      // In a group what is no single value needs its parentheses.
      parts.append(Part(text: group == nil || isTerm ? text : "(" + text + ")", node: node))
    }
    return parts
  }

  /// Whether the blanks between elements mean OR.
  private func isDisjunction(_ elements: [Syntax]) -> Bool {
    if binder.options.dialect == .purview { return !binder.hasOperators }
    let names = Set(elements.map { binder.plainRestriction($0)?.entry.name })
    return names.count == 1 && !names.contains(nil)
  }

  // MARK: - AND

  /// What an AND joins: one expression, or restrictions on one property that blanks join by OR.
  private typealias Conjunct = [Syntax]

  private func conjuncts(of syntax: Syntax) -> [Conjunct] {
    let core = syntax.core
    switch core.kind {
    case .and(let operands): return operands.flatMap(conjuncts)
    case .sequence(let elements) where !isDisjunction(elements):
      guard binder.options.dialect == .keyql else { return elements.flatMap(conjuncts) }
      return binder.joined(elements).flatMap { $0.count > 1 ? [$0] : conjuncts(of: $0[0]) }
    default: return [[core]]
    }
  }

  private mutating func operands(of conjunct: Conjunct) -> [Part]? {
    conjunct.count > 1 ? parts(of: conjunct, in: nil) : operands(of: conjunct[0], in: nil)
  }

  private mutating func node(of conjunct: Conjunct) -> QueryNode? {
    var nodes: [QueryNode] = []
    for syntax in conjunct {
      if let node = binder.bind(syntax, in: nil) { nodes.append(node) }
    }
    return QueryNode.disjunction(nodes)
  }
}

extension Syntax {
  /// Without what changes nothing of its meaning: parentheses, a plus sign, a rank.
  fileprivate var core: Syntax {
    var syntax = self
    while true {
      switch syntax.kind {
      case .parenthesised(let inner), .required(let inner), .ranked(let inner, _): syntax = inner
      default: return syntax
      }
    }
  }
}
