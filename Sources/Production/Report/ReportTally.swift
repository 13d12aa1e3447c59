// SPDX-License-Identifier: Apache-2.0
import Model

/// What the tables of a report count.
struct ReportTally: Sendable, Hashable {
  /// Messages and documents.
  struct Counts: Sendable, Hashable {
    var messages = 0
    var documents = 0

    static func + (left: Counts, right: Counts) -> Counts {
      Counts(
        messages: left.messages + right.messages, documents: left.documents + right.documents)
    }
  }

  /// Where something lay.
  struct Location: Sendable, Hashable {
    var source: String
    var account: String
  }

  /// What became of a location's content.
  struct LocationCounts: Sendable, Hashable {
    /// Messages that the set has of it, context included.
    var requested = 0
    /// Messages that its records hold of those.
    var found = 0
    /// Messages in the transcripts.
    var exported = 0
    /// Rows of `Errors.csv`.
    var errors = 0
  }

  var custodians: [String: Counts] = [:]
  /// By day in the run's zone; the empty text for what has no time.
  var days: [String: Counts] = [:]
  var locations: [Location: LocationCounts] = [:]

  mutating func add(_ other: ReportTally) {
    custodians.merge(other.custodians, uniquingKeysWith: +)
    days.merge(other.days, uniquingKeysWith: +)
    locations.merge(other.locations) { left, right in
      LocationCounts(
        requested: left.requested + right.requested, found: left.found + right.found,
        exported: left.exported + right.exported, errors: left.errors + right.errors)
    }
  }

  /// Takes in a family.
  mutating func add(
    _ plan: FamilyPlan, events: [EventView], zone: RunZone, documents: Int, errors: Int
  ) {
    let produced = plan.produced
    let selected = events.filter { produced.selection[$0.index] == .selected }
    custodians[produced.custodian.sortedName, default: Counts()].messages += selected.count
    custodians[produced.custodian.sortedName, default: Counts()].documents += documents
    for event in selected {
      let day = event.time.map { zone.wallClock(at: $0).date.isoText } ?? ""
      days[day, default: Counts()].messages += 1
    }
    days[plan.slice.date?.isoText ?? "", default: Counts()].documents += documents
    let account =
      produced.custodian.emailAddress.isEmpty
      ? produced.custodian.accountID : produced.custodian.emailAddress
    let location = Location(source: produced.sourceName, account: account)
    let asked = events.count + (plan.isFirstSlice ? produced.omittedCount : 0)
    let counts = LocationCounts(
      requested: asked, found: asked, exported: events.count, errors: errors)
    locations[location, default: LocationCounts()].requested += counts.requested
    locations[location, default: LocationCounts()].found += counts.found
    locations[location, default: LocationCounts()].exported += counts.exported
    locations[location, default: LocationCounts()].errors += counts.errors
  }
}
