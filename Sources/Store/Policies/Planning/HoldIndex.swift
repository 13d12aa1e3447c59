// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Retention

/// Holds by what they name, so that a conversation meets only those that can concern it.
struct HoldIndex {
  let rules: [HoldRule]
  private var everywhere: [Int] = []
  private var byAccount: [Int64: [Int]] = [:]
  private var byProject: [String: [Int]] = [:]
  private var bySource: [String: [Int]] = [:]
  /// Those that name persons: they concern what is nobody's.
  private var onPersons: [Int] = []
  /// Those that name projects: they concern what is in none.
  private var onProjects: [Int] = []

  init(_ rules: [HoldRule]) {
    self.rules = rules
    for (index, rule) in rules.enumerated() {
      if rule.scope.everyone { everywhere.append(index) }
      if rule.scope.namesCustodians { onPersons.append(index) }
      if !rule.scope.projects.isEmpty { onProjects.append(index) }
      for account in rule.scope.accounts { byAccount[account, default: []].append(index) }
      for project in rule.scope.projects { byProject[project, default: []].append(index) }
      for source in rule.scope.sources { bySource[source, default: []].append(index) }
    }
  }

  /// The rules that can concern a conversation, ascending.
  func candidates(_ unit: UnitFacts) -> [Int] {
    var found = Set(everywhere)
    for account in unit.accounts { found.formUnion(byAccount[account] ?? []) }
    for project in unit.projects { found.formUnion(byProject[project] ?? []) }
    for source in unit.sources { found.formUnion(bySource[source] ?? []) }
    if !unit.isAttributed { found.formUnion(onPersons) }
    if unit.projects.isEmpty { found.formUnion(onProjects) }
    return found.sorted()
  }
}

extension HoldRule {
  /// Whether query and interval cover an item of a conversation; nil where that cannot be told.
  ///
  /// - Parameters:
  ///   - conversation: Its row in the partition.
  ///   - isEmpty: Whether it has no items.
  ///   - unit: What is known of it.
  ///   - sets: The partition's index.
  /// - Returns: The answer.
  func selects(
    _ conversation: Int64, isEmpty: Bool, _ unit: UnitFacts, _ sets: ConversationSets
  ) -> Bool? {
    if isEmpty { return selectsEmpty(unit) }
    let place = timeNodes
    switch condition {
    case .everything:
      guard let place else { return true }
      return answer([QueryReading(place.certain)], doubtful: [place.untimed], conversation, sets)
    case .unreadable:
      guard let place else { return nil }
      return sets.contains(conversation, .or([place.certain, place.untimed])) == false
        ? false : nil
    case .query(let readings):
      let found = answer(readings, in: place, conversation, sets)
      guard found == false else { return found }
      return sets.wasReread(conversation, since: queryWording, in: interval) ? nil : false
    }
  }

  /// Whether a reading selects an item in the interval by what is stored now.
  private func answer(
    _ readings: [QueryReading], in place: (certain: QueryNode, untimed: QueryNode)?,
    _ conversation: Int64, _ sets: ConversationSets
  ) -> Bool? {
    let partial = QueryNode.restriction(
      PropertyRestriction(
        property: .indexstatus, condition: .keyword("partial", isPrefix: false)))
    guard let place else {
      return answer(readings, doubtful: [partial], conversation, sets)
    }
    let possible = QueryNode.or([place.certain, place.untimed])
    let untimed = readings.map {
      QueryReading(.and([$0.node, place.untimed]), moment: $0.moment)
    }
    let certain = readings.map {
      QueryReading(.and([$0.node, place.certain]), moment: $0.moment)
    }
    let found = answer(
      certain, doubtful: [.and([partial, possible])], conversation, sets)
    if found != false { return found }
    return untimed.allSatisfy { sets.isSelected(conversation, by: $0) == false }
      ? false : nil
  }

  private func answer(
    _ certain: [QueryReading], doubtful: [QueryNode], _ conversation: Int64,
    _ sets: ConversationSets
  ) -> Bool? {
    var isUnknown = false
    for reading in certain {
      switch sets.isSelected(conversation, by: reading) {
      case true: return true
      case false: break
      default: isUnknown = true
      }
    }
    for node in doubtful where sets.contains(conversation, node) != false { isUnknown = true }
    return isUnknown ? nil : false
  }

  private func selectsEmpty(_ unit: UnitFacts) -> Bool? {
    var rule = self
    rule.scope = HoldScope(everyone: true)
    rule.protectsUntil = nil
    switch rule.decideEmpty(unit, at: Instant(ticks: 0)) {
    case .notProtected: return false
    case .protected(let protection): return protection.isCertain ? true : nil
    }
  }

  /// Items in the interval, and items without a time; nil where there is no interval.
  private var timeNodes: (certain: QueryNode, untimed: QueryNode)? {
    guard interval.since != nil || interval.before != nil else { return nil }
    func sent(_ condition: PropertyRestriction.Condition) -> QueryNode {
      .restriction(PropertyRestriction(property: .sent, condition: condition))
    }
    return (sent(.time(interval)), .not(sent(.exists)))
  }
}
