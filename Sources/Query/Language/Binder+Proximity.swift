// SPDX-License-Identifier: Apache-2.0

/// NEAR and ONEAR (query-language section 6.5).
extension Binder {
  mutating func near(
    _ operands: [Syntax], distance: Int, isOrdered: Bool, _ syntax: Syntax,
    in group: Restriction?
  ) -> QueryNode? {
    var scope = TextScope.fullText
    if let group {
      guard group.entry.type == .text,
        group.comparison == .contains || options.dialect == .purview
      else {
        report(.restrictionInNear, syntax.range)
        return nil
      }
      scope = .property(group.entry.property)
    }
    return proximity(operands, distance: distance, isOrdered: isOrdered)
      .map { .near($0, in: scope) }
  }

  private mutating func proximity(
    _ operands: [Syntax], distance: Int, isOrdered: Bool
  ) -> Proximity? {
    let bound = operands.map { self.operand($0) }
    let kept = bound.compactMap(\.self)
    guard kept.count == bound.count else { return nil }
    return Proximity(distance: distance, isOrdered: isOrdered, operands: kept)
  }

  private mutating func operand(_ syntax: Syntax) -> ProximityOperand? {
    switch syntax.kind {
    case .term(let term): return word(term)
    case .parenthesised(let inner): return operand(inner)
    case .ranked(let inner, let rank):
      _ = bind(rank, in: nil)
      return operand(inner)
    case .or(let operands): return alternatives(operands.map { self.operand($0) })
    case .function(.words, let terms), .function(.any, let terms):
      return alternatives(terms.map { self.word($0) })
    case .near(let operands, let distance, let isOrdered):
      return proximity(operands, distance: distance, isOrdered: isOrdered)
        .map(ProximityOperand.near)
    case .restriction, .group:
      report(.restrictionInNear, syntax.range)
    case .and, .not, .required, .sequence, .function:
      report(.booleanInNear, syntax.range)
    case .nothing:
      report(.nothingIndexable(source.text(syntax.range)), syntax.range)
    }
    return nil
  }

  private mutating func word(_ term: Term) -> ProximityOperand? {
    guard let match = match(term, isDroppable: false) else { return nil }
    noteExpansion(of: match, term, isInProximity: true)
    return .match(match)
  }

  private func alternatives(_ operands: [ProximityOperand?]) -> ProximityOperand? {
    var flat: [ProximityOperand] = []
    for operand in operands {
      guard let operand else { return nil }
      if case .any(let inner) = operand { flat += inner } else { flat.append(operand) }
    }
    return flat.count > 1 ? .any(flat) : flat.first
  }
}
