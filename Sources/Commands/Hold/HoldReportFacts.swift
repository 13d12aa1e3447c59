// SPDX-License-Identifier: Apache-2.0
import Model
import Store

/// What the reports of several holds have in common, each part of it looked up once: all holds on
/// everyone ask the same of the same persons.
final class HoldReportFacts {
  /// Persons whom a hold names, and what was captured of them.
  struct People {
    /// By name, then id.
    var persons: [Custodian] = []
    /// In the order of the persons, then by source.
    var captures: [CaptureCoverage] = []
    /// Persons of whom nothing was captured, and sources that brought nothing of others.
    var gaps: [HoldGap] = []
    /// Those that a person has dealt with.
    var settled: Set<HoldGap> = []
  }

  /// The state that the reports are of.
  let catalog: Catalog
  /// What was removed from the scopes of the holds while they were in force.
  let purges: [ObjectID: PurgesUnderHold]
  private var everyone: People?
  /// Open exceptions of captures that concern each hold.
  let exceptions: [ObjectID: [ExceptionTotal]]
  private var periods: [(source: SourceRecord, retention: SourceRetention)]?

  /// Prepares the reports of some holds.
  ///
  /// - Throws: `StoreError` when the catalog cannot be read.
  init(of holds: [HoldRecord], in catalog: Catalog) throws {
    self.catalog = catalog
    purges = try catalog.purges(under: holds)
    exceptions = try catalog.exceptionTotals(.open, concerning: holds)
  }

  /// The persons whom scopes name; all, where one says everyone.
  func people(in scopes: [Scope]) throws -> People {
    guard scopes.contains(where: \.everyone) else {
      var seen: Set<Int64> = []
      return try people(
        scopes.flatMap(\.custodians).map { try catalog.custodian("id:" + $0) }
          .filter { seen.insert($0.key).inserted })
    }
    if let everyone { return everyone }
    let all = try people(catalog.custodians())
    everyone = all
    return all
  }

  /// What sources delete by themselves.
  func retentions() throws -> [(source: SourceRecord, retention: SourceRetention)] {
    if let periods { return periods }
    let found = try catalog.sources().compactMap { source in
      try catalog.shortestRetention(of: source).map { (source: source, retention: $0) }
    }
    periods = found
    return found
  }

  private func people(_ persons: [Custodian]) throws -> People {
    let persons = persons.sorted { ($0.name, $0.id.text) < ($1.name, $1.id.text) }
    var people = People(
      persons: persons, captures: try catalog.captureCoverage(of: persons))
    let captures = Dictionary(grouping: people.captures, by: \.custodian.key)
    people.gaps = persons.flatMap { Self.gaps(of: $0, captures[$0.key] ?? []) }
    for gap in people.gaps where try catalog.isResolved(gap) { people.settled.insert(gap) }
    return people
  }

  private static func gaps(of person: Custodian, _ captures: [CaptureCoverage]) -> [HoldGap] {
    guard captures.contains(where: { $0.conversationCount > 0 }) else {
      return [
        HoldGap(
          .nothingCaptured, object: person.id.text,
          detail: "nothing was captured of \(person.name)")
      ]
    }
    return captures.filter { $0.conversationCount == 0 }.map { capture in
      HoldGap(
        .sourceNeverCaptured, source: capture.source.key, object: person.id.text,
        detail: "the source \(capture.source.name) brought nothing of \(person.name)")
    }
  }
}
