// SPDX-License-Identifier: Apache-2.0
package import Model

/// A query and how many items it hit.
package struct QueryHits: Sendable, Hashable {
  package var query: String
  package var count: Int

  package init(query: String, count: Int) {
    self.query = query
    self.count = count
  }
}

/// One load of the review set: what was asked for, by whom and when.
package struct ProductionLoad: Sendable, Hashable {
  /// Where it looked.
  package enum Reach: Sendable, Hashable {
    /// Everything in the store.
    case everyone
    /// Persons, projects and sources; together they add up.
    case named(custodians: [String], projects: [String], sources: [String])
    /// Nowhere: its items were named one by one.
    case picked
    /// Not known here: the load was made in another store.
    case elsewhere
  }

  /// From 1 within the set.
  package var number: Int
  package var reach: Reach
  /// The query's text; empty where there was none, and where it may not be told.
  package var query: String
  /// On the items' time.
  package var interval: TimeInterval
  /// The zone of the interval's day boundaries.
  package var zone: String
  package var created: Instant
  /// The account that made it.
  package var account: String
  /// Items that it selected, and those of them that the set did not have as such.
  package var selectedCount: Int
  package var newCount: Int

  package init(
    number: Int, reach: Reach, query: String, interval: TimeInterval = TimeInterval(), zone: String,
    created: Instant, account: String, selectedCount: Int, newCount: Int
  ) {
    self.number = number
    self.reach = reach
    self.query = query
    self.interval = interval
    self.zone = zone
    self.created = created
    self.account = account
    self.selectedCount = selectedCount
    self.newCount = newCount
  }
}

/// What the manifest says about where the documents come from.
package struct ProductionScope: Sendable, Hashable {
  /// The case's name or number.
  package var matter: String
  package var producingParty: String
  /// What filled the review set, in order; what was asked for is told by nothing else.
  package var loads: [ProductionLoad]
  /// Whether the queries are left out of the loads, since they may be made of words that are blacked
  /// out.
  package var isSilent: Bool
  /// The review set's name or id.
  package var selection: String
  /// SHA-256 of the set's frozen list, lower-case hexadecimal; empty when there is none.
  package var selectionSHA256: String
  /// `none`, `custodial` or `global`.
  package var deduplication: String

  package init(matter: String = "", producingParty: String = "") {
    self.matter = matter
    self.producingParty = producingParty
    loads = []
    isSilent = false
    selection = ""
    selectionSHA256 = ""
    deduplication = "none"
  }

  // MARK: All loads together

  /// Whether a load looked at everything in the store.
  var hasEveryone: Bool { loads.contains { $0.reach == .everyone } }

  /// Names of the custodians that loads named, by name.
  var custodians: [String] { named { $0.custodians } }

  /// Names of the projects that loads named.
  var projects: [String] { named { $0.projects } }

  /// Names of the sources that loads named.
  var sources: [String] { named { $0.sources } }

  /// The earliest time that a load asked for; nil where one has no bound.
  var since: Instant? {
    loads.allSatisfy { $0.interval.since != nil } ? loads.compactMap(\.interval.since).min() : nil
  }

  /// The time before which all loads asked; nil where one has no bound.
  var before: Instant? {
    loads.allSatisfy { $0.interval.before != nil } ? loads.compactMap(\.interval.before).max() : nil
  }

  /// The queries, each once.
  var query: String {
    var seen: [String] = []
    for load in loads where load.query != "" && !seen.contains(load.query) {
      seen.append(load.query)
    }
    return seen.joined(separator: "; ")
  }

  /// The queries that filled the set, and what each of them hit.
  var queryHits: [QueryHits] {
    loads.filter { $0.query != "" }.map { QueryHits(query: $0.query, count: $0.selectedCount) }
  }

  private func named(
    _ names: ((custodians: [String], projects: [String], sources: [String])) -> [String]
  ) -> [String] {
    var all: Set<String> = []
    for load in loads {
      guard case .named(let custodians, let projects, let sources) = load.reach else { continue }
      all.formUnion(names((custodians, projects, sources)))
    }
    return all.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  // MARK: Load by load

  /// The loads as the manifest has them.
  var loadValues: JSONValue {
    .array(
      loads.map { load in
        let names = load.names
        return [
          "number": JSONValue(load.number), "time": .string(load.created.rfc3339),
          "account": .string(load.account), "reach": .string(load.reachName),
          "custodians": JSONValue(names.custodians), "projects": JSONValue(names.projects),
          "sources": JSONValue(names.sources), "query": .string(load.query),
          "from": JSONValue(load.interval.since), "to": JSONValue(load.interval.before),
          "zone": .string(load.zone), "selected": JSONValue(load.selectedCount),
          "new": JSONValue(load.newCount),
        ]
      })
  }

  /// A load in words, on one line.
  func text(of load: ProductionLoad) -> String {
    var parts = ["\(load.created.rfc3339) by \(load.account)"]
    let names = load.names
    switch load.reach {
    case .everyone: parts.append("everything in the store")
    case .picked: parts.append("items named one by one")
    case .elsewhere: parts.append("in another store, whose scope is not known here")
    case .named:
      for (label, values) in [
        ("custodians", names.custodians), ("projects", names.projects), ("sources", names.sources),
      ] where !values.isEmpty {
        parts.append(label + ": " + values.joined(separator: ", "))
      }
    }
    if load.reach != .picked {
      parts.append(
        "times from " + (load.interval.since?.rfc3339 ?? "the beginning") + " before "
          + (load.interval.before?.rfc3339 ?? "(no limit)"))
      let query = load.query.isEmpty ? "none" : load.query
      parts.append("query: " + (isSilent ? "(not told, as words are blacked out)" : query))
    }
    parts.append("items: \(load.selectedCount), new: \(load.newCount)")
    return parts.joined(separator: "; ")
  }
}

extension ProductionLoad {
  fileprivate var reachName: String {
    switch reach {
    case .everyone: "everyone"
    case .named: "named"
    case .picked: "picked"
    case .elsewhere: "elsewhere"
    }
  }

  fileprivate var names: (custodians: [String], projects: [String], sources: [String]) {
    guard case .named(let custodians, let projects, let sources) = reach else {
      return ([], [], [])
    }
    return (custodians, projects, sources)
  }
}
