// SPDX-License-Identifier: Apache-2.0
import Model

/// E-mail addresses and IPv6 addresses.
extension TextScanner {
  // MARK: - E-mail

  /// Looks for an e-mail address around an at sign.
  mutating func email(
    at sign: Int, in text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) {
    guard let start = text.startOfLocalPart(before: sign), isFree(.emailAddress, at: start),
      let end = text.endOfDomain(from: sign + 1), !text.isUserOfURL(start)
    else { return }
    instance.removeAll(keepingCapacity: true)
    for index in start..<end { instance.append(text[index].lowercased) }
    let range = start..<end
    let confidence: SensitiveConfidence =
      supports(.emailAddress, range, in: text) ? .high : .medium
    report(.emailAddress, range, confidence, to: &receiver)
  }

  // MARK: - IPv6

  /// Looks for an IPv6 address around its first colon; notes where what is written like one ends, so
  /// that its other colons are passed over.
  mutating func address(
    at colon: Int, in text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) {
    let next = text.at(colon + 1)
    guard next.isHexDigit || next == UInt8(ascii: ":") else { return }
    var start = colon
    while colon - start < 5, text.at(start - 1).isHexDigit { start -= 1 }
    var end = colon
    while text.at(end).isHexDigit || text.at(end) == UInt8(ascii: ":") { end += 1 }
    addressEnd = end
    guard isFree(.ipAddress, at: start), !text.at(start - 1).isWordByte,
      text.at(start - 1) != UInt8(ascii: "."), end - start <= 45
    else { return }
    var tail: Int?
    if text.at(end) == UInt8(ascii: "."), text.at(end + 1).isDigit {
      var first = end
      while text[first - 1] != UInt8(ascii: ":") { first -= 1 }
      guard let tailEnd = text.endOfIPv4(from: first) else { return }
      tail = first
      end = tailEnd
    } else if end - start > 2, text[end - 1] == UInt8(ascii: ":"),
      text[end - 2] != UInt8(ascii: ":")
    {
      end -= 1
    }
    guard !text.at(end).isWordByte, readAddress(start..<end, tail: tail, in: text) else { return }
    let range = start..<end
    let confidence: SensitiveConfidence = supports(.ipAddress, range, in: text) ? .high : .medium
    report(.ipAddress, range, confidence, to: &receiver)
  }

  /// Reads an address into the 16 bytes of `instance` (RFC 4291 section 2.2).
  ///
  /// It must have two groups at least and a decimal digit, or it is more likely a path of names.
  private mutating func readAddress(
    _ range: Range<Int>, tail: Int?, in text: Span<UInt8>
  ) -> Bool {
    instance.removeAll(keepingCapacity: true)
    var gap: Int?
    var hasDigit = false
    var groupCount = 0
    var index = range.lowerBound
    while index < range.upperBound {
      if text[index] == UInt8(ascii: ":") {
        if text.at(index + 1) == UInt8(ascii: ":"), index + 1 < range.upperBound {
          guard gap == nil else { return false }
          gap = instance.count
          index += 2
          // Three colons are no address.
          if index < range.upperBound, text[index] == UInt8(ascii: ":") { return false }
          continue
        }
        // A single colon stands between two groups.
        guard index > range.lowerBound, index + 1 < range.upperBound else { return false }
        index += 1
        continue
      }
      groupCount += 1
      if index == tail {
        hasDigit = true
        guard readTail(index..<range.upperBound, in: text) else { return false }
        break
      }
      var value = 0
      let first = index
      while index < range.upperBound, text[index].isHexDigit {
        if text[index].isDigit { hasDigit = true }
        value = value << 4 | text[index].hexValue
        index += 1
        if index - first > 4 { return false }
      }
      instance.append(UInt8(value >> 8))
      instance.append(UInt8(value & 0xFF))
      if instance.count > 16 { return false }
    }
    guard hasDigit, groupCount >= 2, instance.count <= 16 else { return false }
    guard let gap else { return instance.count == 16 }
    guard instance.count <= 14 else { return false }
    instance.insert(
      contentsOf: [UInt8](repeating: 0, count: 16 - instance.count), at: gap)
    return true
  }

  /// Appends the four bytes of an IPv4 address, which was checked before.
  private mutating func readTail(_ range: Range<Int>, in text: Span<UInt8>) -> Bool {
    var value = 0
    for index in range {
      if text[index] == UInt8(ascii: ".") {
        instance.append(UInt8(value))
        value = 0
      } else {
        value = value * 10 + text[index].digitValue
      }
    }
    instance.append(UInt8(value))
    return instance.count <= 16
  }
}

extension UInt8 {
  fileprivate var hexValue: Int { isDigit ? digitValue : Int((self | 0x20) &- 0x61) + 10 }

  /// Whether it may stand in the part of an address before the at sign.
  fileprivate var isLocal: Bool {
    if isWordByte { return true }
    switch self {
    case UInt8(ascii: "."), UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "'"):
      return true
    default: return false
    }
  }

  fileprivate var isDomainByte: Bool { isAlphanumeric || self == UInt8(ascii: "-") }
}

extension Span<UInt8> {
  /// Where the part of an address before an at sign begins; nil when there is none, or one of more
  /// than 64 characters.
  fileprivate func startOfLocalPart(before sign: Int) -> Int? {
    let dot = UInt8(ascii: ".")
    guard sign > 0, self[sign - 1] != dot, self[sign - 1] != UInt8(ascii: "'") else { return nil }
    var start = sign
    while start > 0, self[start - 1].isLocal {
      if self[start - 1] == dot, self[start] == dot { break }
      start -= 1
      if sign - start > 64 { return nil }
    }
    while start < sign, !self[start].isWordByte { start += 1 }
    return start < sign ? start : nil
  }

  /// Where the domain that begins at a place ends: two labels or more, the last one of letters; nil
  /// when there is none.
  fileprivate func endOfDomain(from start: Int) -> Int? {
    var position = start
    var labelCount = 0
    var best: Int?
    var isDensity = false
    while true {
      let labelStart = position
      while at(position).isDomainByte { position += 1 }
      let runEnd = position
      var labelEnd = runEnd
      while labelEnd > labelStart, self[labelEnd - 1] == UInt8(ascii: "-") { labelEnd -= 1 }
      let length = labelEnd - labelStart
      guard (1...63).contains(length), self[labelStart] != UInt8(ascii: "-"),
        labelEnd - start <= 253
      else { break }
      labelCount += 1
      if labelCount == 1 { isDensity = isPixelDensity(labelStart..<labelEnd) }
      if labelCount >= 2, isTopLevel(labelStart..<labelEnd) { best = labelEnd }
      guard labelEnd == runEnd, at(position) == UInt8(ascii: "."),
        at(position + 1).isAlphanumeric
      else { break }
      position += 1
    }
    guard let best, !(isDensity && labelCount == 2) else { return nil }
    return at(best) == UInt8(ascii: "_") ? nil : best
  }

  private func isTopLevel(_ label: Range<Int>) -> Bool {
    guard label.count >= 2 else { return false }
    if label.count > 4, holdsFolded("xn--", at: label.lowerBound) { return true }
    for index in label where !self[index].isLetter { return false }
    return true
  }

  /// `2x` and the like: `name@2x.png` is the name of an image.
  private func isPixelDensity(_ label: Range<Int>) -> Bool {
    guard label.count >= 2, self[label.upperBound - 1] == UInt8(ascii: "x") else { return false }
    for index in label.dropLast() where !self[index].isDigit { return false }
    return true
  }

  /// Whether what begins at a place is the user, or the password, in a URL: `//user:password@host`.
  fileprivate func isUserOfURL(_ start: Int) -> Bool {
    var index = start
    if at(index - 1) == UInt8(ascii: ":") {
      index -= 1
      let colon = index
      while colon - index < 64, at(index - 1).isLocal { index -= 1 }
    }
    return at(index - 1) == UInt8(ascii: "/") && at(index - 2) == UInt8(ascii: "/")
  }
}
