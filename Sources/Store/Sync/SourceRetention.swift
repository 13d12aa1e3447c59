// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model

/// A period after which a source deletes by itself, as its own settings say (claude-capture-formats
/// section 3.5); it counts from the last activity.
package struct SourceRetention: Hashable, Sendable {
  /// What goes, by the source's name of it; empty: everything.
  package var dataType: String
  package var count: Int64
  package var isMonths: Bool

  /// In days, a month as 30, to compare periods.
  package var days: Int64 { count * (isMonths ? 30 : 1) }

  /// Such as `everything after 90 days`.
  package var words: String {
    let unit = (isMonths ? "month" : "day") + (count == 1 ? "" : "s")
    return (dataType.isEmpty ? "everything" : "what it calls \(dataType)")
      + " after \(count) \(unit)"
  }

  /// The shortest of the periods that a source's settings name; nil when they name none.
  ///
  /// - Parameter settings: By organisation, the value of the setting `data_retention`, JSON.
  init?(shortestOf settings: String) {
    let read = try? JSONSerialization.jsonObject(with: Data(settings.utf8))
    guard let organizations = read as? [String: Any] else { return nil }
    var shortest: SourceRetention?
    for (_, value) in organizations.sorted(by: { $0.key < $1.key }) {
      guard let periods = value as? [String: Any] else { continue }
      for (name, period) in periods.sorted(by: { $0.key < $1.key }) {
        guard let period = SourceRetention(name, period) else { continue }
        if period.days < shortest?.days ?? .max { shortest = period }
      }
    }
    guard let shortest else { return nil }
    self = shortest
  }

  private init?(_ name: String, _ value: Any) {
    guard let period = value as? [String: Any], period["type"] as? String != "indefinite",
      let count = (period["duration"] as? NSNumber)?.int64Value, count >= 0, count < 1 << 40
    else { return nil }
    dataType = name == "all" ? "" : name
    self.count = count
    isMonths = period["timescale"] as? String == "month"
  }
}

extension Catalog {
  /// The shortest period after which a source deletes something by itself, as the newest run that
  /// asked for it learnt; nil when it names none.
  package func shortestRetention(of source: SourceRecord) throws -> SourceRetention? {
    try sourceRetention(of: source).flatMap { SourceRetention(shortestOf: $0) }
  }
}
