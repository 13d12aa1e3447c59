// SPDX-License-Identifier: Apache-2.0

/// How long a policy or label keeps something, or when it deletes it
/// (holds-and-retention section 3.1).
package enum RetentionPeriod: Hashable, Sendable {
  /// Days of 24 hours.
  case days(Int)
  /// Months of the proleptic Gregorian calendar in UTC.
  case months(Int)
  case years(Int)
  case forever

  /// The longest period: about as far as an instant reaches.
  private static let maximumYears = 8000

  /// Reads `90d`, `18mo`, `7y` or `forever`; nil for a bare number, for `m`, which would be minutes
  /// elsewhere, and for anything else.
  package init?(_ text: String) {
    if text == "forever" {
      self = .forever
      return
    }
    let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard digits.count > 0, let count = Int(String(text.prefix(digits.count))) else { return nil }
    switch text.dropFirst(digits.count) {
    case "d" where count <= Self.maximumYears * 365: self = .days(count)
    case "mo" where count <= Self.maximumYears * 12: self = .months(count)
    case "y" where count <= Self.maximumYears: self = .years(count)
    default: return nil
    }
  }

  /// The form in which it is written and stored.
  package var text: String {
    switch self {
    case .days(let count): "\(count)d"
    case .months(let count): "\(count)mo"
    case .years(let count): "\(count)y"
    case .forever: "forever"
    }
  }

  /// When a period that starts at a time has passed; nil for never.
  package func end(after start: Instant) -> Instant? {
    switch self {
    case .days(let count): start.advanced(byDays: count)
    case .months(let count): start.advanced(byMonths: count)
    case .years(let count): start.advanced(byMonths: count * 12)
    case .forever: nil
    }
  }

  /// Whether it is as long as another one, whenever both start.
  ///
  /// Where months and days cannot be compared for certain, it is not.
  package func isAtLeast(_ other: RetentionPeriod) -> Bool {
    if let months = monthCount, let others = other.monthCount { return months >= others }
    switch (self, other) {
    case (.forever, _): return true
    case (_, .forever): return false
    default: return shortestDays >= other.longestDays
    }
  }

  private var monthCount: Int? {
    switch self {
    case .months(let count): count
    case .years(let count): count * 12
    case .days, .forever: nil
    }
  }

  /// Fewer days than any such period has: 146,097 days are 4,800 months, and clamping to the end of
  /// a month takes three at most.
  private var shortestDays: Int {
    guard let monthCount else { return days }
    return max(0, monthCount * 146_097 / 4800 - 4)
  }

  private var longestDays: Int {
    guard let monthCount else { return days }
    return monthCount * 146_097 / 4800 + 4
  }

  private var days: Int {
    if case .days(let count) = self { count } else { 0 }
  }
}

extension Instant {
  /// Moves by days of 24 hours.
  package func advanced(byDays days: Int) -> Instant {
    let (ticks, overflow) = self.ticks.addingReportingOverflow(Int64(days) * Self.ticksPerDay)
    return Instant(ticks: overflow ? (days < 0 ? .min : .max) : ticks)
  }

  /// Moves by calendar months in UTC; a day that the month lacks becomes its last one
  /// (holds-and-retention section 3.1).
  package func advanced(byMonths months: Int) -> Instant {
    let date = utcDate
    let inDay = ticks - Instant(startOf: date).ticks
    let index = date.year * 12 + date.month - 1 + months
    let year = index >= 0 ? index / 12 : -((11 - index) / 12)
    let month = index - year * 12 + 1
    let day = min(date.day, CivilDate.dayCount(year: year, month: month))
    let days = CivilDate(year: year, month: month, day: day).daysSinceEpoch
    let (start, overflow) = Int64(days).multipliedReportingOverflow(by: Self.ticksPerDay)
    let (ticks, overflowToo) = start.addingReportingOverflow(inDay)
    return Instant(ticks: overflow || overflowToo ? (months < 0 ? .min : .max) : ticks)
  }
}
