// SPDX-License-Identifier: Apache-2.0
import Model
import Store

extension ScopeNames {
  /// The scope in ids, as holds keep it.
  ///
  /// - Throws: ``CommandFailure`` with status 20 naming all unknown names of every kind, and apart
  ///   from them those that fit several objects; 22 where only these are wrong.
  func resolved(in catalog: Catalog) throws -> Scope {
    var unknown: [String] = []
    var ambiguous: [String] = []
    var candidates: [String] = []
    func objects<Object>(_ lookup: NameLookup<Object>, _ noun: String) -> [Object] {
      unknown += lookup.unknown
      ambiguous += lookup.ambiguous.map { $0.sentence(noun) }
      candidates += lookup.ambiguous.flatMap(\.candidates)
      return lookup.found
    }
    let scope = Scope(
      everyone: everyone,
      custodians: objects(try catalog.lookUpCustodians(custodians), "custodian").map(\.id.text),
      projects: objects(try catalog.lookUpProjects(projects), "project").map(\.nativeID),
      sources: objects(try catalog.lookUpSources(sources), "source").map(\.id.text))
    guard unknown.isEmpty, ambiguous.isEmpty else {
      let names = unknown.map { "'\($0)'" }.joined(separator: ", ")
      let clauses =
        (unknown.isEmpty ? [] : ["the scope names what the store does not know: " + names])
        + ambiguous
      throw CommandFailure(
        unknown.isEmpty ? .ambiguous : .notFound, clauses.joined(separator: "; "),
        whatToDo: ambiguous.isEmpty
          ? "correct the names; see custody custodian list"
          : unknown.isEmpty
            ? "name them by their ids" : "correct the names, and name the others by their ids",
        objects: unknown + candidates)
    }
    return scope.sorted
  }
}
