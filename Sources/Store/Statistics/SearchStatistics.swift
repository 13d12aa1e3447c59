// SPDX-License-Identifier: Apache-2.0
package import Model
package import Query

/// What statistics are made of.
package struct StatisticsQuestion: Sendable {
  /// What is searched, without the query.
  package var scope: QueryNode
  /// The query; nil where the terms are all that is asked for.
  package var query: QueryNode?
  /// The rows of a hit report, each a query of its own within the scope.
  package var terms: [QueryNode]
  /// The conditions that the query joins by AND, each evaluated alone within the scope.
  package var conditions: [QueryNode]
  /// The first instant of a month where days are counted.
  package var monthStart: @Sendable (CalendarMonth) -> Instant

  package init(
    scope: QueryNode, query: QueryNode?, terms: [QueryNode] = [], conditions: [QueryNode] = [],
    monthStart: @escaping @Sendable (CalendarMonth) -> Instant = { $0.start }
  ) {
    self.scope = scope
    self.query = query
    self.terms = terms
    self.conditions = conditions
    self.monthStart = monthStart
  }
}

/// What a search found, counted in all ways that a hit report shows (query-language section 6.8).
package struct SearchStatistics: Sendable {
  /// What a set of items adds up to.
  package struct Tally: Hashable, Sendable {
    package var items = 0
    package var conversations = 0
    package var bytes: Int64 = 0
    package var custodians = 0
  }

  /// One row of a hit report.
  package struct Term: Hashable, Sendable {
    package var tally = Tally()
    /// Items that no other row of the report finds.
    package var unique = 0
    /// Items by custodian, most first; those whose custodian is not known have an empty key.
    package var custodians: [Share] = []
  }

  /// One of the conditions that are joined by AND.
  package struct Condition: Hashable, Sendable {
    /// What it finds alone.
    package var tally = Tally()
    /// Items that all other conditions find and this one takes away.
    package var excluded = 0
  }

  /// What the items of a result are grouped by.
  ///
  /// An item counts under each sensitive type that was found in it, so that those shares do not add
  /// up to the whole.
  package enum Grouping: String, CaseIterable, Sendable {
    case month, custodian, source, model, kind, sensitiveType
  }

  /// The items of a result that have one value in common.
  package struct Share: Hashable, Sendable {
    /// Tells it from all others: an id, or the value itself; empty for items without a value.
    package var key: String
    /// What people call it; empty for items without a value.
    package var name: String
    package var items = 0
    package var conversations = 0
    package var bytes: Int64 = 0
  }

  package var total = Tally()
  /// In the order of the question.
  package var terms: [Term] = []
  /// In the order of the question.
  package var conditions: [Condition] = []
  /// Months in order; other groups by items, most first.
  package var groups: [Grouping: [Share]] = [:]
  /// Items in scope with files that have no text.
  package var partial = 0
  /// Whether partitions were left out because the time was up.
  package var isIncomplete = false

  package init() {}
}

extension Searcher {
  /// Counts what queries find, in all ways that a hit report shows.
  ///
  /// Each partition is read once, whatever the number of queries, and only sets of its rows are
  /// kept: memory grows with the queries and custodians, not with the items.
  ///
  /// - Throws: `StoreError` when a partition cannot be read.
  package func statistics(_ question: StatisticsQuestion) throws -> SearchStatistics {
    var merge = StatisticsMerge(question)
    let parts = try SideBySide.map(readers, isHeavy: true) { reader in
      try deadline.inTime {
        // Each partition finds names for itself: they are read side by side.
        let people = PeopleMatches(directory)
        return try PartitionStatistics(question, reader: reader) { node in
          try plan(node, in: reader, people)
        }
      }
    }
    for part in parts { merge.add(part) }
    let (partial, isWhole) = try partialCount(question.scope)
    return merge.statistics(partial: partial, isIncomplete: !isWhole)
  }
}

/// Adds up what partitions counted.
private struct StatisticsMerge {
  private var result = SearchStatistics()
  private var people: [String: Int] = [:]
  private var names: [PersonKey] = []
  /// By set, then person: items.
  private var items: [[Int]]
  private var groups: [SearchStatistics.Grouping: [String: SearchStatistics.Share]] = [:]

  init(_ question: StatisticsQuestion) {
    result.terms = question.terms.map { _ in .init() }
    result.conditions = question.conditions.map { _ in .init() }
    items = Array(repeating: [], count: 1 + question.terms.count + question.conditions.count)
  }

  mutating func add(_ part: PartitionStatistics?) {
    guard let part else {
      result.isIncomplete = true
      return
    }
    let numbers = part.people.map { number(of: $0) }
    for set in items.indices {
      items[set] += Array(repeating: 0, count: names.count - items[set].count)
      for (local, count) in part.sets[set].people.enumerated() where count > 0 {
        items[set][numbers[local]] += Int(count)
      }
    }
    result.total.add(part.sets[0])
    for index in result.terms.indices {
      result.terms[index].tally.add(part.sets[1 + index])
      result.terms[index].unique += part.unique[index]
    }
    for index in result.conditions.indices {
      result.conditions[index].tally.add(part.sets[1 + result.terms.count + index])
      result.conditions[index].excluded += part.excluded[index]
    }
    for (grouping, shares) in part.groups {
      for share in shares {
        guard var known = groups[grouping]?[share.key] else {
          groups[grouping, default: [:]][share.key] = share
          continue
        }
        known.items += share.items
        known.conversations += share.conversations
        known.bytes += share.bytes
        groups[grouping]?[share.key] = known
      }
    }
  }

  private mutating func number(of person: PersonKey) -> Int {
    if let known = people[person.key] { return known }
    people[person.key] = names.count
    names.append(person)
    return names.count - 1
  }

  func statistics(partial: Int, isIncomplete: Bool) -> SearchStatistics {
    var result = result
    result.partial = partial
    result.isIncomplete = result.isIncomplete || isIncomplete
    result.total.custodians = custodianCount(0)
    for index in result.terms.indices {
      result.terms[index].tally.custodians = custodianCount(1 + index)
      result.terms[index].custodians = shares(ofSet: 1 + index)
    }
    for index in result.conditions.indices {
      result.conditions[index].tally.custodians = custodianCount(1 + result.terms.count + index)
    }
    for grouping in SearchStatistics.Grouping.allCases {
      let shares = Array((groups[grouping] ?? [:]).values)
      result.groups[grouping] =
        grouping == .month
        ? shares.sorted { ($0.key.isEmpty ? 1 : 0, $0.key) < ($1.key.isEmpty ? 1 : 0, $1.key) }
        : shares.sorted { $0.precedes($1) }
    }
    return result
  }

  private func custodianCount(_ set: Int) -> Int {
    items[set].indices.count { items[set][$0] > 0 && !names[$0].key.isEmpty }
  }

  private func shares(ofSet set: Int) -> [SearchStatistics.Share] {
    items[set].indices.filter { items[set][$0] > 0 }.map { index in
      SearchStatistics.Share(
        key: names[index].key, name: names[index].name, items: items[set][index])
    }.sorted { $0.precedes($1) }
  }
}

extension SearchStatistics.Tally {
  fileprivate mutating func add(_ part: SetTally) {
    items += part.items
    conversations += part.conversations
    bytes += part.bytes
  }
}

extension SearchStatistics.Share {
  /// Most items first; equal ones by name, then key.
  fileprivate func precedes(_ other: SearchStatistics.Share) -> Bool {
    items == other.items ? (name, key) < (other.name, other.key) : items > other.items
  }
}
