// SPDX-License-Identifier: Apache-2.0
import Model

/// What begins with a digit: cards, social security numbers, IPv4 addresses; telephone and account
/// numbers have files of their own.
extension TextScanner {
  /// Looks at the run of digits that begins at a place.
  ///
  /// Gives the place to go on from.
  mutating func number(
    at start: Int, in text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) -> Int {
    let end = text.endOfDigits(from: start)
    let length = end - start
    if text.at(start - 1).isWordByte {
      guard length >= 2, text.at(start - 1).isUpper || text.at(start - 1).isLower else {
        return end
      }
      return bankAccount(at: start, in: text, into: &receiver) ?? end
    }
    switch length {
    case 4: card(start..<end, in: text, into: &receiver)
    case 12...19: card(start..<end, in: text, into: &receiver)
    case 9: plainSecurityNumber(start..<end, in: text, into: &receiver)
    case 1...3:
      if text.at(end) == UInt8(ascii: "."), text.at(end + 1).isDigit {
        ipAddress(start..<end, in: text, into: &receiver)
      } else if length == 3 {
        securityNumber(start..<end, in: text, into: &receiver)
      }
    default: break
    }
    phone(start..<end, in: text, into: &receiver)
    return end
  }

  // MARK: - Cards

  /// A card number: one run of 12 to 19 digits, or groups as they are printed on cards.
  private mutating func card(
    _ first: Range<Int>, in text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) {
    guard isFree(.creditCardNumber, at: first.lowerBound), !text.continuesBefore(first.lowerBound)
    else { return }
    instance.removeAll(keepingCapacity: true)
    append(first, of: text)
    var best: (end: Int, digitCount: Int)?
    if first.count > 4 {
      if isCard(endingAt: first.upperBound, in: text) { best = (first.upperBound, first.count) }
    } else {
      best = groupedCard(after: first.upperBound, in: text)
    }
    guard let best else { return }
    instance.removeSubrange(best.digitCount...)
    let range = first.lowerBound..<best.end
    let confidence: SensitiveConfidence =
      supports(.creditCardNumber, range, in: text)
      ? .high : best.end > first.upperBound ? .medium : .low
    report(.creditCardNumber, range, confidence, to: &receiver)
  }

  /// The longest card number whose first group of four ended at a place: groups of four, the last
  /// one of one to four; or 4-6-5 or 4-6-4.
  private mutating func groupedCard(
    after firstEnd: Int, in text: Span<UInt8>
  ) -> (end: Int, digitCount: Int)? {
    var best: (end: Int, digitCount: Int)?
    var position = firstEnd
    var separator = Span<UInt8>.GroupSeparator.none
    var hasSix = false
    for group in 2...5 {
      let (kind, next) = text.separator(at: position)
      guard kind == .blank || kind == .hyphen, separator == .none || kind == separator else {
        break
      }
      separator = kind
      let end = text.endOfDigits(from: next)
      let length = end - next
      guard length <= 6 else { break }
      append(next..<end, of: text)
      position = end
      if group == 2, length == 6 {
        hasSix = true
        continue
      }
      let isLast = hasSix || length < 4
      let fits = hasSix ? length == 4 || length == 5 : length <= 4
      if fits, isCard(endingAt: end, in: text) { best = (end, instance.count) }
      if isLast || !fits { break }
    }
    return best
  }

  private func isCard(endingAt end: Int, in text: Span<UInt8>) -> Bool {
    !text.continuesAfter(end) && CardIssuers.mayIssue(instance.span) && Luhn.holds(instance.span)
  }

  // MARK: - Social security numbers

  /// Nine digits in one run: only near words that say what they are.
  private mutating func plainSecurityNumber(
    _ range: Range<Int>, in text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) {
    guard isFree(.socialSecurityNumber, at: range.lowerBound),
      !text.continuesBefore(range.lowerBound), !text.continuesAfter(range.upperBound)
    else { return }
    instance.removeAll(keepingCapacity: true)
    append(range, of: text)
    guard isSecurityNumber, supports(.socialSecurityNumber, range, in: text) else { return }
    report(.socialSecurityNumber, range, .medium, to: &receiver)
  }

  /// Three, two and four digits, with hyphens or blanks between.
  private mutating func securityNumber(
    _ area: Range<Int>, in text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) {
    let (kind, second) = text.separator(at: area.upperBound)
    guard kind == .hyphen || kind == .blank else { return }
    let secondEnd = text.endOfDigits(from: second)
    let (other, third) = text.separator(at: secondEnd)
    guard secondEnd - second == 2, other == kind else { return }
    let end = text.endOfDigits(from: third)
    let range = area.lowerBound..<end
    guard end - third == 4, isFree(.socialSecurityNumber, at: range.lowerBound),
      !text.continuesBefore(range.lowerBound), !text.continuesAfter(end)
    else { return }
    instance.removeAll(keepingCapacity: true)
    append(area, of: text)
    append(second..<secondEnd, of: text)
    append(third..<end, of: text)
    guard isSecurityNumber else { return }
    if supports(.socialSecurityNumber, range, in: text) {
      report(.socialSecurityNumber, range, kind == .hyphen ? .high : .medium, to: &receiver)
    } else if kind == .hyphen {
      report(.socialSecurityNumber, range, .low, to: &receiver)
    }
  }

  /// Whether the nine digits of `instance` can have been issued: not with the area 000, 666 or one
  /// from 900, nor with a part of zeros, nor one of those made void because they were printed in
  /// advertisements.
  private var isSecurityNumber: Bool {
    let number = instance.reduce(0) { $0 * 10 + $1.digitValue }
    let area = number / 1_000_000
    return area != 0 && area != 666 && area < 900 && number / 10_000 % 100 != 0
      && number % 10_000 != 0 && number != 078_05_1120 && number != 219_09_9999
  }

  // MARK: - Addresses

  /// An IPv4 address: four numbers up to 255 without leading zeros, no more and no fewer.
  private mutating func ipAddress(
    _ first: Range<Int>, in text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) {
    guard isFree(.ipAddress, at: first.lowerBound),
      text.at(first.lowerBound - 1) != UInt8(ascii: "."),
      let end = text.endOfIPv4(from: first.lowerBound)
    else { return }
    let range = first.lowerBound..<end
    instance.removeAll(keepingCapacity: true)
    append(range, of: text)
    let confidence: SensitiveConfidence = supports(.ipAddress, range, in: text) ? .high : .low
    report(.ipAddress, range, confidence, to: &receiver)
  }

  mutating func append(_ range: Range<Int>, of text: Span<UInt8>) {
    for index in range { instance.append(text[index]) }
  }
}

extension Span<UInt8> {
  /// The end of the IPv4 address that begins at a place; nil when there is none, or something longer.
  func endOfIPv4(from start: Int) -> Int? {
    var position = start
    for part in 0..<4 {
      if part > 0 {
        guard at(position) == UInt8(ascii: ".") else { return nil }
        position += 1
      }
      let end = endOfDigits(from: position)
      guard (1...3).contains(end - position) else { return nil }
      if at(position) == UInt8(ascii: "0"), end - position > 1 { return nil }
      var value = 0
      for index in position..<end { value = value * 10 + self[index].digitValue }
      guard value <= 255 else { return nil }
      position = end
    }
    if at(position).isWordByte { return nil }
    if at(position) == UInt8(ascii: "."), at(position + 1).isWordByte { return nil }
    return position
  }
}
