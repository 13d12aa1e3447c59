// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Model
package import Query
package import Store

/// Names of a scope as a person typed them.
package struct ScopeRequest: Sendable {
  package var everyone = false
  package var custodians: [String] = []
  package var projects: [String] = []
  package var sources: [String] = []

  package init() {}

  package var isEmpty: Bool {
    !everyone && custodians.isEmpty && projects.isEmpty && sources.isEmpty
  }
}

/// Why a query was refused: its diagnostics, in order of position.
package struct QueryRefusal: Error, Sendable {
  package var text: String
  package var diagnostics: [Diagnostic]

  package init(text: String, diagnostics: [Diagnostic]) {
    self.text = text
    self.diagnostics = diagnostics
  }
}

/// A question to the store, ready to be asked: query, scope and interval as one tree.
package struct Question: Sendable {
  /// The query with its normal form; nil when everything in scope is asked for.
  package var query: CompiledQuery?
  package var scope: Scope
  package var interval: Model.TimeInterval
  package var zone: String
  package var clock: Instant

  /// Reads and resolves a question.
  ///
  /// - Parameters:
  ///   - text: The query; nil asks for everything in scope.
  ///   - request: The scope as typed; empty takes the case's custodians, and everything while the
  ///     case has none or there is no case.
  ///   - interval: On the items' time, half-open.
  ///   - zone: The zone of its day boundaries, for the record.
  ///   - matter: The case that it is asked in.
  ///   - options: How the query is read.
  ///   - store: The store that is asked.
  /// - Throws: `QueryRefusal`, or `StoreError` for names that are not known, all of them.
  package init(
    _ text: String?, scope request: ScopeRequest, interval: Model.TimeInterval, zone: String,
    matter: MatterRecord?, options: QueryOptions, store: Store
  ) throws {
    clock = options.clock
    self.interval = interval
    self.zone = zone
    let read = try Self.read(text, request, matter: matter, options, store)
    scope = read.scope
    guard let text, var compiled = read.query else { return }
    try compiled.checkExpansions(in: store)
    try compiled.stateScope(scopeNode, in: store)
    guard compiled.node != nil else {
      throw QueryRefusal(text: text, diagnostics: compiled.diagnostics)
    }
    query = compiled
  }

  private static func read(
    _ text: String?, _ request: ScopeRequest, matter: MatterRecord?, _ options: QueryOptions,
    _ store: Store
  ) throws -> (scope: Scope, query: CompiledQuery?) {
    if request.everyone || request.isEmpty && matter == nil {
      // A transaction of the catalog costs more than a rare word.
      do {
        let query = try text.map {
          try QueryCompiler.compile($0, options: options, directory: UnaskedDirectory())
        }
        return (Scope(everyone: true), query)
      } catch is UnaskedDirectory.Asked {}
    }
    // At once: both see one state of the catalog.
    return try store.read { catalog in
      (
        scope: try resolve(request, matter: matter, in: catalog),
        query: try text.map {
          try QueryCompiler.compile($0, options: options, directory: catalog.directory)
        }
      )
    }
  }

  private static func resolve(
    _ request: ScopeRequest, matter: MatterRecord?, in catalog: Catalog
  ) throws -> Scope {
    if request.everyone { return Scope(everyone: true) }
    if request.isEmpty {
      let custodians = try matter.map { try catalog.custodians(of: $0) } ?? []
      if custodians.isEmpty { return Scope(everyone: true) }
      return Scope(custodians: custodians.map(\.id.text).sorted())
    }
    return Scope(
      custodians: try catalog.custodians(request.custodians).map(\.id.text).sorted(),
      projects: try catalog.projects(request.projects).map(\.nativeID).sorted(),
      sources: try catalog.sources(request.sources).map(\.id.text).sorted())
  }

  /// Scope and interval as a condition of the query language.
  package var scopeNode: QueryNode { scope.node(within: interval) }

  /// The whole question as one tree.
  package var node: QueryNode {
    guard let node = query?.node else { return scopeNode }
    let place = scopeNode
    return place == .all ? node : .and([place, node])
  }

  /// What a case or review set records of it.
  package var definition: SearchDefinition {
    SearchDefinition(
      query: query?.text ?? "", normalForm: query?.normalForm ?? "",
      dialect: query?.dialect.rawValue ?? QueryDialect.keyql.rawValue, scope: scope,
      interval: interval, zone: zone, asOf: clock)
  }
}
