// SPDX-License-Identifier: Apache-2.0

/// A point in time, in ticks of 100 nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// The tick is the finest fraction that a query can name (query-language section 7.3).
package struct Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Ticks in a second.
  package static let ticksPerSecond: Int64 = 10_000_000
  /// Ticks in a day of 24 hours.
  package static let ticksPerDay: Int64 = 86_400 * ticksPerSecond

  /// Ticks of 100 ns since the epoch; negative before it.
  package var ticks: Int64

  package init(ticks: Int64) {
    self.ticks = ticks
  }

  package static func < (left: Instant, right: Instant) -> Bool { left.ticks < right.ticks }

  /// RFC 3339 in UTC with `Z`, with as many fraction digits as needed (none to seven).
  package var description: String { rfc3339 }
}

/// A day of the proleptic Gregorian calendar.
package struct CivilDate: Hashable, Comparable, Sendable {
  package var year: Int
  /// 1 to 12.
  package var month: Int
  /// 1 to 31.
  package var day: Int

  package init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Days since 1970-01-01; negative before.
  package var daysSinceEpoch: Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// The day that many days after 1970-01-01.
  package init(daysSinceEpoch days: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Days in a month of a year.
  package static func dayCount(year: Int, month: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func isLeap(_ year: Int) -> Bool {
    year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
  }

  package static func < (left: CivilDate, right: CivilDate) -> Bool {
    (left.year, left.month, left.day) < (right.year, right.month, right.day)
  }
}

extension Instant {
  /// The start of a UTC day.
  package init(startOf date: CivilDate) {
    ticks = Int64(date.daysSinceEpoch) * Instant.ticksPerDay
  }

  /// The UTC day that this instant falls on.
  package var utcDate: CivilDate {
    CivilDate(daysSinceEpoch: Int(floorDivide(ticks, Instant.ticksPerDay)))
  }

  /// Rounds down to a whole second.
  package var flooredToSecond: Instant {
    Instant(ticks: floorDivide(ticks, Instant.ticksPerSecond) * Instant.ticksPerSecond)
  }

  /// RFC 3339 in UTC with `Z`, with as many fraction digits as needed (none to seven).
  package var rfc3339: String {
    let date = utcDate
    let inDay = ticks - Instant(startOf: date).ticks
    let second = Int(inDay / Instant.ticksPerSecond)
    // Written into bytes: exports and searches write millions of these.
    var text: [UInt8] = []
    text.reserveCapacity(28)
    append(date.year, 4, to: &text)
    text.append(UInt8(ascii: "-"))
    append(date.month, 2, to: &text)
    text.append(UInt8(ascii: "-"))
    append(date.day, 2, to: &text)
    text.append(UInt8(ascii: "T"))
    append(second / 3600, 2, to: &text)
    text.append(UInt8(ascii: ":"))
    append(second / 60 % 60, 2, to: &text)
    text.append(UInt8(ascii: ":"))
    append(second % 60, 2, to: &text)
    var fraction = inDay % Instant.ticksPerSecond
    if fraction > 0 {
      var digitCount = 7
      while fraction.isMultiple(of: 10) {
        fraction /= 10
        digitCount -= 1
      }
      text.append(UInt8(ascii: "."))
      append(Int(fraction), digitCount, to: &text)
    }
    text.append(UInt8(ascii: "Z"))
    return String(decoding: text, as: UTF8.self)
  }

  /// Parses RFC 3339 (a blank for `T` allowed, 1 to 9 fraction digits, digits past the seventh
  /// dropped); a missing offset is read as UTC (claude-capture-formats section 2.3).
  ///
  /// Gives nil for anything else, impossible dates and hours past 23 included.
  package init?(rfc3339 text: some StringProtocol) {
    let text = String(text)
    guard let instant = parseRFC3339(text.utf8.span) else { return nil }
    self = instant
  }
}

private func parseRFC3339(_ bytes: Span<UInt8>) -> Instant? {
  guard bytes.count >= 19, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
    bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
    bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t")
      || bytes[10] == UInt8(ascii: " "),
    let year = number(bytes, 0..<4), let month = number(bytes, 5..<7),
    let day = number(bytes, 8..<10), let hour = number(bytes, 11..<13),
    let minute = number(bytes, 14..<16), let second = number(bytes, 17..<19)
  else { return nil }
  guard (1...12).contains(month), day >= 1,
    day <= CivilDate.dayCount(year: year, month: month), hour < 24, minute < 60, second < 60
  else { return nil }
  var ticks = Instant(startOf: CivilDate(year: year, month: month, day: day)).ticks
  ticks += Int64(hour * 3600 + minute * 60 + second) * Instant.ticksPerSecond
  var position = 19
  if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
    position += 1
    let start = position
    var scale = Instant.ticksPerSecond / 10
    while position < bytes.count, let digit = number(bytes, position..<position + 1) {
      ticks += Int64(digit) * scale
      scale /= 10
      position += 1
    }
    guard (1...9).contains(position - start) else { return nil }
  }
  guard let offset = offsetSeconds(bytes.extracting(position...)) else { return nil }
  return Instant(ticks: ticks - Int64(offset) * Instant.ticksPerSecond)
}

private func offsetSeconds(_ bytes: Span<UInt8>) -> Int? {
  guard bytes.count > 0 else { return 0 }
  let first = bytes[0]
  if first == UInt8(ascii: "Z") || first == UInt8(ascii: "z") {
    return bytes.count == 1 ? 0 : nil
  }
  guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"), let hour = number(bytes, 1..<3),
    let minute = number(bytes, 4..<6), hour < 24, minute < 60
  else { return nil }
  switch first {
  case UInt8(ascii: "+"): return hour * 3600 + minute * 60
  case UInt8(ascii: "-"): return -(hour * 3600 + minute * 60)
  default: return nil
  }
}

private func number(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
  var value = 0
  for index in range {
    let digit = bytes[index]
    guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
    value = value * 10 + Int(digit - UInt8(ascii: "0"))
  }
  return value
}

/// Appends decimal digits, filled with zeros on the left.
private func append(_ value: Int, _ width: Int, to text: inout [UInt8]) {
  guard value >= 0 else {
    let digits = String(value)
    text += repeatElement(UInt8(ascii: "0"), count: max(0, width - digits.utf8.count))
    text += digits.utf8
    return
  }
  var scale = 1
  for _ in 1..<width { scale *= 10 }
  while value / scale >= 10 { scale *= 10 }
  while scale > 0 {
    text.append(UInt8(ascii: "0") + UInt8(value / scale % 10))
    scale /= 10
  }
}

private func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
  let quotient = value / divisor
  return value % divisor < 0 ? quotient - 1 : quotient
}
