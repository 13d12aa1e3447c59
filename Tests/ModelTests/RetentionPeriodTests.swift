// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

@Suite struct RetentionPeriodTests {
  @Test(
    "reads days, months, years and forever",
    arguments: [
      ("90d", RetentionPeriod.days(90)), ("18mo", .months(18)), ("7y", .years(7)), ("0d", .days(0)),
      ("forever", .forever),
    ])
  func reads(text: String, period: RetentionPeriod) {
    #expect(RetentionPeriod(text) == period)
    #expect(period.text == text)
  }

  @Test(
    "refuses a bare number, minutes and everything else",
    arguments: [
      "", "90", "90m", "d", "-1d", "+1d", "1.5y", "7 y", "7Y", "Forever", "9999999y", "1h", "٣d",
      "99999999999999999999d",
    ])
  func refuses(text: String) {
    #expect(RetentionPeriod(text) == nil)
  }

  @Test(
    "counts by the calendar in UTC; a day that a month lacks becomes its last",
    arguments: [
      ("2024-02-29T00:00:00Z", "1y", "2025-02-28T00:00:00Z"),
      ("2024-02-29T08:30:00Z", "4y", "2028-02-29T08:30:00Z"),
      ("2025-01-31T23:59:59.9999999Z", "1mo", "2025-02-28T23:59:59.9999999Z"),
      ("2024-01-31T00:00:00Z", "1mo", "2024-02-29T00:00:00Z"),
      ("2025-03-31T00:00:00Z", "18mo", "2026-09-30T00:00:00Z"),
      ("2025-03-29T12:00:00Z", "2d", "2025-03-31T12:00:00Z"),
      ("1900-01-31T00:00:00Z", "1mo", "1900-02-28T00:00:00Z"),
      ("1999-12-31T00:00:00Z", "2mo", "2000-02-29T00:00:00Z"),
      ("2025-12-15T00:00:00Z", "0mo", "2025-12-15T00:00:00Z"),
    ])
  func calendar(start: String, text: String, end: String) throws {
    let period = try #require(RetentionPeriod(text))
    let instant = try #require(Instant(rfc3339: start))
    #expect(period.end(after: instant)?.rfc3339 == end)
  }

  @Test("forever has no end, and what is past all time stays there")
  func limits() {
    #expect(RetentionPeriod.forever.end(after: Instant(ticks: 0)) == nil)
    let end = RetentionPeriod.years(8000).end(after: Instant(ticks: .max - 5))
    #expect(end == Instant(ticks: .max))
    #expect(RetentionPeriod.days(2_000_000).end(after: Instant(ticks: .max - 5))?.ticks == .max)
  }

  @Test("is as long as another only where that is certain")
  func comparison() {
    let pairs: [(String, String, Bool)] = [
      ("1y", "12mo", true), ("12mo", "1y", true), ("11mo", "1y", false), ("1y", "365d", false),
      ("1y", "360d", true), ("370d", "1y", true), ("365d", "1y", false), ("30d", "1mo", false),
      ("40d", "1mo", true), ("forever", "9y", true), ("9y", "forever", false),
      ("forever", "forever", true), ("30d", "30d", true), ("29d", "30d", false),
    ]
    for (left, right, expected) in pairs {
      guard let first = RetentionPeriod(left), let second = RetentionPeriod(right) else {
        Issue.record("\(left) or \(right) cannot be read")
        continue
      }
      #expect(first.isAtLeast(second) == expected, "\(left) \(right)")
    }
  }

  @Test("what counts as longer ends later from every day of four years")
  func comparisonIsSound() {
    let periods = ["27d", "31d", "32d", "1mo", "2mo", "365d", "366d", "1y", "13mo", "1461d", "4y"]
      .compactMap { RetentionPeriod($0) }
    for first in periods {
      for second in periods where first.isAtLeast(second) {
        for day in 0..<1461 {
          let start = Instant(ticks: Int64(day) * Instant.ticksPerDay)
          guard let end = first.end(after: start), let other = second.end(after: start) else {
            continue
          }
          if end < other { Issue.record("\(first) \(second) from \(start)") }
        }
      }
    }
  }
}
