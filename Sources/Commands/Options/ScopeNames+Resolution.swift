// SPDX-License-Identifier: Apache-2.0
import Model
import Store

extension ScopeNames {
  /// The scope in ids, as holds keep it.
  ///
  /// - Throws: ``CommandFailure`` with status 20 naming all unknown names of every kind.
  func resolved(in catalog: Catalog) throws -> Scope {
    var unknown: [String] = []
    func looked<Object>(_ lookup: () throws -> [Object]) throws -> [Object] {
      do {
        return try lookup()
      } catch let error as StoreError where error.code == .notFound {
        unknown += error.objects
        return []
      }
    }
    let scope = Scope(
      everyone: everyone,
      custodians: try looked { try catalog.custodians(custodians) }.map(\.id.text),
      projects: try looked { try catalog.projects(projects) }.map(\.nativeID),
      sources: try looked { try catalog.sources(sources) }.map(\.id.text))
    guard unknown.isEmpty else {
      throw CommandFailure(
        .notFound,
        "the scope names what the store does not know: "
          + unknown.map { "'\($0)'" }.joined(separator: ", "),
        whatToDo: "correct the names; see custody custodian list", objects: unknown)
    }
    return scope.sorted
  }
}
