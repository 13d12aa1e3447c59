// SPDX-License-Identifier: Apache-2.0

/// Whom and what a search, hold or review set looks at: named things add up
/// (holds-and-retention section 2.1).
package struct Scope: Sendable, Hashable, Codable {
  /// Everything in the store; then the lists are empty.
  package var everyone: Bool
  /// Custodian ids.
  package var custodians: [String]
  /// Project native ids or names, as resolved.
  package var projects: [String]
  /// Source ids.
  package var sources: [String]

  package init(
    everyone: Bool = false, custodians: [String] = [], projects: [String] = [],
    sources: [String] = []
  ) {
    self.everyone = everyone
    self.custodians = custodians
    self.projects = projects
    self.sources = sources
  }

  /// Whether it names nothing; never read as "everything".
  package var isEmpty: Bool {
    !everyone && custodians.isEmpty && projects.isEmpty && sources.isEmpty
  }
}

/// A half-open interval of time, `[since, before)`; nil on a side means no bound.
package struct TimeInterval: Sendable, Hashable {
  package var since: Instant?
  package var before: Instant?

  package init(since: Instant? = nil, before: Instant? = nil) {
    self.since = since
    self.before = before
  }

  /// Whether an instant lies in the interval.
  package func contains(_ instant: Instant) -> Bool {
    if let since, instant < since { return false }
    if let before, instant >= before { return false }
    return true
  }
}
