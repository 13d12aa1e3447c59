// SPDX-License-Identifier: Apache-2.0
import Model

/// Passwords: a word that says so, a separator, and a value that looks like one.
extension TextScanner {
  /// Looks for a password after a word that begins at a place, or whose `ñ` ends there.
  ///
  /// Gives the place to go on from.
  mutating func password(
    at start: Int, in text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) -> Int {
    guard let wordEnd = text.endOfPasswordWord(at: start) else { return start + 1 }
    guard let value = text.startOfValue(after: wordEnd),
      let (range, isQuoted) = text.passwordValue(from: value),
      isFree(.password, at: range.lowerBound),
      let confidence = PasswordStrength(range, isQuoted: isQuoted, in: text).confidence
    else { return wordEnd }
    instance.removeAll(keepingCapacity: true)
    append(range, of: text)
    report(.password, range, confidence, to: &receiver)
    return wordEnd
  }
}

extension Span<UInt8> {
  /// The end of a word for a password; nil when there is none, or when it goes on.
  fileprivate func endOfPasswordWord(at start: Int) -> Int? {
    let end: Int
    switch (at(start).lowercased, at(start + 1).lowercased) {
    case (UInt8(ascii: "p"), UInt8(ascii: "a")):
      guard let found = endOfPass(at: start) else { return nil }
      end = found
    case (UInt8(ascii: "p"), UInt8(ascii: "w")):
      guard at(start + 2).lowercased == UInt8(ascii: "d"), beginsName(at: start) else {
        return nil
      }
      end = start + 3
    case (UInt8(ascii: "k"), UInt8(ascii: "e")):
      guard holdsFolded("kennwort", at: start) else { return nil }
      end = start + 8
    case (0xB1, UInt8(ascii: "a")):
      guard holdsFolded("contrase", at: start - 9), at(start - 1) == 0xC3 else { return nil }
      end = start + 2
    default: return nil
    }
    return at(end).isWordByte ? nil : end
  }

  private func endOfPass(at start: Int) -> Int? {
    guard holdsFolded("pass", at: start) else { return nil }
    for (rest, length) in [
      ("phrase" as StaticString, 6), ("word", 4), ("wort", 4), ("code", 4), ("wd", 2),
    ] where holdsFolded(rest, at: start + 4) {
      return start + 4 + length
    }
    if at(start + 4).lowercased == UInt8(ascii: "e"), holdsFolded("mot de ", at: start - 7) {
      return start + 5
    }
    return beginsName(at: start) ? start + 4 : nil
  }

  /// Whether a word begins at a place: after nothing that belongs to a word, after a low line, or
  /// with a capital after a small letter, as names in programs are written.
  private func beginsName(at start: Int) -> Bool {
    let before = at(start - 1)
    return !before.isAlphanumeric || (before.isLower && self[start].isUpper)
  }

  /// Where a value begins after a word: behind a colon, an equals sign or `is`, on the same line.
  fileprivate func startOfValue(after wordEnd: Int) -> Int? {
    var index = wordEnd
    // What closes a name or its emphasis.
    while index - wordEnd < 3, Self.isClosing(at(index)) { index += 1 }
    index = afterBlanks(index)
    let separator = index
    switch at(index) {
    case UInt8(ascii: ":"):
      index += at(index + 1) == UInt8(ascii: "=") ? 2 : 1
    case UInt8(ascii: "="):
      if at(index + 1) == UInt8(ascii: "=") { return nil }
      index += at(index + 1) == UInt8(ascii: ">") ? 2 : 1
    case UInt8(ascii: "i"), UInt8(ascii: "I"):
      guard separator > wordEnd, at(separator - 1).isBlank, holdsFolded("is", at: index) else {
        return nil
      }
      index += 2
      if at(index) == UInt8(ascii: ":") { index += 1 }
      guard at(index).isBlank else { return nil }
    default: return nil
    }
    let end = index
    while index - end < 2, at(index) == UInt8(ascii: "*") { index += 1 }
    return afterBlanks(index)
  }

  private func afterBlanks(_ start: Int) -> Int {
    var index = start
    while index - start < 3, at(index).isBlank { index += 1 }
    return index
  }

  private static func isClosing(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "*"),
      UInt8(ascii: "]"), UInt8(ascii: "\\"):
      true
    default: false
    }
  }

  /// Characters of a value with what may be trimmed from it.
  private static var valueLimit: Int { 136 }

  /// The value that begins at a place, without its quotation marks; nil when it has none or ends in
  /// another line.
  fileprivate func passwordValue(from start: Int) -> (range: Range<Int>, isQuoted: Bool)? {
    var first = start
    if at(first) == UInt8(ascii: "\\"), Self.isQuote(at(first + 1)) { first += 1 }
    var characters = 0
    if Self.isQuote(at(first)) {
      let quote = at(first)
      first += 1
      var end = first
      while end < count, self[end] != quote {
        if !self[end].isContinuation { characters += 1 }
        if self[end].isLineEnd || characters > Self.valueLimit { return nil }
        end += 1
      }
      guard end < count else { return nil }
      if end > first, self[end - 1] == UInt8(ascii: "\\") { end -= 1 }
      return first < end ? (first..<end, true) : nil
    }
    var end = first
    while end < count, !Self.endsValue(self[end]) {
      if !self[end].isContinuation { characters += 1 }
      if characters > Self.valueLimit { return nil }
      end += 1
    }
    while end > first, Self.isTrailing(self[end - 1]) { end -= 1 }
    return first < end ? (first..<end, false) : nil
  }

  private static func isQuote(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`")
  }

  private static func endsValue(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: ","), UInt8(ascii: ";"),
      UInt8(ascii: "\\"):
      true
    default: isQuote(byte)
    }
  }

  /// What ends a sentence or closes a bracket rather than a value.
  private static func isTrailing(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "!"), UInt8(ascii: "?"),
      UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "*"):
      true
    default: false
    }
  }
}

/// How much a value looks like a password.
private struct PasswordStrength {
  /// Nil when it does not look like one.
  private(set) var confidence: SensitiveConfidence?

  init(_ range: Range<Int>, isQuoted: Bool, in text: Span<UInt8>) {
    let length = text.characterCount(range)
    guard (6...128).contains(length), !isTemplate(range, isQuoted, in: text) else { return }
    var (lower, upper, digit, symbol) = (false, false, false, false)
    var seen: InlineArray<4, UInt64> = [0, 0, 0, 0]
    for index in range {
      let byte = text[index]
      seen[Int(byte >> 6)] |= 1 << UInt64(byte & 63)
      if byte.isDigit {
        digit = true
      } else if byte.isUpper {
        upper = true
      } else if byte.isLower || byte >= 0x80 {
        lower = true
      } else if !isConnector(byte) {
        symbol = true
      }
    }
    let different = (0..<4).reduce(0) { $0 + seen[$1].nonzeroBitCount }
    guard different >= 4 else { return }
    let classes = [lower, upper, digit, symbol].count { $0 }
    if length >= 8, classes >= 3 {
      confidence = .high
    } else if classes >= 2, digit || symbol {
      confidence = .medium
    } else if isQuoted, !isPlaceholder(range, in: text) {
      confidence = .low
    }
  }

  private func isConnector(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x09, 0x20, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "/"):
      true
    default: false
    }
  }

  /// Whether it stands for a value that is put in or computed, or is an address on the web.
  private func isTemplate(_ range: Range<Int>, _ isQuoted: Bool, in text: Span<UInt8>) -> Bool {
    switch text[range.lowerBound] {
    case UInt8(ascii: "$"), UInt8(ascii: "<"), UInt8(ascii: "{"), UInt8(ascii: "%"),
      UInt8(ascii: "("), UInt8(ascii: "["):
      return true
    default: break
    }
    for index in range.dropFirst() {
      switch text[index] {
      case UInt8(ascii: "("), UInt8(ascii: "["):
        if !isQuoted, text[index - 1].isWordByte { return true }
      case UInt8(ascii: ":"):
        if index + 2 < range.upperBound, text.holds("://", at: index) { return true }
      default: break
      }
    }
    return false
  }

  /// Whether it is a word that stands for any password.
  private func isPlaceholder(_ range: Range<Int>, in text: Span<UInt8>) -> Bool {
    var letters: [UInt8] = []
    for index in range where !isConnector(text[index]) { letters.append(text[index].lowercased) }
    return Self.placeholders.contains(letters)
  }

  private static let placeholders = Set(
    [
      "password", "yourpassword", "yourpasswordhere", "mypassword", "passwd", "passphrase",
      "passwort", "kennwort", "secret", "changeme", "example", "placeholder", "redacted", "hidden",
      "masked", "undefined", "string", "required", "optional", "enteryourpassword",
    ].map { Array($0.utf8) })
}
