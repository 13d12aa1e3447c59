// SPDX-License-Identifier: Apache-2.0

/// How a scanner stands inside a record: open brackets, strings, the last token.
struct JSONNesting: Sendable {
  /// What came last, as far as the next token depends on it.
  enum Token: Sendable {
    case open
    case comma
    case colon
    case value
    case literal
  }

  private let limit: Int
  /// One bit for each open bracket, 1 for an object.
  private var kinds: [UInt64]
  private(set) var depth = 0
  var isInString = false
  var last = Token.open
  /// Whether the limit was passed; kinds of brackets are not checked beyond it.
  private(set) var isTooDeep = false

  init(limit: Int) {
    self.limit = limit
    kinds = Array(repeating: 0, count: max(1, (limit + 63) / 64))
  }

  mutating func reset() {
    depth = 0
    isInString = false
    last = .open
    isTooDeep = false
  }

  static func startsValue(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "-"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "t"), UInt8(ascii: "f"),
      UInt8(ascii: "n"):
      true
    default: false
    }
  }

  static func isLiteral(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
      UInt8(ascii: "."), UInt8(ascii: "E"), UInt8(ascii: "a"), UInt8(ascii: "e"),
      UInt8(ascii: "f"), UInt8(ascii: "l"), UInt8(ascii: "n"), UInt8(ascii: "r"),
      UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "u"):
      true
    default: false
    }
  }

  /// Whether the innermost open bracket is an object's; nil outside and past the limit.
  @inline(__always)
  private var isInObject: Bool? {
    guard depth > 0, depth <= limit else { return nil }
    return kinds[(depth - 1) >> 6] >> UInt64((depth - 1) & 63) & 1 == 1
  }

  /// Whether a bracket may open here, or a literal stand here.
  @inline(__always)
  var allowsValue: Bool {
    switch last {
    case .colon: true
    case .open, .comma: isInObject != true
    case .value, .literal: false
    }
  }

  /// Whether a string may stand here, as a key or as a value.
  @inline(__always)
  var allowsString: Bool { last != .value && last != .literal }

  @inline(__always)
  mutating func open(object: Bool) {
    if depth < limit {
      let bit = UInt64(1) << UInt64(depth & 63)
      if object { kinds[depth >> 6] |= bit } else { kinds[depth >> 6] &= ~bit }
    } else {
      isTooDeep = true
    }
    depth += 1
    last = .open
  }

  /// Closes a bracket; false when it is of the other kind than the open one, or none is open.
  @inline(__always)
  mutating func close(object: Bool) -> Bool {
    guard depth > 0, isInObject ?? object == object else { return false }
    depth -= 1
    last = .value
    return true
  }
}
