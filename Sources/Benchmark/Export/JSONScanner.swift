// SPDX-License-Identifier: Apache-2.0

/// Pulls values out of JSON bytes.
///
/// The benchmark's own reader, independent of the product's, so that neither can hide an error of
/// the other. It trusts well-formed input and throws on anything else.
struct JSONScanner: ~Escapable {
  private let bytes: Span<UInt8>
  private(set) var position: Int

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>) {
    self.bytes = bytes
    position = 0
  }

  /// The next byte that is no white space, left in place; 0 at the end.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func peek() -> UInt8 {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
      position += 1
    }
    return 0
  }

  /// Steps over one structural character, such as an opening brace.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func expect(_ character: Unicode.Scalar) throws(CorpusError) {
    guard peek() == UInt8(ascii: character) else {
      throw CorpusError("\(character) expected at byte \(position) of a record")
    }
    position += 1
  }

  /// Before the next member or element: steps over a comma, or over the closing character, and
  /// then gives false.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func hasNext(closedBy end: Unicode.Scalar) throws(CorpusError) -> Bool {
    let byte = peek()
    if byte == UInt8(ascii: ",") {
      position += 1
      return true
    }
    guard byte == UInt8(ascii: end) else { return true }
    position += 1
    return false
  }

  /// Reads a member's key and the colon; keys in exports hold no escapes.
  @_lifetime(self: copy self)
  mutating func key() throws(CorpusError) -> Range<Int> {
    let range = try string()
    try expect(":")
    return range
  }

  /// Steps over a string and gives the range of its characters, still escaped.
  @_lifetime(self: copy self)
  mutating func string() throws(CorpusError) -> Range<Int> {
    try expect("\"")
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return start..<(position - 1)
      case UInt8(ascii: "\\"): position += 2
      default: position += 1
      }
    }
    throw CorpusError("string without an end")
  }

  /// Whether the bytes in a range are those of a text.
  @_lifetime(self: copy self)
  mutating func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { buffer in
      for offset in 0..<range.count where unsafe buffer[offset] != bytes[range.lowerBound + offset]
      {
        return false
      }
      return true
    }
  }

  /// The bytes of a range as a text, without undoing escapes.
  func text(_ range: Range<Int>) -> String {
    unsafe bytes.extracting(range).withUnsafeBufferPointer {
      unsafe String(decoding: $0, as: UTF8.self)
    }
  }

  /// Appends the characters of a string, escapes undone.
  func append(_ range: Range<Int>, to text: inout [UInt8]) throws(CorpusError) {
    var start = range.lowerBound
    var index = start
    while index < range.upperBound {
      guard bytes[index] == UInt8(ascii: "\\") else {
        index += 1
        continue
      }
      append(raw: start..<index, to: &text)
      index = try appendEscape(at: index + 1, to: &text)
      start = index
    }
    append(raw: start..<range.upperBound, to: &text)
  }

  private func append(raw range: Range<Int>, to text: inout [UInt8]) {
    unsafe bytes.extracting(range).withUnsafeBufferPointer { unsafe text.append(contentsOf: $0) }
  }

  private func appendEscape(
    at index: Int, to text: inout [UInt8]
  ) throws(CorpusError) -> Int {
    let escapes: [UInt8: UInt8] = [
      UInt8(ascii: "b"): 8, UInt8(ascii: "t"): 9, UInt8(ascii: "n"): 10, UInt8(ascii: "f"): 12,
      UInt8(ascii: "r"): 13,
    ]
    let letter = bytes[index]
    guard letter == UInt8(ascii: "u") else {
      if letter == UInt8(ascii: "n") {
        text.append(10)
      } else {
        text.append(escapes[letter] ?? letter)
      }
      return index + 1
    }
    guard let unit = codeUnit(at: index + 1) else {
      throw CorpusError("damaged escape in a string")
    }
    if unit & 0xFC00 == 0xD800, index + 10 < bytes.count,
      bytes[index + 5] == UInt8(ascii: "\\"), let low = codeUnit(at: index + 7),
      low & 0xFC00 == 0xDC00
    {
      append(scalar: 0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF, to: &text)
      return index + 11
    }
    append(scalar: unit, to: &text)
    return index + 5
  }

  private func codeUnit(at index: Int) -> UInt32? {
    guard index + 4 <= bytes.count else { return nil }
    return UInt32(text(index..<(index + 4)), radix: 16)
  }

  private func append(scalar value: UInt32, to text: inout [UInt8]) {
    // Half a surrogate pair is no character.
    let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
    text.append(contentsOf: Array(String(Character(scalar)).utf8))
  }

  /// Steps over any value.
  @_lifetime(self: copy self)
  mutating func skip() throws(CorpusError) {
    switch peek() {
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "{"), UInt8(ascii: "["): try skipNested()
    case 0: throw CorpusError("value expected at the end of a record")
    default:
      while position < bytes.count {
        switch bytes[position] {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 0x20, 0x0A, 0x0D, 0x09: return
        default: position += 1
        }
      }
    }
  }

  private mutating func skipNested() throws(CorpusError) {
    var depth = 0
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        _ = try string()
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      position += 1
      if depth == 0 { return }
    }
    throw CorpusError("object or array without an end")
  }
}
