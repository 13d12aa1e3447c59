// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

@Suite struct InstantTests {
  @Test(
    "reads and writes RFC 3339",
    arguments: [
      ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
      ("2026-02-03T04:05:06.123456Z", "2026-02-03T04:05:06.123456Z"),
      ("2026-02-03T04:05:06.1234567Z", "2026-02-03T04:05:06.1234567Z"),
      ("2026-02-03 04:05:06", "2026-02-03T04:05:06Z"),
      ("2025-06-18T10:00:00+02:00", "2025-06-18T08:00:00Z"),
      ("1969-12-31T23:59:59.9Z", "1969-12-31T23:59:59.9Z"),
      ("2024-02-29T00:00:00+00:00", "2024-02-29T00:00:00Z"),
    ])
  func roundTrip(text: String, expected: String) {
    #expect(Instant(rfc3339: text)?.rfc3339 == expected)
  }

  @Test(
    "refuses what is no time",
    arguments: [
      "", "2025-02-30T00:00:00Z", "2025-01-01T24:00:00Z", "2025-01-01", "2025-01-01T00:00:00X",
      "2025-01-01T00:00:00.Z",
    ])
  func refused(text: String) {
    #expect(Instant(rfc3339: text) == nil)
  }

  @Test("days and dates are inverse")
  func days() {
    for day in stride(from: -200_000, through: 200_000, by: 37) {
      #expect(CivilDate(daysSinceEpoch: day).daysSinceEpoch == day)
    }
  }
}
