// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Model

/// How blanks and `=` are read (query-language section 2).
package enum QueryDialect: String, CaseIterable, Sendable {
  /// A blank means AND, with the rule for restrictions on one property; the default.
  case keyql
  /// A blank means OR, and `=` on text is `:`, for queries pasted from Purview.
  case purview
}

/// The day on which a week begins.
package enum WeekStart: String, CaseIterable, Sendable {
  case monday, tuesday, wednesday, thursday, friday, saturday, sunday

  /// 0 for Monday.
  var offset: Int {
    switch self {
    case .monday: 0
    case .tuesday: 1
    case .wednesday: 2
    case .thursday: 3
    case .friday: 4
    case .saturday: 5
    case .sunday: 6
    }
  }
}

/// What a query is for; it decides which properties and dates it may use.
package enum QueryPurpose: String, Sendable {
  /// A search or a review set.
  case search
  /// A hold: relative dates are fixed now (W114), state properties are refused (E314).
  case hold
  /// A condition of a policy or label: relative dates are refused (E313), state properties too.
  case condition
}

/// Everything that the reading of a query depends on, beside its text.
package struct QueryOptions: Sendable {
  package var dialect: QueryDialect
  /// Whether warnings are errors.
  package var isStrict: Bool
  /// The time that `today` is taken from.
  package var clock: Instant
  /// Where days and named intervals begin; times of day without an offset stay UTC.
  package var timeZone: TimeZone
  package var weekStart: WeekStart
  /// Whether a person's other identities match, too (`--no-expand` turns it off).
  package var expandsIdentities: Bool
  package var purpose: QueryPurpose
  /// Properties that are parsed and checked, but refused with E390.
  package var unavailable: Set<Property>
  /// Whether the text is a normal form on record: it lists persons and writes everything out, so
  /// that it may be longer and deeper than what may be typed.
  package var isRecorded = false

  package init(
    dialect: QueryDialect = .keyql, isStrict: Bool = false, clock: Instant,
    timeZone: TimeZone = .gmt, weekStart: WeekStart = .monday, expandsIdentities: Bool = true,
    purpose: QueryPurpose = .search, unavailable: Set<Property> = QueryOptions.notYetSearchable
  ) {
    self.dialect = dialect
    self.isStrict = isStrict
    self.clock = clock
    self.timeZone = timeZone
    self.weekStart = weekStart
    self.expandsIdentities = expandsIdentities
    self.purpose = purpose
    self.unavailable = unavailable
  }

  /// The properties that a review set answers for its items, whatever the store can search.
  package static let answeredByReviewSets: Set<Property> = [
    .tag, .note, .reviewset, .loadid, .isduplicate, .isrepresentative,
  ]

  /// The properties of the language that this version cannot search yet.
  package static let notYetSearchable: Set<Property> = [
    .language, .sensitivitylabel, .tag, .ndset, .theme, .isrepresentative, .isduplicate, .note,
  ]
}

/// The limits of query-language section 10.
enum QueryLimits {
  /// In Unicode scalars.
  static let queryLength = 20_480
  /// In Unicode scalars.
  static let restrictionLength = 2_048
  static let nestingDepth = 100
  /// Of a normal form on record: `-` before a parenthesis becomes three levels there, `(NOT (`.
  static let recordedNestingDepth = 3 * nestingDepth + 10
  static let termCount = 2_000
  /// Letters and digits before a `*`.
  static let prefixLength = 3
  static let proximityDistance = 10_000
}
