// SPDX-License-Identifier: Apache-2.0
import Query

/// What the full-text index of a partition is asked, as a tree.
indirect enum IndexExpression: Hashable, Sendable {
  /// No row.
  case none
  /// Every row.
  case all
  case facet(String)
  /// Tokens next to each other, in one column or in any.
  case phrase(TextMatch, column: String?)
  /// Phrases with at most so many foreign tokens between two neighbours.
  case near([TextMatch], distance: Int, column: String?)
  case and([IndexExpression])
  case or([IndexExpression])
  case not(IndexExpression)

  /// The conjunction, without what changes nothing.
  static func all(of parts: [IndexExpression]) -> IndexExpression {
    var kept: [IndexExpression] = []
    for part in parts {
      switch part {
      case .none: return .none
      case .all: continue
      case .and(let inner): kept += inner.filter { !kept.contains($0) }
      default: if !kept.contains(part) { kept.append(part) }
      }
    }
    return kept.isEmpty ? .all : kept.count == 1 ? kept[0] : .and(kept)
  }

  /// The disjunction, without what changes nothing.
  static func any(of parts: [IndexExpression]) -> IndexExpression {
    var kept: [IndexExpression] = []
    var seen: Set<IndexExpression> = []
    for part in parts {
      switch part {
      case .all: return .all
      case .none: continue
      case .or(let inner): kept += inner.filter { seen.insert($0).inserted }
      default: if seen.insert(part).inserted { kept.append(part) }
      }
    }
    return kept.isEmpty ? .none : kept.count == 1 ? kept[0] : .or(kept)
  }

  var complement: IndexExpression {
    switch self {
    case .none: .all
    case .all: .none
    case .not(let inner): inner
    default: .not(self)
    }
  }

  /// How deep operators are nested: FTS5's parser has a fixed stack.
  var depth: Int {
    switch self {
    case .and(let parts), .or(let parts): 1 + (parts.map(\.depth).max() ?? 0)
    case .not(let inner): 1 + inner.depth
    default: 0
    }
  }

  /// The expression in FTS5's language.
  ///
  /// `none` has no form there: who asks for nothing does not ask.
  var match: String {
    switch self {
    case .none, .all: Self.quoted(Facet.every)
    case .facet(let token): Self.quoted(token)
    case .phrase(let match, let column): Self.prefix(column) + Self.text(match)
    case .near(let matches, let distance, let column):
      Self.prefix(column) + "NEAR(" + matches.map(Self.text).joined(separator: " ")
        + ", \(distance))"
    case .and(let parts): Self.conjunction(parts)
    case .or(let parts):
      "(" + parts.map(\.match).joined(separator: " OR ") + ")"
    case .not(let inner): "(\(Self.quoted(Facet.every)) NOT \(inner.match))"
    }
  }

  /// NOT has two sides in FTS5: what must be there, and what must not.
  private static func conjunction(_ parts: [IndexExpression]) -> String {
    var wanted: [IndexExpression] = []
    var unwanted: [IndexExpression] = []
    for part in parts {
      if case .not(let inner) = part { unwanted.append(inner) } else { wanted.append(part) }
    }
    let left =
      wanted.isEmpty
      ? quoted(Facet.every) : "(" + wanted.map(\.match).joined(separator: " AND ") + ")"
    guard !unwanted.isEmpty else { return left }
    return "(\(left) NOT (" + unwanted.map(\.match).joined(separator: " OR ") + "))"
  }

  private static func prefix(_ column: String?) -> String { column.map { $0 + " : " } ?? "" }

  private static func text(_ match: TextMatch) -> String {
    quoted(match.tokens.joined(separator: " ")) + (match.lastIsPrefix ? " *" : "")
  }

  /// A string whose tokens FTS5 takes as they are.
  private static func quoted(_ tokens: String) -> String {
    let escaped =
      tokens.contains("\"")
      ? tokens.split(separator: "\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\"") : tokens
    return "\"\(Character(FullTextTokenizer.rawMark))\(escaped)\""
  }
}

/// Two expressions between which a condition lies: what matches `lower` fulfils it, what does not
/// match `upper` does not.
struct IndexBounds: Hashable, Sendable {
  var lower: IndexExpression
  var upper: IndexExpression

  init(lower: IndexExpression, upper: IndexExpression) {
    self.lower = lower
    self.upper = upper
  }

  /// A condition that the index knows exactly.
  init(_ exact: IndexExpression) {
    lower = exact
    upper = exact
  }

  /// The index knows nothing of it.
  static let unknown = IndexBounds(lower: .none, upper: .all)

  var isExact: Bool { lower == upper }

  var complement: IndexBounds {
    IndexBounds(lower: upper.complement, upper: lower.complement)
  }
}
