// SPDX-License-Identifier: Apache-2.0
package import Model

/// A policy or label, ready to be decided with.
package struct PolicyRule: Hashable, Sendable {
  package var policy: ObjectID
  package var name: String
  package var kind: PolicyKind
  package var action: RetentionAction
  package var period: RetentionPeriod
  package var start: RetentionStart
  /// Whether its scope names something.
  package var isExplicit: Bool
  package var mode: PolicyMode
  package var disposition: Disposition
  /// Whom and what it keeps.
  package var retainScope: PolicyRuleScope
  /// Whom and what it deletes.
  package var deleteScope: PolicyRuleScope
  package var condition: Condition
  /// Whether its condition sets it, for a label; others are set by hand alone.
  package var setsItself: Bool

  /// Which conversations in scope it applies to.
  package enum Condition: Hashable, Sendable {
    case everything
    /// What any reading of the first list selects is kept, what every reading of the second selects
    /// is deleted; at least one reading each.
    case query(retain: [QueryReading], delete: [QueryReading])
    /// The stored query cannot be read, and why.
    case unreadable(String)
  }

  package init(
    policy: ObjectID, name: String, kind: PolicyKind = .policy, action: RetentionAction,
    period: RetentionPeriod, start: RetentionStart = .lastActivity, isExplicit: Bool,
    mode: PolicyMode = .on, disposition: Disposition = .automatic,
    retainScope: PolicyRuleScope, deleteScope: PolicyRuleScope,
    condition: Condition = .everything, setsItself: Bool = false
  ) {
    self.policy = policy
    self.name = name
    self.kind = kind
    self.action = action
    self.period = period
    self.start = start
    self.isExplicit = isExplicit
    self.mode = mode
    self.disposition = disposition
    self.retainScope = retainScope
    self.deleteScope = deleteScope
    self.condition = condition
    self.setsItself = setsItself
  }
}

extension PolicyRule {
  /// Whom and what one side of it is about.
  package func scope(_ side: PolicySide) -> PolicyRuleScope {
    side == .retain ? retainScope : deleteScope
  }
}

/// Whom and what a policy names, as units of content refer to them.
package struct PolicyRuleScope: Hashable, Sendable {
  /// One side of the scope.
  package struct Side: Hashable, Sendable {
    /// Whether persons or groups are named; they may have no account yet.
    package var namesPersons: Bool
    package var accounts: Set<Int64>
    /// Accounts of persons of whom no directory tells the groups that are named.
    package var undecidedAccounts: Set<Int64>
    /// Native project ids.
    package var projects: Set<String>
    /// Source ids.
    package var sources: Set<String>
    /// Lower case.
    package var models: Set<String>

    package init(
      namesPersons: Bool = false, accounts: Set<Int64> = [],
      undecidedAccounts: Set<Int64> = [], projects: Set<String> = [],
      sources: Set<String> = [], models: Set<String> = []
    ) {
      self.namesPersons = namesPersons
      self.accounts = accounts
      self.undecidedAccounts = undecidedAccounts
      self.projects = projects
      self.sources = sources
      self.models = models
    }

    fileprivate var namesNothing: Bool {
      !namesPersons && projects.isEmpty && sources.isEmpty && models.isEmpty
    }
  }

  package var everyone: Bool
  package var included: Side
  package var excluded: Side

  package init(everyone: Bool = false, included: Side = Side(), excluded: Side = Side()) {
    self.everyone = everyone
    self.included = included
    self.excluded = excluded
  }

  /// Whether it covers a conversation: what it includes adds up, what it excludes is taken off.
  ///
  /// A conversation with several owners, of whom one is meant and another is not, is not decided.
  package func covers(_ facts: RetentionFacts) -> Applicability {
    let inside = everyone ? .applies : included.contains(facts)
    if inside == .doesNot || excluded.namesNothing { return inside }
    return inside.and(excluded.contains(facts).complement)
  }
}

extension PolicyRuleScope.Side {
  fileprivate func contains(_ facts: RetentionFacts) -> Applicability {
    if !sources.isDisjoint(with: facts.unit.sources) { return .applies }
    if !models.isDisjoint(with: facts.models) { return .applies }
    var undecided: [PolicyGround] = []
    if namesPersons {
      switch persons(facts.unit) {
      case .applies: return .applies
      case .doesNot: break
      case .undecided(let grounds): undecided += grounds
      }
    }
    if !projects.isEmpty {
      if facts.unit.projects.isEmpty {
        undecided.append(.projectNotKnown)
      } else if projects.isSuperset(of: facts.unit.projects) {
        return .applies
      } else if !projects.isDisjoint(with: facts.unit.projects) {
        undecided.append(.severalProjects)
      }
    }
    if !models.isEmpty, !facts.modelsAreKnown { undecided.append(.modelNotKnown) }
    return undecided.isEmpty ? .doesNot : .undecided(undecided)
  }

  private func persons(_ unit: UnitFacts) -> Applicability {
    if unit.isAttributed, accounts.isSuperset(of: unit.accounts) { return .applies }
    if !accounts.isDisjoint(with: unit.accounts) { return .undecided([.severalCustodians]) }
    if !unit.isAttributed { return .undecided([.custodianNotKnown]) }
    return undecidedAccounts.isDisjoint(with: unit.accounts)
      ? .doesNot : .undecided([.groupNotKnown])
  }
}

/// Why it cannot be decided whether a policy applies.
package enum PolicyGround: Hashable, Sendable {
  case custodianNotKnown
  /// It was captured from several persons, and only some of them are meant.
  case severalCustodians
  case groupNotKnown
  case projectNotKnown
  case severalProjects
  case modelNotKnown
  /// The condition cannot be evaluated, and why.
  case conditionNotDecided(String)

  /// In words, as the end of a sentence.
  package var text: String {
    switch self {
    case .custodianNotKnown: "whose it is is not known"
    case .severalCustodians: "it was captured from several persons, and not all of them are meant"
    case .groupNotKnown: "no directory tells the groups of its custodian"
    case .projectNotKnown: "its project is not known"
    case .severalProjects: "it was captured in several projects, and not all of them are meant"
    case .modelNotKnown: "not all of its models are known"
    case .conditionNotDecided(let why): "the condition cannot be decided on it (\(why))"
    }
  }
}

/// Whether a policy applies to a conversation.
package enum Applicability: Hashable, Sendable {
  case applies
  case doesNot
  /// It cannot be decided, for these reasons; at least one.
  case undecided([PolicyGround])

  /// Both: no where either is no; else what is not known of either.
  package func and(_ other: @autoclosure () -> Applicability) -> Applicability {
    switch self {
    case .doesNot: return .doesNot
    case .applies: return other()
    case .undecided(let grounds):
      switch other() {
      case .doesNot: return .doesNot
      case .applies: return self
      case .undecided(let more): return .undecided(grounds + more.filter { !grounds.contains($0) })
      }
    }
  }

  /// Either: yes where one is yes; else what is not known of either.
  package func or(_ other: @autoclosure () -> Applicability) -> Applicability {
    switch self {
    case .applies: return .applies
    case .doesNot: return other()
    case .undecided:
      if case .applies = other() { return .applies }
      return self
    }
  }

  /// What readings of a condition say together on one side.
  package static func joined(
    _ answers: some Sequence<Applicability>, on side: PolicySide
  ) -> Applicability {
    side == .retain
      ? answers.reduce(.doesNot) { $0.or($1) } : answers.reduce(.applies) { $0.and($1) }
  }

  fileprivate var complement: Applicability {
    switch self {
    case .applies: .doesNot
    case .doesNot: .applies
    case .undecided: self
    }
  }
}
