// SPDX-License-Identifier: Apache-2.0
import Model

/// Telephone numbers: international, North American, and national ones near words that say so.
extension TextScanner {
  /// Looks for a telephone number whose first group of digits is given.
  mutating func phone(
    _ first: Range<Int>, in text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) {
    guard isFree(.phoneNumber, at: first.lowerBound) else { return }
    let before = text.at(first.lowerBound - 1)
    if before == UInt8(ascii: "+") {
      internationalPhone(first, in: text, into: &receiver)
      return
    }
    let isOpen = before == UInt8(ascii: "(") && !text.at(first.lowerBound - 2).isWordByte
    guard !text.continuesBefore(first.lowerBound) else { return }
    switch first.count {
    case 1 where text[first.lowerBound] == UInt8(ascii: "1"):
      let (kind, next) = text.phoneSeparator(at: first.upperBound)
      guard kind != .none, kind != .slash else { return }
      let area = next..<text.endOfDigits(from: next)
      northAmericanPhone(
        from: first.lowerBound, area: area, isOpen: kind == .parenthesis, in: text,
        into: &receiver)
    case 3 where text[first.lowerBound] != UInt8(ascii: "0"):
      northAmericanPhone(
        from: isOpen ? first.lowerBound - 1 : first.lowerBound, area: first, isOpen: isOpen,
        in: text, into: &receiver)
    case 10, 11: plainPhone(first, in: text, into: &receiver)
    case 2...12 where text[first.lowerBound] == UInt8(ascii: "0"):
      nationalPhone(first, in: text, into: &receiver)
    default: break
    }
  }

  /// A plus sign, a country code and in all 8 to 15 digits (ITU-T E.164).
  private mutating func internationalPhone(
    _ first: Range<Int>, in text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) {
    let start = first.lowerBound - 1
    guard !text.at(start - 1).isWordByte, text.at(start - 1) != UInt8(ascii: "+"),
      text[first.lowerBound] != UInt8(ascii: "0")
    else { return }
    let isNorthAmerican = text[first.lowerBound] == UInt8(ascii: "1")
    instance.removeAll(keepingCapacity: true)
    let end = groups(first, limit: isNorthAmerican ? 11 : 15, in: text)
    let range = start..<end
    guard instance.count >= 8, !isNorthAmerican || instance.count == 11,
      !text.continuesAfter(end)
    else { return }
    let confidence: SensitiveConfidence =
      supports(.phoneNumber, range, in: text) ? .high : .medium
    report(.phoneNumber, range, confidence, to: &receiver)
  }

  /// Three, three and four digits of the North American plan, the first three maybe in parentheses.
  private mutating func northAmericanPhone(
    from start: Int, area: Range<Int>, isOpen: Bool, in text: Span<UInt8>,
    into receiver: inout some MatchReceiver
  ) {
    guard area.count == 3, text.isNorthAmericanCode(at: area.lowerBound) else { return }
    let (kind, second) = text.phoneSeparator(at: area.upperBound)
    guard isOpen ? kind == .parenthesis : kind == .hyphen || kind == .dot || kind == .blank else {
      return
    }
    let secondEnd = text.endOfDigits(from: second)
    guard secondEnd - second == 3, text.isNorthAmericanCode(at: second) else { return }
    let (other, third) = text.separator(at: secondEnd)
    guard isOpen ? other == .hyphen || other == .dot || other == .blank : other == kind else {
      return
    }
    let end = text.endOfDigits(from: third)
    guard end - third == 4, !text.continuesAfter(end) else { return }
    instance.removeAll(keepingCapacity: true)
    instance.append(UInt8(ascii: "1"))
    append(area, of: text)
    append(second..<secondEnd, of: text)
    append(third..<end, of: text)
    let range = start..<end
    if supports(.phoneNumber, range, in: text) {
      report(.phoneNumber, range, .high, to: &receiver)
    } else if kind != .blank {
      report(.phoneNumber, range, isOpen ? .medium : .low, to: &receiver)
    }
  }

  /// Ten digits of the North American plan in one run, or eleven with the 1 before them, near words.
  private mutating func plainPhone(
    _ range: Range<Int>, in text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) {
    let area = range.upperBound - 10
    guard range.count == 10 || text[range.lowerBound] == UInt8(ascii: "1"),
      text.isNorthAmericanCode(at: area), text.isNorthAmericanCode(at: area + 3),
      !text.continuesAfter(range.upperBound)
    else {
      if text[range.lowerBound] == UInt8(ascii: "0") {
        nationalPhone(range, in: text, into: &receiver)
      }
      return
    }
    instance.removeAll(keepingCapacity: true)
    instance.append(UInt8(ascii: "1"))
    append(area..<range.upperBound, of: text)
    guard supports(.phoneNumber, range, in: text) else { return }
    report(.phoneNumber, range, .medium, to: &receiver)
  }

  /// A national number with the 0 in front, in groups, near words; after 00 an international one.
  private mutating func nationalPhone(
    _ first: Range<Int>, in text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) {
    instance.removeAll(keepingCapacity: true)
    let isInternational = text.at(first.lowerBound + 1) == UInt8(ascii: "0")
    let end = groups(first, limit: isInternational ? 15 : 12, allowsDots: false, in: text)
    let isOpen = text.at(first.lowerBound - 1) == UInt8(ascii: "(")
    let range = (isOpen ? first.lowerBound - 1 : first.lowerBound)..<end
    guard end > first.upperBound, instance.count >= 9, !text.continuesAfter(end),
      !isDate(first, in: text), supports(.phoneNumber, range, in: text)
    else { return }
    report(.phoneNumber, range, .medium, to: &receiver)
  }

  /// Appends groups of digits to `instance` as long as there are no more digits than a limit.
  ///
  /// Gives the end of the last group.
  private mutating func groups(
    _ first: Range<Int>, limit: Int, allowsDots: Bool = true, in text: Span<UInt8>
  ) -> Int {
    guard first.count <= limit else { return first.upperBound }
    append(first, of: text)
    var end = first.upperBound
    while true {
      let (kind, next) = text.phoneSeparator(at: end)
      guard kind != .none, allowsDots || kind != .dot else { return end }
      let groupEnd = text.endOfDigits(from: next)
      guard instance.count + groupEnd - next <= limit else { return end }
      append(next..<groupEnd, of: text)
      end = groupEnd
    }
  }

  /// Whether groups of two, two and four digits begin here: a date.
  private func isDate(_ first: Range<Int>, in text: Span<UInt8>) -> Bool {
    guard first.count == 2 else { return false }
    let (kind, second) = text.separator(at: first.upperBound)
    guard kind != .none else { return false }
    let secondEnd = text.endOfDigits(from: second)
    let (other, third) = text.separator(at: secondEnd)
    return secondEnd - second == 2 && other != .none && text.endOfDigits(from: third) - third == 4
  }
}

extension Span<UInt8> {
  /// The separator between two groups of a telephone number: the ordinary ones, or a parenthesis
  /// with a blank or hyphen before it opens or after it closes.
  fileprivate func phoneSeparator(at index: Int) -> (kind: GroupSeparator, next: Int) {
    let plain = separator(at: index)
    if plain.kind != .none { return plain }
    var next = index
    if at(next).isPhoneGap { next += 1 }
    if at(next) == UInt8(ascii: "("), at(next + 1).isDigit { return (.parenthesis, next + 1) }
    guard at(index) == UInt8(ascii: ")") else { return (.none, index) }
    next = index + 1
    if at(next).isPhoneGap { next += 1 }
    return at(next).isDigit ? (.parenthesis, next) : (.none, index)
  }

  /// Whether three digits can be an area or exchange of the North American plan: the first is 2 to
  /// 9, and the last two are not 11.
  fileprivate func isNorthAmericanCode(at index: Int) -> Bool {
    (UInt8(ascii: "2")...UInt8(ascii: "9")).contains(at(index))
      && !(at(index + 1) == UInt8(ascii: "1") && at(index + 2) == UInt8(ascii: "1"))
  }
}

extension UInt8 {
  fileprivate var isPhoneGap: Bool { self == 0x20 || self == UInt8(ascii: "-") }
}
