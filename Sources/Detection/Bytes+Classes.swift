// SPDX-License-Identifier: Apache-2.0

/// Tests on single bytes of UTF-8: ASCII alone, so that what lies beside a match in another script
/// always ends a word.
extension UInt8 {
  @inline(__always) var isDigit: Bool { self &- 0x30 < 10 }
  @inline(__always) var isLower: Bool { self &- 0x61 < 26 }
  @inline(__always) var isUpper: Bool { self &- 0x41 < 26 }
  @inline(__always) var isLetter: Bool { (self | 0x20).isLower }
  @inline(__always) var isAlphanumeric: Bool { isLetter || isDigit }
  /// A letter, digit or low line.
  @inline(__always) var isWordByte: Bool { isAlphanumeric || self == UInt8(ascii: "_") }
  @inline(__always) var isHexDigit: Bool { isDigit || (self | 0x20) &- 0x61 < 6 }
  /// A blank or tab.
  @inline(__always) var isBlank: Bool { self == 0x20 || self == 0x09 }
  @inline(__always) var isLineEnd: Bool { self == 0x0A || self == 0x0D }
  /// Whether it goes on a character that began before.
  @inline(__always) var isContinuation: Bool { self & 0xC0 == 0x80 }
  /// The letter in lower case; any other byte as it is.
  @inline(__always) var lowercased: UInt8 { isUpper ? self | 0x20 : self }
  @inline(__always) var digitValue: Int { Int(self &- 0x30) }
}

extension Span<UInt8> {
  /// The byte at a place; 0, which is part of nothing, outside of the text.
  @inline(__always)
  func at(_ index: Int) -> UInt8 { index >= 0 && index < count ? self[index] : 0 }

  /// The end of the run of digits that begins at a place.
  @inline(__always)
  func endOfDigits(from start: Int) -> Int {
    var index = start
    while index < count, self[index].isDigit { index += 1 }
    return index
  }

  /// Whether a text stands at a place.
  func holds(_ text: StaticString, at index: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard index >= 0, index + length <= count else { return false }
    for offset in 0..<length
    where unsafe self[index + offset] != text.utf8Start[offset] {
      return false
    }
    return true
  }

  /// Whether a text in lower case stands at a place in any letter case.
  func holdsFolded(_ text: StaticString, at index: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard index >= 0, index + length <= count else { return false }
    for offset in 0..<length
    where unsafe self[index + offset].lowercased != text.utf8Start[offset] {
      return false
    }
    return true
  }

  /// The number of characters (scalars) that begin in a range.
  func characterCount(_ range: Range<Int>) -> Int {
    var characters = 0
    for index in range where !self[index].isContinuation { characters += 1 }
    return characters
  }

  // MARK: - Numbers written in groups

  /// What may stand between two groups of digits.
  enum GroupSeparator {
    case none, blank, hyphen, dot, slash, parenthesis
  }

  /// The separator between a group of digits that ends at a place and the next one, which must
  /// follow at once.
  func separator(at index: Int) -> (kind: GroupSeparator, next: Int) {
    var next = index + 1
    let kind: GroupSeparator
    switch at(index) {
    case 0x20: kind = .blank
    case UInt8(ascii: "-"): kind = .hyphen
    case UInt8(ascii: "."): kind = .dot
    case UInt8(ascii: "/"): kind = .slash
    case 0xC2:
      // U+00A0, no-break space.
      kind = at(index + 1) == 0xA0 ? .blank : .none
      next = index + 2
    case 0xE2:
      next = index + 3
      switch (at(index + 1), at(index + 2)) {
      // U+2010 to U+2013, hyphens and dashes; U+2007 and U+202F, spaces that keep together.
      case (0x80, 0x90...0x93): kind = .hyphen
      case (0x80, 0x87), (0x80, 0xAF): kind = .blank
      default: kind = .none
      }
    default: kind = .none
    }
    return kind != .none && at(next).isDigit ? (kind, next) : (.none, index)
  }

  /// Whether a number that begins at a place goes on to the left, so that it is a part of something
  /// else.
  func continuesBefore(_ start: Int) -> Bool {
    let byte = at(start - 1)
    if byte.isWordByte { return true }
    switch byte {
    case UInt8(ascii: "-"), UInt8(ascii: "."): return at(start - 2).isDigit
    case 0x90...0x93:
      return at(start - 2) == 0x80 && at(start - 3) == 0xE2 && at(start - 4).isDigit
    default: return false
    }
  }

  /// Whether a number that ends at a place goes on to the right.
  func continuesAfter(_ end: Int) -> Bool {
    if at(end).isWordByte { return true }
    switch separator(at: end).kind {
    case .hyphen, .dot: return true
    case .none, .blank, .slash, .parenthesis: return false
    }
  }
}
