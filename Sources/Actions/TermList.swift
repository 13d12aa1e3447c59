// SPDX-License-Identifier: Apache-2.0
import Model
package import Query
package import Store

/// The queries of a hit report, one a line.
package struct TermList: Sendable {
  /// A line that holds a query.
  package struct Term: Sendable {
    /// From 1, empty lines counted.
    package var line: Int
    package var query: CompiledQuery
    package var node: QueryNode
  }

  /// A line whose query cannot be read.
  package struct Refusal: Error, Sendable {
    package var line: Int
    package var text: String
    package var diagnostics: [Diagnostic]
  }

  /// Why a list was refused: all lines that cannot be read.
  package struct Refusals: Error, Sendable {
    package var refusals: [Refusal]
    /// Lines that hold a query.
    package var count: Int
  }

  /// In the order of the lines; at least one.
  package let terms: [Term]

  /// Reads a list; empty lines hold no query.
  ///
  /// - Parameters:
  ///   - lines: Without their ends.
  ///   - options: How each query is read.
  ///   - scope: What is searched: queries of exclusions alone say how many items it holds.
  ///   - store: The store that is asked.
  /// - Throws: ``Refusals`` with every line that cannot be read; `StoreError`.
  package init(
    _ lines: [String], options: QueryOptions, scope: QueryNode, store: Store
  ) throws {
    let written = lines.enumerated().filter { !$0.element.allSatisfy(\.isWhitespace) }
    var queries = try store.read { catalog in
      try written.map { line in
        try QueryCompiler.compile(line.element, options: options, directory: catalog.directory)
      }
    }
    for index in queries.indices { try queries[index].checkExpansions(in: store) }
    if queries.contains(where: { $0.diagnostics.asksForScopeSize }) {
      let size = try Searcher(store).itemCount(scope)
      for index in queries.indices {
        queries[index].diagnostics = queries[index].diagnostics.statingScope(itemCount: size)
      }
    }
    var terms: [Term] = []
    var refusals: [Refusal] = []
    for (line, query) in zip(written, queries) {
      if let node = query.node {
        terms.append(Term(line: line.offset + 1, query: query, node: node))
      } else {
        refusals.append(
          Refusal(line: line.offset + 1, text: query.text, diagnostics: query.diagnostics))
      }
    }
    guard refusals.isEmpty else { throw Refusals(refusals: refusals, count: written.count) }
    guard !terms.isEmpty else {
      throw StoreError(.usage, "the list of queries is empty; give a file with at least one")
    }
    self.terms = terms
  }

  /// Pairs of lines that ask the same, the later one first: neither finds anything alone.
  package var repeats: [(line: Int, of: Int)] {
    var first: [String: Int] = [:]
    var repeats: [(line: Int, of: Int)] = []
    for term in terms {
      let form = term.query.normalForm ?? term.query.text
      if let known = first[form] {
        repeats.append((term.line, known))
      } else {
        first[form] = term.line
      }
    }
    return repeats
  }
}
