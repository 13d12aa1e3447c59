// SPDX-License-Identifier: Apache-2.0
package import Model

/// Yes, no, or not known for the reasons given; at least one.
private enum Certainty {
  case yes
  case no
  case unknown([ProtectionGround])

  /// Both: no where either is no; else what is not known of either.
  func and(_ other: Certainty) -> Certainty {
    switch (self, other) {
    case (.no, _), (_, .no): .no
    case (.yes, let rest), (let rest, .yes): rest
    case (.unknown(let first), .unknown(let second)):
      .unknown(first + second.filter { !first.contains($0) })
    }
  }
}

extension HoldRule {
  /// Decides whether the rule protects one version of an item.
  ///
  /// What cannot be decided is protected. An item without a time is held under any interval.
  ///
  /// - Parameters:
  ///   - item: The version's facts.
  ///   - unit: The conversation that it belongs to.
  ///   - now: The time of the decision; at the end of its cool-down a rule protects no more.
  ///   - matches: Evaluates a reading of the rule's query on the version, by its number; a throw
  ///     means that it cannot be evaluated. Called only where the answer can matter.
  /// - Returns: The decision with its grounds.
  package func decide(
    _ item: ItemFacts, in unit: UnitFacts, at now: Instant,
    matches: (Int) throws -> Bool
  ) -> HoldDecision {
    guard protects(at: now) else { return .notProtected }
    let place = scope.covers(unit).and(covers(item.time))
    if case .no = place { return .notProtected }
    return decision(place.and(selects(item, matches)))
  }

  /// Decides whether the rule protects a unit that has no items: as an item of the unit's own time
  /// on which no query can be decided.
  package func decideEmpty(_ unit: UnitFacts, at now: Instant) -> HoldDecision {
    let item = ItemFacts(time: unit.started, obstacle: "it has no items")
    return decide(item, in: unit, at: now) { _ in false }
  }

  /// Decides whether the rule protects a conversation, where it is known what its query and
  /// interval select of it: what an index found is put in here.
  ///
  /// - Parameters:
  ///   - unit: The conversation.
  ///   - now: The time of the decision.
  ///   - selected: Whether query and interval cover an item of it; nil: nobody can tell.
  /// - Returns: The decision with its grounds.
  package func decide(_ unit: UnitFacts, at now: Instant, selected: Bool?) -> HoldDecision {
    guard protects(at: now) else { return .notProtected }
    let items: Certainty =
      switch selected {
      case true: .yes
      case false: .no
      default: .unknown([.queryNotDecided("an item of it cannot be read whole")])
      }
    return decision(scope.covers(unit).and(items))
  }

  /// Whether it is in force at a time.
  package func protects(at now: Instant) -> Bool {
    protectsUntil.map { now < $0 } ?? true
  }

  private func covers(_ time: Instant?) -> Certainty {
    guard interval.since != nil || interval.before != nil else { return .yes }
    guard let time else { return .unknown([.timeNotKnown]) }
    return interval.contains(time) ? .yes : .no
  }

  private func selects(
    _ item: ItemFacts, _ matches: (Int) throws -> Bool
  ) -> Certainty {
    switch condition {
    case .everything: return .yes
    case .unreadable(let why): return .unknown([.queryNotDecided(why)])
    case .query(let readings):
      var failure: String?
      for number in readings.indices {
        do {
          if try matches(number) { return .yes }
        } catch {
          failure = failure ?? String(describing: error)
        }
      }
      let why = failure ?? item.obstacle ?? (isReread(item) ? Self.rereadReason : nil)
      return why.map { .unknown([.queryNotDecided($0)]) } ?? .no
    }
  }

  private static var rereadReason: String {
    "what was read of it has changed since the hold was set"
  }

  /// Whether its query may have selected an item by what was read of it before.
  private func isReread(_ item: ItemFacts) -> Bool {
    item.rereadWording.map { $0 >= queryWording } ?? false
  }

  private func decision(_ certainty: Certainty) -> HoldDecision {
    switch certainty {
    case .no: .notProtected
    case .yes: .protected(protection([.covered]))
    case .unknown(let grounds): .protected(protection(grounds))
    }
  }

  private func protection(_ grounds: [ProtectionGround]) -> Protection {
    Protection(
      hold: hold, holdName: holdName, matter: matter, matterName: matterName, version: version,
      until: protectsUntil, grounds: grounds)
  }
}

extension HoldScope {
  /// Whether a unit lies in scope: where any named thing covers it.
  fileprivate func covers(_ unit: UnitFacts) -> Certainty {
    if everyone { return .yes }
    if !accounts.isDisjoint(with: unit.accounts) { return .yes }
    if !projects.isDisjoint(with: unit.projects) { return .yes }
    if !sources.isDisjoint(with: unit.sources) { return .yes }
    var unknown: [ProtectionGround] = []
    if namesCustodians, !unit.isAttributed { unknown.append(.custodianNotKnown) }
    if !projects.isEmpty, unit.projects.isEmpty { unknown.append(.projectNotKnown) }
    return unknown.isEmpty ? .no : .unknown(unknown)
  }
}
