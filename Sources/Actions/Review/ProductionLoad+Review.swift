// SPDX-License-Identifier: Apache-2.0
import Model
import Production
import Store

extension ProductionLoad {
  /// A load with the names that its persons, projects and sources have now.
  ///
  /// - Parameters:
  ///   - load: The load.
  ///   - isSilent: Whether the query and what the source calls its projects are left out: they may
  ///     be made of words that are blacked out.
  ///   - catalog: What knows the names.
  /// - Throws: `StoreError` when the catalog cannot be read.
  init(_ load: ReviewLoad, isSilent: Bool, in catalog: Catalog) throws {
    let reach: Reach
    if load.dialect == "ids" {
      reach = .picked
    } else if load.scope.everyone {
      reach = .everyone
    } else if load.scope.isEmpty {
      reach = .elsewhere
    } else {
      reach = .named(
        custodians: try load.scope.custodians.map { id in
          try Self.name(id) { try catalog.custodian("id:" + id).name }
        },
        projects: try load.scope.projects.map { id in
          guard !isSilent else { return id }
          return try Self.name(id) { try catalog.projects(["id:" + id]).first?.name ?? "" }
        },
        sources: try load.scope.sources.map { id in
          try Self.name(id) { try catalog.source("id:" + id).name }
        })
    }
    self.init(
      number: load.number, reach: reach, query: isSilent ? "" : load.query,
      interval: load.interval, zone: load.zone, created: load.created, account: load.account,
      selectedCount: load.itemCount + load.alreadyCount, newCount: load.itemCount)
  }

  /// A name, or the id of what has none or is no longer there.
  private static func name(_ id: String, _ look: () throws -> String) throws -> String {
    do {
      let name = try look()
      return name.isEmpty ? id : name
    } catch let error as StoreError where error.code == .notFound {
      return id
    }
  }
}
