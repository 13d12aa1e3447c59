// SPDX-License-Identifier: Apache-2.0
package import Model

/// A calendar month in UTC, counted from year 0: year × 12 + month − 1.
package struct CalendarMonth: Hashable, Comparable, Sendable {
  package var number: Int

  package init(number: Int) { self.number = number }

  /// The month that an instant falls in.
  package init(of instant: Instant) {
    let date = instant.utcDate
    number = date.year * 12 + date.month - 1
  }

  /// The year that the month lies in.
  package var year: Int { number >= 0 ? number / 12 : -((11 - number) / 12) }

  /// The first instant of the month.
  package var start: Instant {
    Instant(startOf: CivilDate(year: year, month: number - year * 12 + 1, day: 1))
  }

  /// The month after it.
  package var next: CalendarMonth { CalendarMonth(number: number + 1) }

  package static func < (left: CalendarMonth, right: CalendarMonth) -> Bool {
    left.number < right.number
  }
}

/// Which partition a new conversation goes to, by the month it began.
///
/// A partition covers months of one calendar year and takes items up to a capacity; conversations
/// without a time have partitions of their own. Several lanes write side by side, each into
/// partitions of its own.
package struct PartitionPlan: Sendable {
  /// Items that a partition takes before a new one is opened; the last conversation may pass it.
  package static let defaultCapacity = 250_000
  /// A partition as the plan knows it.
  package struct Entry: Hashable, Sendable {
    /// From 1.
    package var number: Int
    /// Nil for the conversations without a time.
    package var months: ClosedRange<CalendarMonth>?
    package var itemCount: Int

    package init(number: Int, months: ClosedRange<CalendarMonth>?, itemCount: Int) {
      self.number = number
      self.months = months
      self.itemCount = itemCount
    }
  }

  /// In order of number.
  package private(set) var entries: [Entry]
  package let capacity: Int
  package let laneCount: Int

  package init(
    entries: [Entry] = [], capacity: Int = defaultCapacity, laneCount: Int = 1
  ) {
    self.entries = entries.sorted { $0.number < $1.number }
    self.capacity = capacity
    self.laneCount = laneCount
  }

  /// The lane that writes a partition.
  package func lane(of number: Int) -> Int { (number - 1) % laneCount }

  /// Chooses the partition for a new conversation, and counts its items there.
  package mutating func assign(month: CalendarMonth?, itemCount: Int, lane: Int) -> Int {
    let candidates = entries.indices.filter { index in
      self.lane(of: entries[index].number) == lane && entries[index].itemCount < capacity
    }
    if let index = best(among: candidates, for: month) {
      entries[index].itemCount += itemCount
      if let month, let months = entries[index].months {
        entries[index].months = min(months.lowerBound, month)...max(months.upperBound, month)
      }
      return entries[index].number
    }
    var number = (entries.last?.number ?? 0) + 1
    while self.lane(of: number) != lane { number += 1 }
    entries.append(
      Entry(number: number, months: month.map { $0...$0 }, itemCount: itemCount))
    return number
  }

  /// Counts further items of a conversation that has its partition.
  package mutating func add(itemCount: Int, to number: Int) {
    guard let index = entries.firstIndex(where: { $0.number == number }) else { return }
    entries[index].itemCount += itemCount
  }

  /// The first candidate of the month's year.
  ///
  /// Without a bound an unordered capture would put every month into every partition. Years are
  /// the same for any order of arrival, so that few partitions are open at once: each has a batch
  /// of its own in memory, and small batches cost more.
  private func best(among candidates: [Int], for month: CalendarMonth?) -> Int? {
    candidates.first { index in entries[index].months?.lowerBound.year == month?.year }
  }
}
