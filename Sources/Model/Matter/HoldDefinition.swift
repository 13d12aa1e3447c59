// SPDX-License-Identifier: Apache-2.0

/// What a legal hold says (holds-and-retention section 2.1).
package struct HoldDefinition: Hashable, Sendable {
  /// Custodian ids, native project ids and source ids; the named things add up.
  package var scope: Scope
  /// Nil: everything in scope.
  package var query: StoredQuery?
  /// On the item's time, half-open.
  package var interval: TimeInterval
  package var reason: String
  package var authority: String
  /// Whether its custodians are not told.
  package var isSilent: Bool

  package init(
    scope: Scope, query: StoredQuery? = nil, interval: TimeInterval = TimeInterval(),
    reason: String = "", authority: String = "", isSilent: Bool = false
  ) {
    self.scope = scope
    self.query = query
    self.interval = interval
    self.reason = reason
    self.authority = authority
    self.isSilent = isSilent
  }

  /// Whether something that this hold covers may fall out when the other takes its place.
  ///
  /// Any change of the query but its removal counts as narrowing: what two queries select cannot
  /// be compared by their text (section 2.2).
  package func narrows(to other: HoldDefinition) -> Bool {
    !other.scope.includes(scope) || !other.interval.includes(interval)
      || (other.query != nil && other.query?.normalForm != query?.normalForm)
  }

  /// Whether both cover the same.
  package func coversTheSame(as other: HoldDefinition) -> Bool {
    !narrows(to: other) && !other.narrows(to: self)
  }
}

/// A query as a hold, search or load keeps it.
package struct StoredQuery: Hashable, Sendable {
  /// As a person typed it; never empty.
  package var text: String
  package var dialect: String
  /// With relative dates resolved, so that it reads the same for ever.
  package var normalForm: String
  /// The bound tree as JSON, persons with the identities that they had then.
  package var resolved: String

  package init(text: String, dialect: String, normalForm: String, resolved: String) {
    self.text = text
    self.dialect = dialect
    self.normalForm = normalForm
    self.resolved = resolved
  }
}

/// How far a hold is (holds-and-retention section 2.2), computed from stored times at each
/// decision.
package enum HoldState: String, Sendable, CaseIterable {
  case active
  /// Released and still protecting, until its cool-down has passed.
  case releasing
  case released
}

extension Scope {
  /// The same scope, each list in order and without repeats: how it is stored.
  package var sorted: Scope {
    Scope(
      everyone: everyone, custodians: Set(custodians).sorted(), projects: Set(projects).sorted(),
      sources: Set(sources).sorted())
  }

  /// Whether this scope covers all that the other names.
  package func includes(_ other: Scope) -> Bool {
    if everyone { return true }
    return !other.everyone && Set(custodians).isSuperset(of: other.custodians)
      && Set(projects).isSuperset(of: other.projects)
      && Set(sources).isSuperset(of: other.sources)
  }
}

extension TimeInterval {
  /// Whether every instant of the other lies in this one too.
  ///
  /// Items without a time are held under any interval, and without one as well.
  package func includes(_ other: TimeInterval) -> Bool {
    if let since {
      guard let otherSince = other.since, since <= otherSince else { return false }
    }
    if let before {
      guard let otherBefore = other.before, otherBefore <= before else { return false }
    }
    return true
  }
}
