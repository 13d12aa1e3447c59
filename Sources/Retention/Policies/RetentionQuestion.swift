// SPDX-License-Identifier: Apache-2.0
package import Model

/// Which side of a policy a condition is asked for: what cannot be decided is kept and not deleted.
package enum PolicySide: Hashable, Sendable {
  case retain
  case delete
}

/// All that the fate of one conversation depends on; pure values.
package struct RetentionQuestion: Sendable {
  package var facts: RetentionFacts
  /// The holds that protect it now.
  package var holds: [Protection]
  package var reviewSets: [KeepingReviewSet]
  package var request: RemovalRequest?
  /// The clock of the decision.
  package var now: Instant
  /// Which policies count: `on` alone, or with those that are simulated.
  package var modes: Set<PolicyMode>

  package init(
    facts: RetentionFacts, holds: [Protection] = [], reviewSets: [KeepingReviewSet] = [],
    request: RemovalRequest? = nil, now: Instant, modes: Set<PolicyMode> = [.on]
  ) {
    self.facts = facts
    self.holds = holds
    self.reviewSets = reviewSets
    self.request = request
    self.now = now
    self.modes = modes
  }
}

extension RetentionQuestion {
  /// Decides the fate of the conversation by the principles of holds-and-retention section 3.2: the
  /// one function that does.
  ///
  /// - Parameters:
  ///   - rules: All policies and labels, the oldest first.
  ///   - place: Whether the scope of a rule, by its place, covers the conversation, where that was
  ///     decided before for all with the same owners; nil decides it here.
  ///   - condition: Whether the condition of a rule, by its place, selects the conversation. Called
  ///     only where the answer can matter, and not for rules without a condition.
  /// - Returns: The outcome and what led to it.
  package func decide(
    _ rules: [PolicyRule], place: ((Int, PolicySide) -> Applicability)? = nil,
    condition: (Int, PolicySide) -> Applicability
  ) -> RetentionDecision {
    let settings = applied(rules, place ?? { rules[$0].scope($1).covers(facts) }, condition)
    var decision = RetentionDecision(
      outcome: .notDeleted, now: now, holds: holds, reviewSets: reviewSets, settings: settings,
      deciding: [], request: request)
    // Principle 2: the longest retention period wins.
    decision.retainUntil = settings.compactMap(\.retainsUntil).max()
    chooseDeletion(&decision)
    // Principle 1: retention wins over deletion.
    if let deleteAt = decision.deleteAt {
      let purgeAt = max(deleteAt, decision.retainUntil ?? deleteAt)
      decision.purgeAt = purgeAt
      decision.reviewers = decision.deciding
      if decision.retainUntil == purgeAt, purgeAt > deleteAt {
        decision.deciding = settings.indices.filter { settings[$0].retainsUntil == purgeAt }
        // Who deletes is still the chosen setting; what retains only put it off.
        decision.reviewers += decision.deciding
      }
      decision.reviewers.removeAll { !settings[$0].demandsReview }
    }
    decision.outcome = outcome(decision)
    return decision
  }

  private func outcome(_ decision: RetentionDecision) -> RetentionOutcome {
    // Principle 0: a legal hold comes before everything.
    if !holds.isEmpty { return .held }
    if !reviewSets.isEmpty { return .inReviewSet }
    if let until = decision.retainUntil, !until.isReached(at: now) {
      return .retained(until: until)
    }
    guard let purgeAt = decision.purgeAt else { return .notDeleted }
    guard purgeAt.isReached(at: now) else { return .notDue(purgeAt) }
    return .due(needsReview: !decision.reviewers.isEmpty)
  }

  /// Principles 3 and 4: explicit wins over implicit, then the shortest period.
  private func chooseDeletion(_ decision: inout RetentionDecision) {
    if request != nil {
      decision.tier = .request
      decision.deleteAt = .at(now)
      return
    }
    let settings = decision.settings
    let candidates = settings.indices.filter { settings[$0].deletesAt != nil }
    guard let tier = candidates.map({ settings[$0].tier }).max() else { return }
    let chosen = candidates.filter { settings[$0].tier == tier }
    decision.tier = tier
    decision.deleteAt = chosen.compactMap { settings[$0].deletesAt }.min()
    decision.deciding = chosen.filter { settings[$0].deletesAt == decision.deleteAt }
  }

  // MARK: - What applies

  private func applied(
    _ rules: [PolicyRule], _ place: (Int, PolicySide) -> Applicability,
    _ condition: (Int, PolicySide) -> Applicability
  ) -> [AppliedSetting] {
    var settings: [AppliedSetting] = []
    var hasLabel = false
    for index in rules.indices where modes.contains(rules[index].mode) {
      let rule = rules[index]
      if rule.kind == .label {
        if let label = facts.label {
          if label.policy == rule.policy {
            settings.append(setting(rule, retains: .applies, deletes: .applies))
          }
          continue
        }
        // The oldest rule that fits sets it; what fits later changes nothing.
        if hasLabel || !rule.setsItself { continue }
      }
      let retains = applicability(of: rule, at: index, .retain, place, condition)
      let deletes = applicability(of: rule, at: index, .delete, place, condition)
      if rule.kind == .label, deletes == .applies { hasLabel = true }
      if retains != .doesNot || deletes != .doesNot {
        settings.append(setting(rule, retains: retains, deletes: deletes))
      }
    }
    return settings
  }

  private func applicability(
    of rule: PolicyRule, at index: Int, _ side: PolicySide,
    _ place: (Int, PolicySide) -> Applicability,
    _ condition: (Int, PolicySide) -> Applicability
  ) -> Applicability {
    let place = place(index, side)
    switch rule.condition {
    case .everything: return place
    case .unreadable(let why): return place.and(.undecided([.conditionNotDecided(why)]))
    case .query: return place.and(condition(index, side))
    }
  }

  private func setting(
    _ rule: PolicyRule, retains: Applicability, deletes: Applicability
  ) -> AppliedSetting {
    let startsAt = start(of: rule)
    let end: RetentionDate =
      if let startsAt {
        rule.period.end(after: startsAt).map { .at($0) } ?? .never
      } else { .unknown }
    var grounds: [PolicyGround] = []
    if case .undecided(let reasons) = retains { grounds = reasons }
    if case .undecided(let reasons) = deletes {
      grounds += reasons.filter { !grounds.contains($0) }
    }
    return AppliedSetting(
      rule: rule, startsAt: startsAt,
      retainsUntil: rule.action.retains && retains != .doesNot ? end : nil,
      deletesAt: rule.action.deletes && deletes == .applies ? end : nil, grounds: grounds,
      fits: deletes == .applies,
      isPending: rule.kind == .label && facts.label == nil)
  }

  private func start(of rule: PolicyRule) -> Instant? {
    switch rule.start {
    case .created: facts.unit.started
    case .lastActivity: facts.lastActivity
    case .captured: facts.captured
    case .labelled:
      facts.label.flatMap { $0.policy == rule.policy ? $0.since : nil }
    }
  }
}

extension AppliedSetting {
  package var tier: DeletionTier {
    rule.kind == .label ? .label : rule.isExplicit ? .explicit : .implicit
  }

  /// Whether nothing goes by it before a reviewer approved.
  fileprivate var demandsReview: Bool { rule.disposition == .review && rule.action.deletes }
}
