// SPDX-License-Identifier: Apache-2.0
package import Model
package import Query
package import Store

extension Scope {
  /// Scope and interval as a condition of the query language.
  package func node(within interval: Model.TimeInterval) -> QueryNode {
    var parts: [QueryNode] = []
    if !everyone { parts.append(.or(alternatives)) }
    if interval.since != nil || interval.before != nil {
      parts.append(
        .restriction(PropertyRestriction(property: .sent, condition: .time(interval))))
    }
    return parts.isEmpty ? .all : parts.count == 1 ? parts[0] : .and(parts)
  }

  private var alternatives: [QueryNode] {
    custodians.map { id in
      .restriction(
        PropertyRestriction(
          property: .custodian,
          condition: .identity(IdentityMatch(text: id, form: .exact, custodians: [id]))))
    }
      + projects.map { id in
        .restriction(
          PropertyRestriction(
            property: .project, condition: .wholeText(Tokenizer.fold(id), isPrefix: false)))
      }
      + sources.map { id in
        .restriction(
          PropertyRestriction(property: .source, condition: .keyword(id, isPrefix: false)))
      }
  }
}

extension CompiledQuery {
  /// Lets a query of exclusions alone say how many items they are taken from.
  ///
  /// - Parameters:
  ///   - scope: What is searched.
  ///   - store: Where.
  /// - Throws: `StoreError` when the store cannot be searched.
  package mutating func stateScope(_ scope: QueryNode, in store: Store) throws {
    guard diagnostics.asksForScopeSize else { return }
    diagnostics = diagnostics.statingScope(itemCount: try Searcher(store).itemCount(scope))
  }

  /// Refuses the query where a prefix in a phrase or NEAR stands for too many words of a store
  /// (E405).
  ///
  /// - Parameter store: The store that is to be searched.
  /// - Throws: `StoreError` when the store cannot be searched.
  package mutating func checkExpansions(in store: Store) throws {
    guard !expansions.isEmpty else { return }
    let vocabulary = try Vocabulary(store)
    try checkExpansions { try vocabulary.wordCount(beginningWith: $0) }
  }
}
