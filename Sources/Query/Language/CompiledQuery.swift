// SPDX-License-Identifier: Apache-2.0
package import Model

/// A query as read: what to evaluate and what to record, or what is wrong with it.
package struct CompiledQuery: Sendable {
  /// The text as typed.
  package var text: String
  package var dialect: QueryDialect
  /// The zone in which days began, by its identifier.
  package var timeZone: String
  /// What to evaluate; nil when there is an error.
  package var node: QueryNode?
  /// The one text that says explicitly what was read (query-language section 9); nil when there is
  /// an error.
  package var normalForm: String? { node.map { NormalForm.text(of: $0) } }
  /// All that was found, in order of position.
  package var diagnostics: [Diagnostic]
  /// The rows of a hit report (query-language section 6.8); empty when there is an error.
  package var rows: [KeywordRow] { keywords?.rows ?? [] }
  /// What the rows are made of when somebody asks for them; nil when there is an error.
  var keywords: KeywordRows.Source?
  /// The bounds that dates were given, in the order of the query.
  package var intervals: [ResolvedInterval]
  /// Prefixes in phrases and proximities, in the order of the query: only the store knows how many
  /// words they stand for.
  package var expansions: [PrefixExpansion]
  /// Whether the query only excludes, so that nearly everything in scope matches (W122).
  package var isExclusionOnly: Bool

  /// The errors, in order of position; the first one names the status.
  package var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }

  /// The persons that the query names, in the order of the normal form.
  package var identities: [(property: Property, match: IdentityMatch)] {
    node?.identities ?? []
  }
}

/// A prefix in a phrase or beside NEAR, which stands for all words of the index that begin so.
package struct PrefixExpansion: Hashable, Sendable {
  /// How many words it may stand for (query-language section 10).
  package static let limit = 10_000

  /// As the index folds it.
  package var prefix: String
  /// Where the phrase or word stands, in UTF-8 bytes of the query.
  package var bytes: Range<Int>
  /// The same place in Unicode scalars.
  package var characters: Range<Int>
}

extension CompiledQuery {
  /// Refuses the query where a prefix stands for too many words (E405).
  ///
  /// - Parameter wordCount: How many words of the index begin with a prefix.
  /// - Throws: What `wordCount` throws.
  package mutating func checkExpansions(
    _ wordCount: (String) throws -> Int
  ) rethrows {
    var counts: [String: Int] = [:]
    for expansion in expansions where counts[expansion.prefix] == nil {
      counts[expansion.prefix] = try wordCount(expansion.prefix)
    }
    let errors = expansions.compactMap { expansion -> Diagnostic? in
      let count = counts[expansion.prefix] ?? 0
      guard count > PrefixExpansion.limit else { return nil }
      let finding = Finding.tooManyVariants(expansion.prefix, count)
      return Diagnostic(
        code: finding.code, severity: .error, start: expansion.bytes.lowerBound,
        end: expansion.bytes.upperBound, characters: expansion.characters,
        message: finding.message, suggestion: finding.suggestion)
    }
    guard !errors.isEmpty else { return }
    diagnostics = (diagnostics + errors).enumerated()
      .sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }
      .map(\.element)
    node = nil
    keywords = nil
    intervals = []
  }
}

/// A row of a hit report.
package struct KeywordRow: Hashable, Sendable {
  /// The keywords as written.
  package var text: String
  /// The keywords together with the conditions that apply to them.
  package var node: QueryNode

  package init(text: String, node: QueryNode) {
    self.text = text
    self.node = node
  }
}

/// What a date in a query was resolved to.
package struct ResolvedInterval: Hashable, Sendable {
  package var property: Property
  /// The restriction as written, or from the property's group on.
  package var text: String
  /// Half-open; a nil bound is open.
  package var interval: TimeInterval
  /// Whether it depends on the clock.
  package var isRelative: Bool
}

extension QueryNode {
  fileprivate var identities: [(property: Property, match: IdentityMatch)] {
    switch self {
    case .restriction(let restriction):
      guard case .identity(let match) = restriction.condition else { return [] }
      return [(restriction.property, match)]
    case .and(let nodes), .or(let nodes): return nodes.flatMap(\.identities)
    case .not(let node): return node.identities
    case .all, .text, .near: return []
    }
  }
}
