// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Model

/// Days of a time zone as instants, in the proleptic Gregorian calendar.
package struct ZonedCalendar {
  let timeZone: TimeZone

  /// The first instant that a query can name.
  static let earliest = Instant(startOf: CivilDate(year: 0, month: 1, day: 1))
  /// The first instant after all that a query can name: the start of the year 10,000.
  static let end = Instant(startOf: CivilDate(year: 10_000, month: 1, day: 1))

  package init(timeZone: TimeZone) {
    self.timeZone = timeZone
  }

  /// The day that an instant falls on.
  package func date(of instant: Instant) -> CivilDate {
    let offset = Int64(offset(atSecond: second(of: instant)))
    return Instant(ticks: instant.ticks + offset * Instant.ticksPerSecond).utcDate
  }

  /// The first instant of a day, within what a query can name.
  ///
  /// A day may begin later than midnight, where clocks are put forward then; where they are put
  /// back over midnight, the earlier of both midnights counts.
  package func start(of date: CivilDate) -> Instant {
    instant(ofLocal: date.daysSinceEpoch * 86_400)
  }

  /// The instant of a local time in seconds since 1970, within what a query can name: the first one
  /// after a gap that the local time lies in, the earlier one of two.
  package func instant(ofLocal local: Int) -> Instant {
    let candidates = Set([offset(atSecond: local - 86_400), offset(atSecond: local + 86_400)])
      .map { local - $0 }.filter { $0 + offset(atSecond: $0) == local }
    let second = candidates.min() ?? endOfGap(around: local)
    let instant = Instant(ticks: Int64(second) * Instant.ticksPerSecond)
    return min(max(instant, ZonedCalendar.earliest), ZonedCalendar.end)
  }

  /// The first second whose local time is past a local time that does not exist.
  private func endOfGap(around local: Int) -> Int {
    var low = local - 2 * 86_400
    var high = local + 2 * 86_400
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if middle + offset(atSecond: middle) >= local { high = middle } else { low = middle }
    }
    return high
  }

  private func offset(atSecond second: Int) -> Int {
    timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
  }

  private func second(of instant: Instant) -> Int {
    Int(instant.flooredToSecond.ticks / Instant.ticksPerSecond)
  }
}
