// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Model

/// The zone in which a run cuts days and shows times; independent of the machine's own zone.
package struct RunZone: Sendable, Hashable {
  /// The zone's name, such as `UTC` or `Europe/Berlin`.
  package let identifier: String
  // Nil for UTC, which needs no look-up.
  private let zone: TimeZone?

  /// Coordinated universal time.
  package static let utc = RunZone()

  private init() {
    identifier = "UTC"
    zone = nil
  }

  /// Finds a zone by its name in the zone database; nil when there is none of that name.
  package init?(identifier: String) {
    if ["UTC", "Z", "Etc/UTC", "GMT"].contains(identifier) {
      self = .utc
      return
    }
    guard let zone = TimeZone(identifier: identifier) else { return nil }
    self.identifier = identifier
    self.zone = zone
  }

  /// Seconds east of UTC at an instant.
  package func offsetSeconds(at instant: Instant) -> Int {
    guard let zone else { return 0 }
    let seconds = instant.flooredToSecond.ticks / Instant.ticksPerSecond
    return zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds)))
  }

  /// The zone's wall clock at an instant, rounded down to the second.
  package func wallClock(at instant: Instant) -> WallClock {
    let offset = offsetSeconds(at: instant)
    let local = Instant(ticks: instant.ticks + Int64(offset) * Instant.ticksPerSecond)
    let date = local.utcDate
    let second = Int((local.ticks - Instant(startOf: date).ticks) / Instant.ticksPerSecond)
    return WallClock(date: date, secondOfDay: second, offsetSeconds: offset)
  }
}

/// A date and time of day as a clock on the wall shows it.
package struct WallClock: Sendable, Hashable {
  package var date: CivilDate
  package var secondOfDay: Int
  /// Seconds east of UTC.
  package var offsetSeconds: Int

  /// `HH:MM:SS`, 24 hours.
  package var timeText: String {
    digits(secondOfDay / 3600, 2) + ":" + digits(secondOfDay / 60 % 60, 2) + ":"
      + digits(secondOfDay % 60, 2)
  }

  /// RFC 3339 to the second: `Z` for offset zero, else `+hh:mm`.
  package var rfc3339: String {
    date.isoText + "T" + timeText + offsetText
  }

  private var offsetText: String {
    guard offsetSeconds != 0 else { return "Z" }
    let minutes = abs(offsetSeconds) / 60
    return (offsetSeconds < 0 ? "-" : "+") + digits(minutes / 60, 2) + ":"
      + digits(minutes % 60, 2)
  }
}

extension CivilDate {
  /// `YYYY-MM-DD`.
  package var isoText: String {
    digits(year, 4) + "-" + digits(month, 2) + "-" + digits(day, 2)
  }
}

/// Decimal digits, filled with zeros on the left.
func digits(_ value: Int, _ width: Int) -> String {
  if width == 2, twoDigits.indices.contains(value) { return twoDigits[value] }
  let text = String(value)
  guard text.utf8.count < width else { return text }
  return String(repeating: "0", count: width - text.utf8.count) + text
}

private let twoDigits = (0..<100).map { ($0 < 10 ? "0" : "") + String($0) }
