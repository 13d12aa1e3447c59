// SPDX-License-Identifier: Apache-2.0
package import Model

/// How conversations are cut into documents (export-formats section 1.3).
package enum Slicing: Sendable, Hashable, CustomStringConvertible {
  /// A conversation and a calendar day of the run's zone.
  case day
  /// The whole conversation.
  case conversation
  /// A new slice after a silence of at least so many seconds.
  case gap(seconds: Int)

  package var description: String {
    switch self {
    case .day: "day"
    case .conversation: "conversation"
    case .gap(let seconds): "gap:\(seconds)s"
    }
  }
}

/// A part of a unit that becomes one document.
package struct Slice: Sendable, Hashable {
  /// `conversation-id/YYYY-MM-DD/part`; `undated` for the date where no time is known.
  ///
  /// Of a version of the record beside the newest one of a set `/vN` follows.
  package var id: String
  /// The day in the run's zone on which the slice begins; nil when no time is known.
  package var date: CivilDate?
  /// From 1.
  package var part: Int
  /// How many slices of this unit begin on the same day.
  package var partCount: Int
  /// Indexes of the unit's items, in reading order.
  package var items: [Int]
}

/// Cuts units into slices.
///
/// The same selection always gives the same slices and ids.
package struct Slicer: Sendable {
  /// The most events that a slice may hold by default; a larger one is split.
  package static let defaultMaximumEventCount = 10_000

  private let slicing: Slicing
  private let zone: RunZone
  private let maximumEventCount: Int

  package init(
    _ slicing: Slicing, zone: RunZone, maximumEventCount: Int = defaultMaximumEventCount
  ) {
    self.slicing = slicing
    self.zone = zone
    self.maximumEventCount = max(1, maximumEventCount)
  }

  /// The slices of a unit in order of time, then of the source.
  ///
  /// Excluded items are in none.
  package func slices(of produced: ProducedUnit, order: ThreadOrder) -> [Slice] {
    let unit = produced.unit
    let members = unit.items.indices.filter { produced.selection[$0] != .excluded }
    guard !members.isEmpty else { return [] }
    let groups = groups(of: members, in: unit)
    var pieces: [(date: CivilDate?, items: [Int])] = []
    for group in groups {
      let start = group.compactMap { unit.items[$0].time?.instant }.min() ?? unit.createdAt?.instant
      let date = start.map { zone.wallClock(at: $0).date }
      for first in stride(from: 0, to: group.count, by: maximumEventCount) {
        pieces.append((date, Array(group[first..<min(first + maximumEventCount, group.count)])))
      }
    }
    var rank = Array(repeating: 0, count: unit.items.count)
    for (position, index) in order.order.enumerated() { rank[index] = position }
    var partCounts: [CivilDate?: Int] = [:]
    for piece in pieces { partCounts[piece.date, default: 0] += 1 }
    var parts: [CivilDate?: Int] = [:]
    let version = produced.olderVersion.map { "/v" + String($0) } ?? ""
    return pieces.map { piece in
      let part = (parts[piece.date] ?? 0) + 1
      parts[piece.date] = part
      return Slice(
        id: unit.nativeID + "/" + (piece.date?.isoText ?? "undated") + "/" + String(part) + version,
        date: piece.date, part: part, partCount: partCounts[piece.date] ?? 1,
        items: piece.items.sorted { rank[$0] < rank[$1] })
    }
  }

  // Groups in order of time, each in order of (time, source).
  private func groups(of members: [Int], in unit: CapturedUnit) -> [[Int]] {
    let timed = members.compactMap { index in
      unit.items[index].time?.instant.map { (time: $0, index: index) }
    }.sorted { ($0.time, $0.index) < ($1.time, $1.index) }
    var groupOf: [Int: Int] = [:]
    var groupCount = 0
    for (position, event) in timed.enumerated() {
      if position == 0 || begins(event.time, after: timed[position - 1].time) { groupCount += 1 }
      groupOf[event.index] = groupCount - 1
    }
    var groups: [[Int]] = Array(repeating: [], count: max(1, groupCount))
    // An event without time follows the one before it in the source; the first ones go first.
    var leading: [Int] = []
    var followers: [Int: [Int]] = [:]
    var anchor: Int?
    for index in members {
      if groupOf[index] != nil {
        anchor = index
      } else if let anchor {
        followers[anchor, default: []].append(index)
      } else {
        leading.append(index)
      }
    }
    groups[0] = leading
    for event in timed {
      guard let group = groupOf[event.index] else { continue }
      groups[group].append(event.index)
      groups[group] += followers[event.index] ?? []
    }
    return groups
  }

  private func begins(_ time: Instant, after previous: Instant) -> Bool {
    switch slicing {
    case .day: zone.wallClock(at: time).date != zone.wallClock(at: previous).date
    case .conversation: false
    case .gap(let seconds):
      time.ticks - previous.ticks >= Int64(seconds) * Instant.ticksPerSecond
    }
  }
}
