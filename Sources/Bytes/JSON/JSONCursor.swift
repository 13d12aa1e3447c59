// SPDX-License-Identifier: Apache-2.0

/// The kind of a JSON value, told by its first byte.
package enum JSONKind: Sendable, Hashable {
  case object
  case array
  case string
  case number
  case boolean
  case null
}

/// What had to be replaced to make a Swift string of captured text.
package struct JSONTextRepairs: OptionSet, Sendable, Hashable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// An escape named half of a surrogate pair; it reads as U+FFFD.
  package static let loneSurrogate = JSONTextRepairs(rawValue: 1)
  /// Bytes that are no UTF-8; they read as U+FFFD.
  package static let invalidUTF8 = JSONTextRepairs(rawValue: 2)
}

/// The key of an object member, as a place in the text.
package struct JSONKey: Sendable, Hashable {
  /// The bytes between the quotation marks, escapes not resolved.
  package var range: Range<Int>
  /// Whether there are escapes among them.
  package var isEscaped: Bool
}

/// Reads one JSON value (RFC 8259) from bytes by pulling, without building a tree.
///
/// The caller asks for the kind of the next value and reads it, or passes over it; members and
/// elements are walked with ``nextKey()`` and ``hasNextElement()``, and each must be read or
/// skipped before the next. All grammar is checked, in skipped values too; the bytes of skipped
/// strings are not checked for UTF-8.
package struct JSONCursor: ~Escapable {
  /// The deepest nesting that is read.
  package static let depthLimit = 512

  /// The text that is read.
  package let bytes: Span<UInt8>
  /// The next byte to be read, from 0.
  package private(set) var position: Int
  /// What strings read so far needed; the caller may reset it.
  package var repairs: JSONTextRepairs = []
  private var depth = 0
  /// Whether a container was entered and none of it read yet, so that no comma is due.
  private var isAtContainerStart = false
  /// Reused by strings with escapes.
  private var scratch: [UInt8] = []

  @_lifetime(copy bytes)
  package init(_ bytes: Span<UInt8>, at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  // MARK: Walking

  /// The kind of the next value.
  package mutating func peek() throws(JSONError) -> JSONKind {
    skipWhitespace()
    guard position < bytes.count else { throw JSONError(.unexpectedEnd, at: position) }
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw JSONError(.unexpectedByte, at: position)
    }
  }

  /// Enters an object; its members follow from ``nextKey()``.
  package mutating func enterObject() throws(JSONError) {
    try enter(UInt8(ascii: "{"))
  }

  /// Enters an array; its elements follow while ``hasNextElement()`` says so.
  package mutating func enterArray() throws(JSONError) {
    try enter(UInt8(ascii: "["))
  }

  /// Reads the next member's key and its colon; nil at the end of the object, which is left.
  package mutating func nextKey() throws(JSONError) -> JSONKey? {
    guard try advance(closing: UInt8(ascii: "}")) else { return nil }
    let start = position
    let isEscaped = try skipString()
    let key = JSONKey(range: start + 1..<position - 1, isEscaped: isEscaped)
    skipWhitespace()
    try expect(UInt8(ascii: ":"))
    return key
  }

  /// Whether another element follows in the array; at its end the array is left.
  package mutating func hasNextElement() throws(JSONError) -> Bool {
    try advance(closing: UInt8(ascii: "]"))
  }

  /// Checks that nothing but white space follows.
  package mutating func expectEnd() throws(JSONError) {
    skipWhitespace()
    guard position == bytes.count else { throw JSONError(.trailingBytes, at: position) }
  }

  private mutating func enter(_ bracket: UInt8) throws(JSONError) {
    skipWhitespace()
    guard position < bytes.count else { throw JSONError(.unexpectedEnd, at: position) }
    guard bytes[position] == bracket else { throw JSONError(.wrongKind, at: position) }
    guard depth < JSONCursor.depthLimit else { throw JSONError(.tooDeep, at: position) }
    depth += 1
    position += 1
    isAtContainerStart = true
  }

  private mutating func advance(closing bracket: UInt8) throws(JSONError) -> Bool {
    skipWhitespace()
    guard position < bytes.count else { throw JSONError(.unexpectedEnd, at: position) }
    if bytes[position] == bracket {
      position += 1
      depth -= 1
      isAtContainerStart = false
      return false
    }
    if isAtContainerStart {
      isAtContainerStart = false
      return true
    }
    try expect(UInt8(ascii: ","))
    skipWhitespace()
    return true
  }

  private mutating func expect(_ byte: UInt8) throws(JSONError) {
    guard position < bytes.count else { throw JSONError(.unexpectedEnd, at: position) }
    guard bytes[position] == byte else { throw JSONError(.unexpectedByte, at: position) }
    position += 1
  }

  private mutating func skipWhitespace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  // MARK: Values

  /// Passes over the next value and tells where it lies.
  @discardableResult
  package mutating func skipValue() throws(JSONError) -> Range<Int> {
    let kind = try peek()
    let start = position
    switch kind {
    case .object:
      try enterObject()
      while try nextKey() != nil { try skipValue() }
    case .array:
      try enterArray()
      while try hasNextElement() { try skipValue() }
    case .string: _ = try skipString()
    case .number: try skipNumber()
    case .boolean: _ = try readBoolean()
    case .null: try readNull()
    }
    return start..<position
  }

  /// Reads `null`.
  package mutating func readNull() throws(JSONError) {
    try expect(literal: "null")
  }

  /// Reads `true` or `false`.
  package mutating func readBoolean() throws(JSONError) -> Bool {
    guard try peek() == .boolean else { throw JSONError(.wrongKind, at: position) }
    let value = bytes[position] == UInt8(ascii: "t")
    try expect(literal: value ? "true" : "false")
    return value
  }

  /// Reads a number; nil when it is not a whole number that fits, such as `1.5` or `1e3`.
  package mutating func readInteger() throws(JSONError) -> Int64? {
    guard try peek() == .number else { throw JSONError(.wrongKind, at: position) }
    let start = position
    try skipNumber()
    let isNegative = bytes[start] == UInt8(ascii: "-")
    var value: Int64 = 0
    for index in (isNegative ? start + 1 : start)..<position {
      let byte = bytes[index]
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      let digit = Int64(byte - UInt8(ascii: "0"))
      let (product, isTooBig) = value.multipliedReportingOverflow(by: 10)
      let (sum, isPast) = product.addingReportingOverflow(isNegative ? -digit : digit)
      guard !isTooBig, !isPast else { return nil }
      value = sum
    }
    return value
  }

  private mutating func skipNumber() throws(JSONError) {
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    let start = position
    try skipDigits()
    if position - start > 1, bytes[start] == UInt8(ascii: "0") {
      throw JSONError(.badNumber, at: start)
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      try skipDigits()
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < bytes.count,
        bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
      {
        position += 1
      }
      try skipDigits()
    }
  }

  private mutating func skipDigits() throws(JSONError) {
    let start = position
    while position < bytes.count,
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position])
    {
      position += 1
    }
    guard position > start else {
      throw JSONError(position < bytes.count ? .badNumber : .unexpectedEnd, at: position)
    }
  }

  private mutating func expect(literal: StaticString) throws(JSONError) {
    skipWhitespace()
    for index in 0..<literal.utf8CodeUnitCount {
      guard position < bytes.count else { throw JSONError(.unexpectedEnd, at: position) }
      guard unsafe literal.utf8Start[index] == bytes[position] else {
        throw JSONError(.unexpectedByte, at: position)
      }
      position += 1
    }
  }

  // MARK: Strings

  /// Whether a key is the given name; escapes in the key are resolved first.
  package func matches(_ key: JSONKey, _ name: StaticString) -> Bool {
    if key.isEscaped {
      var repairs: JSONTextRepairs = []
      var resolved: [UInt8] = []
      unescape(bytes.extracting(key.range), into: &resolved, &repairs)
      return String(decoding: resolved, as: UTF8.self) == "\(name)"
    }
    let count = name.utf8CodeUnitCount
    guard key.range.count == count else { return false }
    let start = key.range.lowerBound
    for index in 0..<count where unsafe name.utf8Start[index] != bytes[start + index] {
      return false
    }
    return true
  }

  /// The text of a key.
  package mutating func text(of key: JSONKey) -> String {
    makeString(key.range, isEscaped: key.isEscaped)
  }

  /// Reads a string.
  ///
  /// What is no text becomes U+FFFD and is noted in ``repairs``.
  package mutating func readString() throws(JSONError) -> String {
    guard try peek() == .string else { throw JSONError(.wrongKind, at: position) }
    let start = position + 1
    let isEscaped = try skipString()
    return makeString(start..<position - 1, isEscaped: isEscaped)
  }

  /// Passes over a string and tells where its characters lie, so that ``text(of:)`` can make a text of
  /// them later; stays before a value of another kind and gives nil.
  package mutating func skipText() throws(JSONError) -> JSONKey? {
    guard try peek() == .string else { return nil }
    let start = position + 1
    let isEscaped = try skipString()
    return JSONKey(range: start..<position - 1, isEscaped: isEscaped)
  }

  /// Passes over a string at its quotation mark; tells whether it has escapes.
  private mutating func skipString() throws(JSONError) -> Bool {
    guard position < bytes.count else { throw JSONError(.unexpectedEnd, at: position) }
    guard bytes[position] == UInt8(ascii: "\"") else {
      throw JSONError(.unexpectedByte, at: position)
    }
    var index = position + 1
    var isEscaped = false
    while true {
      index = bytes.indexOfStringStop(from: index)
      guard index < bytes.count else { throw JSONError(.unexpectedEnd, at: index) }
      switch bytes[index] {
      case UInt8(ascii: "\""):
        position = index + 1
        return isEscaped
      case UInt8(ascii: "\\"):
        isEscaped = true
        index = try indexAfterEscape(at: index)
      default:
        throw JSONError(.controlCharacter, at: index)
      }
    }
  }

  private func indexAfterEscape(at index: Int) throws(JSONError) -> Int {
    guard index + 1 < bytes.count else { throw JSONError(.unexpectedEnd, at: bytes.count) }
    switch bytes[index + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return index + 2
    case UInt8(ascii: "u"):
      for digit in index + 2..<index + 6 {
        guard digit < bytes.count else { throw JSONError(.unexpectedEnd, at: bytes.count) }
        guard hexadecimalValue(bytes[digit]) != nil else {
          throw JSONError(.badEscape, at: digit)
        }
      }
      return index + 6
    default:
      throw JSONError(.badEscape, at: index + 1)
    }
  }

  private mutating func makeString(_ range: Range<Int>, isEscaped: Bool) -> String {
    guard isEscaped else {
      return string(from: bytes.extracting(range), &repairs)
    }
    var found: JSONTextRepairs = []
    scratch.removeAll(keepingCapacity: true)
    unescape(bytes.extracting(range), into: &scratch, &found)
    let text = string(from: scratch.span, &found)
    repairs.formUnion(found)
    return text
  }
}

/// Resolves the escapes of a string whose grammar has been checked.
private func unescape(
  _ part: Span<UInt8>, into result: inout [UInt8], _ repairs: inout JSONTextRepairs
) {
  result.reserveCapacity(result.count + part.count)
  var index = 0
  while index < part.count {
    let stop = part.firstIndex(of: UInt8(ascii: "\\"), from: index)
    unsafe part.extracting(index..<stop).withUnsafeBufferPointer { run in
      unsafe result.append(contentsOf: run)
    }
    guard stop + 1 < part.count else { return }
    index = stop + 2
    switch part[stop + 1] {
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
      index = appendScalar(escapedAt: stop, of: part, to: &result, &repairs)
    case let other: result.append(other)
    }
  }
}

/// Appends the character of an escape `\uXXXX`, or of a surrogate pair of two; gives the place
/// after it.
private func appendScalar(
  escapedAt start: Int, of part: Span<UInt8>, to result: inout [UInt8],
  _ repairs: inout JSONTextRepairs
) -> Int {
  let unit = codeUnit(part, at: start + 2)
  var end = start + 6
  var value = UInt32(unit)
  if unit & 0xFC00 == 0xD800, end + 6 <= part.count, part[end] == UInt8(ascii: "\\"),
    part[end + 1] == UInt8(ascii: "u")
  {
    let low = codeUnit(part, at: end + 2)
    if low & 0xFC00 == 0xDC00 {
      value = 0x10000 + (UInt32(unit & 0x3FF) << 10 | UInt32(low & 0x3FF))
      end += 6
    }
  }
  var scalar: Unicode.Scalar = "\u{FFFD}"
  if let whole = Unicode.Scalar(value) {
    scalar = whole
  } else {
    repairs.insert(.loneSurrogate)
  }
  result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
  return end
}

/// Four hexadecimal digits; the grammar check has seen them.
private func codeUnit(_ part: Span<UInt8>, at start: Int) -> UInt16 {
  var value: UInt16 = 0
  for index in start..<start + 4 {
    value = value << 4 | UInt16(hexadecimalValue(part[index]) ?? 0)
  }
  return value
}

private func hexadecimalValue(_ digit: UInt8) -> UInt8? {
  switch digit {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
  default: nil
  }
}

private func string(from part: Span<UInt8>, _ repairs: inout JSONTextRepairs) -> String {
  // String(validating:) is generic, and its types are looked up for every text.
  if let text = try? UTF8Span(validating: part) { return String(copying: text) }
  repairs.insert(.invalidUTF8)
  return unsafe part.withUnsafeBufferPointer { buffer in
    unsafe String(decoding: buffer, as: UTF8.self)
  }
}
