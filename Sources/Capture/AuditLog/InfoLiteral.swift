// SPDX-License-Identifier: Apache-2.0
import Bytes

/// The value of an `…_info` column: JSON, or more often a Python dictionary with single quotes, and
/// sometimes one whose apostrophes are not escaped (claude-capture-formats section 7).
struct InfoLiteral {
  /// Strings in order.
  private(set) var words: [String] = []
  /// Whether nothing but the text as it stands could be told.
  private(set) var isRaw = false
  /// The first string by the name of its key, at any depth.
  private var values: [(key: String, value: String)] = []

  /// The keys that are known, which delimit values where quotes do not.
  private static let knownKeys = [
    "name", "uuid", "type", "metadata", "email_address", "id", "role", "previous_value",
    "current_value", "value",
  ]

  init(_ text: String) {
    if readJSON(text) { return }
    self = InfoLiteral(empty: ())
    if readPython(text) { return }
    self = InfoLiteral(empty: ())
    if readByDelimiters(text) { return }
    self = InfoLiteral(empty: ())
    words = [text]
    isRaw = true
  }

  private init(empty: Void) {}

  subscript(key: String) -> String? { values.first { $0.key == key }?.value }

  private mutating func note(_ value: String, key: String) {
    if !value.isEmpty { words.append(value) }
    if !key.isEmpty, !value.isEmpty { values.append((key, value)) }
  }

  // MARK: JSON

  private mutating func readJSON(_ text: String) -> Bool {
    do throws(JSONError) {
      let bytes = Array(text.utf8)
      var cursor = JSONCursor(bytes.span)
      guard try cursor.peek() == .object else { return false }
      try readJSON(&cursor, key: "")
      try cursor.expectEnd()
      return true
    } catch {
      return false
    }
  }

  private mutating func readJSON(
    _ cursor: inout JSONCursor, key: String
  ) throws(JSONError) {
    switch try cursor.peek() {
    case .object:
      try cursor.enterObject()
      while let member = try cursor.nextKey() {
        let name = cursor.text(of: member)
        try readJSON(&cursor, key: name)
      }
    case .array:
      try cursor.enterArray()
      while try cursor.hasNextElement() { try readJSON(&cursor, key: key) }
    case .string: note(try cursor.readString(), key: key)
    default: try cursor.skipValue()
    }
  }

  // MARK: Python

  private mutating func readPython(_ text: String) -> Bool {
    var scanner = PythonScanner(text)
    guard scanner.next == UInt8(ascii: "{") else { return false }
    return readValue(&scanner, key: "", depth: 0) && scanner.isAtEnd
  }

  private mutating func readValue(
    _ scanner: inout PythonScanner, key: String, depth: Int
  ) -> Bool {
    guard depth < 64, let byte = scanner.next else { return false }
    switch byte {
    case UInt8(ascii: "{"): return readDictionary(&scanner, depth: depth)
    case UInt8(ascii: "["), UInt8(ascii: "("):
      let end = byte == UInt8(ascii: "[") ? UInt8(ascii: "]") : UInt8(ascii: ")")
      _ = scanner.take(byte)
      while !scanner.take(end) {
        guard readValue(&scanner, key: key, depth: depth + 1) else { return false }
        if !scanner.take(UInt8(ascii: ",")), scanner.next != end { return false }
      }
      return true
    case UInt8(ascii: "'"), UInt8(ascii: "\""):
      guard let value = scanner.string() else { return false }
      note(value, key: key)
      return true
    default: return scanner.word()
    }
  }

  private mutating func readDictionary(_ scanner: inout PythonScanner, depth: Int) -> Bool {
    _ = scanner.take(UInt8(ascii: "{"))
    while !scanner.take(UInt8(ascii: "}")) {
      guard let name = scanner.string(), scanner.take(UInt8(ascii: ":")),
        readValue(&scanner, key: name, depth: depth + 1)
      else { return false }
      if !scanner.take(UInt8(ascii: ",")), scanner.next != UInt8(ascii: "}") { return false }
    }
    return true
  }

  // MARK: Delimiters

  /// Takes what stands between known keys, whatever quotes are in it.
  private mutating func readByDelimiters(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else { return false }
    var places: [(key: String, start: Int, end: Int)] = []
    for key in InfoLiteral.knownKeys {
      let mark = Array("'\(key)': ".utf8)
      var index = 1
      while index + mark.count <= bytes.count {
        let isAfterDelimiter =
          bytes[index - 1] == UInt8(ascii: "{") || bytes[index - 1] == UInt8(ascii: " ")
        if isAfterDelimiter, bytes[index..<index + mark.count].elementsEqual(mark) {
          places.append((key, index, index + mark.count))
          index += mark.count
        } else {
          index += 1
        }
      }
    }
    places.sort { $0.start < $1.start }
    guard places.first?.start == 1 else { return false }
    for (index, place) in places.enumerated() {
      let end = index + 1 < places.count ? places[index + 1].start : bytes.count
      guard place.end < end else { return false }
      var value = bytes[place.end..<end]
      let noise: Set<UInt8> = [UInt8(ascii: " "), UInt8(ascii: ","), UInt8(ascii: "}")]
      while let last = value.last, noise.contains(last) { value.removeLast() }
      guard value.count >= 2, let first = value.first, first == value.last,
        first == UInt8(ascii: "'") || first == UInt8(ascii: "\"")
      else { continue }
      note(String(decoding: value.dropFirst().dropLast(), as: UTF8.self), key: place.key)
    }
    return !words.isEmpty
  }
}

/// Reads tokens of a Python literal.
private struct PythonScanner {
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  private mutating func skipBlanks() {
    while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
  }

  /// The next byte that is not white space; nil at the end.
  var next: UInt8? {
    mutating get {
      skipBlanks()
      return position < bytes.count ? bytes[position] : nil
    }
  }

  var isAtEnd: Bool { mutating get { next == nil } }

  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  /// A string in either kind of quotes; nil when there is none or it does not end.
  mutating func string() -> String? {
    guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      return nil
    }
    position += 1
    var value: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == quote { return String(decoding: value, as: UTF8.self) }
      if byte != UInt8(ascii: "\\") {
        value.append(byte)
        continue
      }
      guard let character = escape() else { return nil }
      value += Array(String(character).utf8)
    }
    return nil
  }

  private mutating func escape() -> Unicode.Scalar? {
    guard position < bytes.count else { return nil }
    let byte = bytes[position]
    position += 1
    let digitCount: Int
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "x"): digitCount = 2
    case UInt8(ascii: "u"): digitCount = 4
    case UInt8(ascii: "U"): digitCount = 8
    default: return Unicode.Scalar(byte)
    }
    guard position + digitCount <= bytes.count,
      let value = UInt32(
        String(decoding: bytes[position..<position + digitCount], as: UTF8.self), radix: 16)
    else { return nil }
    position += digitCount
    return Unicode.Scalar(value) ?? "\u{FFFD}"
  }

  /// A number, `None`, `True` or `False`.
  mutating func word() -> Bool {
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
        UInt8(ascii: "."):
        position += 1
      default: return position > start
      }
    }
    return position > start
  }
}
