// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model

/// What a date value denotes: from `start` up to, not including, `end` (query-language section 7.3).
struct DateValue {
  var start: Instant
  var end: Instant
  /// Whether it depends on the clock.
  var isRelative = false
}

/// Reads date values.
struct DateReader {
  let clock: Instant
  let calendar: ZonedCalendar
  let weekStart: WeekStart

  init(_ options: QueryOptions) {
    clock = options.clock
    calendar = ZonedCalendar(timeZone: options.timeZone)
    weekStart = options.weekStart
  }

  /// Reads one value: a named interval, a year, a month, a day or a time.
  func read(_ text: String) -> Result<DateValue, DateFailure> {
    let folded = FoldedValue.identity(text)
    if let name = NamedInterval(rawValue: folded) { return .success(interval(named: name)) }
    var fields = DateFields(folded)
    guard let year = fields.number(digits: 4) else { return .failure(DateFailure(text)) }
    guard !fields.isAtEnd else {
      return .success(days(from: (year, 1, 1), to: (year + 1, 1, 1)))
    }
    guard fields.skip("-"), let month = fields.number(digits: 2) else {
      return .failure(DateFailure(text))
    }
    guard !fields.isAtEnd else {
      guard (1...12).contains(month) else { return .failure(.noMonth(month)) }
      return .success(
        days(from: (year, month, 1), to: month == 12 ? (year + 1, 1, 1) : (year, month + 1, 1)))
    }
    guard fields.skip("-"), let day = fields.number(digits: 2),
      fields.isAtEnd || fields.skip("t")
    else { return .failure(DateFailure(text)) }
    guard (1...12).contains(month) else { return .failure(.noMonth(month)) }
    let dayCount = CivilDate.dayCount(year: year, month: month)
    guard (1...dayCount).contains(day) else {
      return .failure(.noDay(day, month: month, year: year, count: dayCount))
    }
    let date = CivilDate(year: year, month: month, day: day)
    guard !fields.isAtEnd else {
      let next = CivilDate(daysSinceEpoch: date.daysSinceEpoch + 1)
      return .success(DateValue(start: calendar.start(of: date), end: calendar.start(of: next)))
    }
    guard let time = time(on: date, &fields) else { return .failure(DateFailure(text)) }
    return .success(time)
  }

  /// A time of day: `hh:mm:ss`, a fraction of 1 to 7 digits, `Z` or an offset.
  ///
  /// Without one it is UTC; the time zone governs days only.
  private func time(on date: CivilDate, _ fields: inout DateFields) -> DateValue? {
    guard let hour = fields.number(digits: 2), hour < 24, fields.skip(":"),
      let minute = fields.number(digits: 2), minute < 60, fields.skip(":"),
      let second = fields.number(digits: 2), second < 60
    else { return nil }
    var width = Instant.ticksPerSecond
    var ticks =
      Instant(startOf: date).ticks + Int64(hour * 3600 + minute * 60 + second) * width
    if fields.skip(".") {
      var digitCount = 0
      while let digit = fields.number(digits: 1) {
        digitCount += 1
        guard digitCount <= 7 else { return nil }
        width /= 10
        ticks += Int64(digit) * width
      }
      guard digitCount > 0 else { return nil }
    }
    if !fields.isAtEnd, !fields.skip("z") {
      guard let offset = fields.offset() else { return nil }
      ticks -= Int64(offset) * Instant.ticksPerSecond
    }
    guard fields.isAtEnd else { return nil }
    let start = max(Instant(ticks: ticks), ZonedCalendar.earliest)
    return DateValue(
      start: min(start, ZonedCalendar.end),
      end: min(max(Instant(ticks: ticks + width), start), ZonedCalendar.end))
  }

  private func days(from first: (Int, Int, Int), to last: (Int, Int, Int)) -> DateValue {
    let start = CivilDate(year: first.0, month: first.1, day: first.2)
    let end = CivilDate(year: last.0, month: last.1, day: last.2)
    return DateValue(start: calendar.start(of: start), end: calendar.start(of: end))
  }

  private func interval(named name: NamedInterval) -> DateValue {
    let date = calendar.date(of: clock)
    let today = date.daysSinceEpoch
    // 1970-01-01 was a Thursday.
    let weekday = ((today + 3 - weekStart.offset) % 7 + 7) % 7
    let before = date.month == 1 ? (date.year - 1, 12) : (date.year, date.month - 1)
    let after = date.month == 12 ? (date.year + 1, 1) : (date.year, date.month + 1)
    var value =
      switch name {
      case .today: days(today, today + 1)
      case .yesterday: days(today - 1, today)
      case .thisWeek: days(today - weekday, today - weekday + 7)
      case .lastWeek: days(today - weekday - 7, today - weekday)
      case .thisMonth: days(from: (date.year, date.month, 1), to: (after.0, after.1, 1))
      case .lastMonth: days(from: (before.0, before.1, 1), to: (date.year, date.month, 1))
      case .thisYear: days(from: (date.year, 1, 1), to: (date.year + 1, 1, 1))
      case .lastYear: days(from: (date.year - 1, 1, 1), to: (date.year, 1, 1))
      case .last7Days: days(today - 6, today + 1)
      case .last30Days: days(today - 29, today + 1)
      case .last90Days: days(today - 89, today + 1)
      }
    value.isRelative = true
    return value
  }

  private func days(_ first: Int, _ end: Int) -> DateValue {
    DateValue(
      start: calendar.start(of: CivilDate(daysSinceEpoch: first)),
      end: calendar.start(of: CivilDate(daysSinceEpoch: end)))
  }
}

/// Why a text is no date.
struct DateFailure: Error {
  var finding: Finding

  static func noMonth(_ month: Int) -> DateFailure {
    DateFailure(finding: Finding(.impossibleDate, "There is no month \(month)."))
  }

  static func noDay(_ day: Int, month: Int, year: Int, count: Int) -> DateFailure {
    DateFailure(
      finding: Finding(.impossibleDate, "\(months[month - 1]) \(year) has \(count) days."))
  }

  private init(finding: Finding) {
    self.finding = finding
  }

  /// A text of another form; names its readings when it looks like a date of some country.
  init(_ text: String) {
    let parts = text.split { $0 == "/" || $0 == "." || $0 == "-" }.map { Int($0) }
    var hint = "Write YYYY-MM-DD."
    var suggestion: String?
    if parts.count == 3, let first = parts[0], let second = parts[1], let year = parts[2],
      (1000...9999).contains(year), (1...31).contains(first), (1...31).contains(second)
    {
      if first <= 12, second <= 12, first != second {
        hint =
          "Write YYYY-MM-DD (\(text) could be \(second) \(months[first - 1]) or "
          + "\(first) \(months[second - 1]))."
      } else if first <= 12 || second <= 12 {
        let month = first <= 12 ? first : second
        let day = first <= 12 ? second : first
        suggestion = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
      }
    }
    finding = Finding(.notADate, "'\(text)' is not a date. \(hint)", suggestion: suggestion)
  }
}

private let months = [
  "January", "February", "March", "April", "May", "June", "July", "August", "September",
  "October", "November", "December",
]

/// Reads digits and signs of a date one after the other.
private struct DateFields {
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) {
    bytes = Array(text.utf8)
  }

  var isAtEnd: Bool { position == bytes.count }

  mutating func skip(_ character: Character) -> Bool {
    guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
    position += 1
    return true
  }

  mutating func number(digits: Int) -> Int? {
    guard position + digits <= bytes.count else { return nil }
    var value = 0
    for byte in bytes[position..<position + digits] {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    position += digits
    return value
  }

  /// `+hh:mm` or `-hh:mm`, in seconds.
  mutating func offset() -> Int? {
    let sign = skip("+") ? 1 : skip("-") ? -1 : 0
    guard sign != 0, let hour = number(digits: 2), skip(":"), let minute = number(digits: 2),
      hour < 24, minute < 60
    else { return nil }
    return sign * (hour * 3600 + minute * 60)
  }
}
