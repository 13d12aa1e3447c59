// SPDX-License-Identifier: Apache-2.0
import Commands
import Model
import Testing

@Suite struct ClockTimeTests {
  private static let now = Instant(startOf: CivilDate(year: 2025, month: 6, day: 18))

  @Test(
    "resolves spans back from the clock",
    arguments: [
      ("-30d", "2025-05-19T00:00:00Z"), ("-90s", "2025-06-17T23:58:30Z"),
      ("-24h", "2025-06-17T00:00:00Z"), ("-6mo", "2024-12-18T00:00:00Z"),
      ("-1y", "2024-06-18T00:00:00Z"), ("today", "2025-06-18T00:00:00Z"),
      ("2025-01-01", "2025-01-01T00:00:00Z"),
    ])
  func resolves(text: String, expected: String) throws {
    let time = try #require(ClockTime(text))
    #expect(time.resolved(now: Self.now, zone: .utc).rfc3339 == expected)
  }

  @Test(
    "reads local times on the days on which clocks change as queries do",
    arguments: [
      ("2025-03-30T12:00:00", "Europe/Berlin", "2025-03-30T10:00:00Z"),
      ("2025-03-30T02:30:00", "Europe/Berlin", "2025-03-30T01:00:00Z"),
      ("2025-10-26T02:30:00", "Europe/Berlin", "2025-10-26T00:30:00Z"),
      ("2025-10-26T12:00:00.5", "Europe/Berlin", "2025-10-26T11:00:00.5Z"),
      ("2025-09-07", "America/Santiago", "2025-09-07T04:00:00Z"),
      ("2025-09-08", "America/Santiago", "2025-09-08T03:00:00Z"),
      ("2025-03-30", "Europe/Berlin", "2025-03-29T23:00:00Z"),
      ("2025-06-01T00:00:00", "+02:00", "2025-05-31T22:00:00Z"),
    ])
  func local(text: String, zone: String, expected: String) throws {
    let time = try #require(ClockTime(text)).resolved(
      now: Self.now, zone: try #require(DayZone(zone)))
    #expect(time == Instant(rfc3339: expected))
  }

  @Test("has room for the longest span of each unit", arguments: ["s", "m", "h", "d", "mo", "y"])
  func longest(unit: String) {
    var longest: Int64 = 0
    var step: Int64 = 1 << 40
    while step > 0 {
      if ClockTime("-\(longest + step)\(unit)") != nil { longest += step }
      step /= 2
    }
    #expect(longest > 0)
    let time = ClockTime("-\(longest)\(unit)")?.resolved(now: Self.now, zone: .utc)
    #expect(time.map { $0 < Self.now } == true)
  }

  @Test(
    "refuses what is no time, endless spans included",
    arguments: ["-30", "-5w", "-", "-999999999d", "-99999999999999999999s", "2025-02-30", "soon"])
  func refuses(text: String) {
    #expect(ClockTime(text) == nil)
  }
}
