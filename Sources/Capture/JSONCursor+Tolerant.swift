// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Reading that never fails on a value of another type: such a value is passed over and flagged.
extension JSONCursor {
  /// Reads a string; nil for null, and for another type, which is flagged.
  mutating func string(_ flags: inout [RecordFlag]) throws(JSONError) -> String? {
    switch try peek() {
    case .string: return try readString()
    case .null:
      try readNull()
      return nil
    default:
      try skipValue()
      flags.insert(.wrongType)
      return nil
    }
  }

  /// Reads a string that is an id: as ``string(_:)``, and an empty one is none.
  mutating func identifier(_ flags: inout [RecordFlag]) throws(JSONError) -> String? {
    guard let text = try string(&flags), !text.isEmpty else { return nil }
    return text
  }

  /// Reads a time; nil for null, and for another type, which is flagged.
  ///
  /// A text that is no time is kept as it stands and flagged.
  mutating func time(_ flags: inout [RecordFlag]) throws(JSONError) -> SourceTime? {
    guard let text = try string(&flags) else { return nil }
    let time = SourceTime(text: text)
    if time.instant == nil { flags.insert(.timeUnreadable) }
    return time
  }

  /// Enters an array; for null and, flagged, for another type it passes over the value and gives
  /// false.
  mutating func entersArray(_ flags: inout [RecordFlag]) throws(JSONError) -> Bool {
    switch try peek() {
    case .array:
      try enterArray()
      return true
    case .null: try readNull()
    default:
      try skipValue()
      flags.insert(.wrongType)
    }
    return false
  }

  /// Enters an object; for null and, flagged, for another type it passes over the value and gives
  /// false.
  mutating func entersObject(_ flags: inout [RecordFlag]) throws(JSONError) -> Bool {
    switch try peek() {
    case .object:
      try enterObject()
      return true
    case .null: try readNull()
    default:
      try skipValue()
      flags.insert(.wrongType)
    }
    return false
  }

  /// Appends the string values in order, and before each member's value its key.
  mutating func collectWords(_ words: inout [String], keys: Bool) throws(JSONError) {
    switch try peek() {
    case .object:
      try enterObject()
      while let key = try nextKey() {
        if keys { words.append(text(of: key)) }
        try collectWords(&words, keys: keys)
      }
    case .array:
      try enterArray()
      while try hasNextElement() { try collectWords(&words, keys: keys) }
    case .string: words.append(try readString())
    default: try skipValue()
    }
  }

  /// Reads a string at another place of the same bytes, as ``string(_:)``; nil without a place.
  func string(at place: Int?, _ flags: inout [RecordFlag]) throws(JSONError) -> String? {
    guard let place else { return nil }
    var part = JSONCursor(bytes, at: place)
    let text = try part.string(&flags)
    part.takeRepairs(&flags)
    return text
  }

  /// The string values at another place of the same bytes, as one text; empty without a place.
  ///
  /// - Parameters:
  ///   - place: Where the value begins.
  ///   - keys: Whether the names of members are among them.
  ///   - readable: Whether those that are no words are left out
  ///     (``collectReadableWords(_:keys:)``).
  ///   - flags: Takes what the strings needed.
  /// - Returns: The text.
  /// - Throws: `JSONError` where the grammar is broken.
  func words(
    at place: Int?, keys: Bool, readable: Bool = true, _ flags: inout [RecordFlag]
  ) throws(JSONError) -> String {
    guard let place else { return "" }
    var part = JSONCursor(bytes, at: place)
    var words: [String] = []
    if readable {
      try part.collectReadableWords(&words, keys: keys)
    } else {
      try part.collectWords(&words, keys: keys)
    }
    part.takeRepairs(&flags)
    return joinedWords(words)
  }

  /// Moves what strings needed since the last call into flags.
  mutating func takeRepairs(_ flags: inout [RecordFlag]) {
    // Hardly ever any; and an empty literal of another module's set is made at run time.
    guard repairs.rawValue != 0 else { return }
    if repairs.contains(.loneSurrogate) { flags.insert(.loneSurrogate) }
    if repairs.contains(.invalidUTF8) { flags.insert(.invalidUTF8) }
    repairs = []
  }
}

/// Joins the parts of one block; empty parts leave no line.
func joinedWords(_ parts: [String]) -> String {
  let filled = parts.filter { !$0.isEmpty }
  return filled.count == 1 ? filled[0] : filled.joined(separator: "\n")
}

extension [RecordFlag] {
  /// Adds a flag once, in order of discovery.
  mutating func insert(_ flag: RecordFlag) {
    if !contains(flag) { append(flag) }
  }
}

extension String {
  /// Whether there is nothing but white space.
  var isBlank: Bool {
    if utf8.contains(where: { $0 > 0x20 && $0 < 0x7F }) { return false }
    return allSatisfy(\.isWhitespace)
  }
}
