// SPDX-License-Identifier: Apache-2.0

/// What a policy or label does with what it applies to (holds-and-retention section 3.1).
package enum RetentionAction: String, Sendable, CaseIterable {
  case retain
  case delete
  case retainThenDelete = "retain-then-delete"

  package var retains: Bool { self != .delete }
  package var deletes: Bool { self != .retain }
}

/// From when a period counts.
package enum RetentionStart: String, Sendable, CaseIterable {
  /// When the conversation began.
  case created
  /// The time of its newest item.
  case lastActivity = "last-activity"
  /// When its newest version came into the store.
  case captured
  /// When the label was set.
  case labelled
}

/// Whether a policy counts.
package enum PolicyMode: String, Sendable, CaseIterable {
  /// It does nothing; a plan lists what it would do.
  case simulate
  case on
  case off
}

/// What kind of setting it is.
package enum PolicyKind: String, Sendable, CaseIterable {
  /// On the level of a scope: many may apply.
  case policy
  /// At most one per conversation, set by a person or by its condition.
  case label
}

/// How what is due goes.
package enum Disposition: String, Sendable, CaseIterable {
  case automatic
  /// Only after a named reviewer approved that plan, with a reason.
  case review
}

/// What a policy or label says (holds-and-retention section 3.1).
package struct PolicyDefinition: Hashable, Sendable {
  package var action: RetentionAction
  package var period: RetentionPeriod
  package var start: RetentionStart
  /// Custodian ids, groups, native project ids, source ids and models.
  package var scope: PolicyScope
  /// On the whole conversation; nil: everything in scope.
  package var condition: StoredQuery?
  package var mode: PolicyMode
  package var disposition: Disposition
  package var reason: String

  package init(
    action: RetentionAction, period: RetentionPeriod, start: RetentionStart = .lastActivity,
    scope: PolicyScope, condition: StoredQuery? = nil, mode: PolicyMode = .simulate,
    disposition: Disposition = .automatic, reason: String = ""
  ) {
    self.action = action
    self.period = period
    self.start = start
    self.scope = scope
    self.condition = condition
    self.mode = mode
    self.disposition = disposition
    self.reason = reason
  }

  /// Whether a scope that names something stands behind it: then it is explicit in the sense of the
  /// third principle, whatever its condition.
  package var isExplicit: Bool { !scope.everyone }
}

/// Whom and what a policy is about: what it includes adds up, what it excludes is taken off.
package struct PolicyScope: Hashable, Sendable {
  /// Everything in the store; then nothing is included by name.
  package var everyone: Bool
  package var included: PolicyNames
  package var excluded: PolicyNames

  package init(
    everyone: Bool = false, included: PolicyNames = PolicyNames(),
    excluded: PolicyNames = PolicyNames()
  ) {
    self.everyone = everyone
    self.included = included
    self.excluded = excluded
  }

  /// Whether it includes nothing; never read as "everything".
  package var isEmpty: Bool { !everyone && included.isEmpty }

  /// Whether this scope covers all that the other covers.
  package func includes(_ other: PolicyScope) -> Bool {
    guard everyone || (!other.everyone && included.isSuperset(of: other.included)) else {
      return false
    }
    return other.excluded.isSuperset(of: excluded)
  }

  /// The same scope, each list in order and without repeats.
  package var sorted: PolicyScope {
    PolicyScope(everyone: everyone, included: included.sorted, excluded: excluded.sorted)
  }
}

/// What one side of a scope names.
package struct PolicyNames: Hashable, Sendable {
  /// Custodian ids.
  package var custodians: [String]
  package var groups: [GroupName]
  /// Native project ids.
  package var projects: [String]
  /// Source ids.
  package var sources: [String]
  /// Model ids as captures give them, lower case.
  package var models: [String]

  package init(
    custodians: [String] = [], groups: [GroupName] = [], projects: [String] = [],
    sources: [String] = [], models: [String] = []
  ) {
    self.custodians = custodians
    self.groups = groups
    self.projects = projects
    self.sources = sources
    self.models = models
  }

  package var isEmpty: Bool {
    custodians.isEmpty && groups.isEmpty && projects.isEmpty && sources.isEmpty && models.isEmpty
  }

  func isSuperset(of other: PolicyNames) -> Bool {
    Set(custodians).isSuperset(of: other.custodians) && Set(groups).isSuperset(of: other.groups)
      && Set(projects).isSuperset(of: other.projects)
      && Set(sources).isSuperset(of: other.sources) && Set(models).isSuperset(of: other.models)
  }

  var sorted: PolicyNames {
    PolicyNames(
      custodians: Set(custodians).sorted(), groups: Set(groups).sorted { $0.text < $1.text },
      projects: Set(projects).sorted(), sources: Set(sources).sorted(),
      models: Set(models).sorted())
  }
}

/// A group of persons: an attribute of the directory with a value, such as `department=Sales`.
///
/// Both are compared without regard to letter case.
package struct GroupName: Hashable, Sendable {
  /// Lower case; not empty, without `=`.
  package var attribute: String
  /// Lower case; not empty.
  package var value: String

  /// Reads `attribute=value`; nil where a side is missing.
  package init?(_ text: String) {
    guard let cut = text.firstIndex(of: "=") else { return nil }
    self.init(attribute: String(text[..<cut]), value: String(text[text.index(after: cut)...]))
  }

  package init?(attribute: String, value: String) {
    func folded(_ text: String) -> String {
      text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    self.attribute = folded(attribute)
    self.value = folded(value)
    if self.attribute.isEmpty || self.value.isEmpty || self.attribute.contains("=") { return nil }
  }

  package var text: String { attribute + "=" + value }
}
