// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
package import Foundation
package import Model
import Query

/// The zone in which days begin.
package struct DayZone: Sendable, Equatable {
  /// As it was given: `UTC`, an offset such as `+02:00`, or a name such as `Europe/Berlin`.
  package let name: String
  /// The zone as the system knows it.
  package let zone: TimeZone

  package static let utc = DayZone(name: "UTC", zone: .gmt)

  private init(name: String, zone: TimeZone) {
    self.name = name
    self.zone = zone
  }

  /// Reads a name of the time zone database, `UTC`, or an offset; nil for anything else.
  package init?(_ text: String) {
    if ["UTC", "Z", "utc"].contains(text) {
      self = .utc
      return
    }
    if let seconds = offsetSeconds(text), let zone = TimeZone(secondsFromGMT: seconds) {
      self.init(name: text, zone: zone)
      return
    }
    guard text.contains("/"), let zone = TimeZone(identifier: text) else { return nil }
    self.init(name: text, zone: zone)
  }

  /// The first instant of a day in the zone.
  func start(of date: CivilDate) -> Instant { calendar.start(of: date) }

  /// The instant of a local date and time, given as if it were UTC: the first one after a change of
  /// the clock that skips it, the earlier one of two.
  func instant(ofLocal local: Instant) -> Instant {
    let second = local.flooredToSecond
    return calendar.instant(ofLocal: Int(second.ticks / Instant.ticksPerSecond))
      .advanced(byTicks: local.ticks - second.ticks)
  }

  /// The day of an instant in the zone.
  func date(of instant: Instant) -> CivilDate { calendar.date(of: instant) }

  // The rules of queries, so that `--before` and `sent<` mean the same.
  private var calendar: ZonedCalendar { ZonedCalendar(timeZone: zone) }
}

/// A point in time as a command line names it: RFC 3339, a day, `today`, `yesterday`, or a span
/// back from the clock such as `-30d` (cli-conventions section 1).
package enum ClockTime: Sendable, Equatable {
  case instant(Instant)
  /// A date and time without an offset: read in the zone.
  case local(Instant)
  case day(CivilDate)
  case today
  case yesterday
  /// Before the clock's time.
  case ago(Span)

  /// A length of time: seconds and days are exact, months and years follow the calendar.
  package enum Span: Sendable, Equatable {
    case seconds(Int64)
    case months(Int)
  }

  /// Reads a time; nil for a form that is not one of these, and for days that do not exist.
  package init?(_ text: String) {
    switch text {
    case "today": self = .today
    case "yesterday": self = .yesterday
    case _ where text.hasPrefix("-"):
      guard let span = Span(String(text.dropFirst())) else { return nil }
      self = .ago(span)
    case _ where text.utf8.count == 10:
      guard let midnight = Instant(rfc3339: text + "T00:00:00Z") else { return nil }
      self = .day(midnight.utcDate)
    default:
      guard let instant = Instant(rfc3339: text) else { return nil }
      self = hasOffset(text) ? .instant(instant) : .local(instant)
    }
  }

  /// The instant that is meant: the start of a day.
  ///
  /// - Parameters:
  ///   - now: The clock's time.
  ///   - zone: Where days begin.
  /// - Returns: The instant, exact to the tick.
  package func resolved(now: Instant, zone: DayZone) -> Instant {
    switch self {
    case .instant(let instant): instant
    case .local(let instant): zone.instant(ofLocal: instant)
    case .day(let date): zone.start(of: date)
    case .today: zone.start(of: zone.date(of: now))
    case .yesterday:
      zone.start(of: CivilDate(daysSinceEpoch: zone.date(of: now).daysSinceEpoch - 1))
    case .ago(.seconds(let seconds)): now.advanced(bySeconds: -Int(seconds))
    case .ago(.months(let months)): now.advanced(byMonths: -months)
    }
  }
}

extension ClockTime {
  /// The help of an option that takes a time in UTC; it is printed too where the value is wrong.
  ///
  /// - Parameter use: What the time is for, a sentence without its end.
  /// - Returns: The help.
  package static func help(_ use: String) -> ArgumentHelp {
    ArgumentHelp(
      """
      \(use), in UTC: a day such as 2025-06-01, which begins it, a date and time such as \
      2025-06-01T12:30:00Z, today, yesterday, or a span back from now such as -30d.
      """, valueName: "time")
  }
}

extension ClockTime.Span {
  /// The longest span in seconds, about 8,000 years: an instant has no room for much more.
  private static let maximumSeconds: Int64 = 250_000_000_000

  /// Reads `90s 15m 24h 7d 6mo 7y`; nil for a bare number, another unit or an endless span.
  package init?(_ text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int64(digits), count <= Self.maximumSeconds else { return nil }
    switch text.dropFirst(digits.count) {
    case "s": self = .seconds(count)
    case "m" where count <= Self.maximumSeconds / 60: self = .seconds(count * 60)
    case "h" where count <= Self.maximumSeconds / 3600: self = .seconds(count * 3600)
    case "d" where count <= Self.maximumSeconds / 86_400: self = .seconds(count * 86_400)
    case "mo" where count <= 96_000: self = .months(Int(count))
    case "y" where count <= 8000: self = .months(Int(count) * 12)
    default: return nil
    }
  }
}

extension Instant {
  func advanced(bySeconds seconds: Int) -> Instant {
    advanced(byTicks: Int64(seconds) * Instant.ticksPerSecond)
  }

  func advanced(byTicks difference: Int64) -> Instant {
    Instant(ticks: ticks + difference)
  }
}

/// Whether an RFC 3339 text ends with `Z` or an offset.
private func hasOffset(_ text: String) -> Bool {
  guard let last = text.last else { return false }
  return last == "Z" || last == "z" || text.dropFirst(19).contains { $0 == "+" || $0 == "-" }
}

/// Seconds east of UTC of `+hh:mm` or `-hh:mm`.
private func offsetSeconds(_ text: String) -> Int? {
  guard text.hasPrefix("+") || text.hasPrefix("-"), text.utf8.count == 6,
    let shifted = Instant(rfc3339: "2000-01-02T00:00:00" + text),
    let unshifted = Instant(rfc3339: "2000-01-02T00:00:00Z")
  else { return nil }
  return Int((unshifted.ticks - shifted.ticks) / Instant.ticksPerSecond)
}
