// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

/// A value of a result, before any format has written it.
package enum FieldValue: Sendable, Equatable {
  /// Nothing is known: `null` in JSON, an empty cell elsewhere.
  case missing
  case text(String)
  /// Text that keeps its line breaks when shown whole.
  case passage(String)
  case integer(Int64)
  case real(Double)
  case boolean(Bool)
  case time(Instant)
  /// A number of bytes; shown to people with a unit.
  case byteCount(Int64)
  case list([FieldValue])
  case object([Member])
  /// A value with the sentence that tells it to people.
  indirect case told(String, FieldValue)

  /// A named value inside an object.
  package struct Member: Sendable, Equatable {
    package var name: String
    package var value: FieldValue

    package init(_ name: String, _ value: FieldValue) {
      self.name = name
      self.value = value
    }
  }
}

extension FieldValue {
  package init(_ text: String?) { self = text.map { .text($0) } ?? .missing }
  package init(_ count: Int?) { self = count.map { .integer(Int64($0)) } ?? .missing }
  package init(_ instant: Instant?) { self = instant.map { .time($0) } ?? .missing }
  package init(_ identifier: ObjectID?) { self = identifier.map { .text($0.text) } ?? .missing }
  /// A JSON value; the name of a tree's node comes first, other members by name.
  package init(_ value: JSONValue) {
    switch value {
    case .null: self = .missing
    case .boolean(let flag): self = .boolean(flag)
    case .integer(let number): self = .integer(number)
    case .string(let text): self = .text(text)
    case .array(let values): self = .list(values.map { FieldValue($0) })
    case .object(let members):
      let names = members.keys.sorted { ($0 == "node" ? "" : $0) < ($1 == "node" ? "" : $1) }
      self = .object(names.map { .init($0, FieldValue(members[$0] ?? .null)) })
    }
  }
  package init(_ texts: [String]) { self = .list(texts.map { .text($0) }) }

  /// Whether a table puts it at the right edge of its column.
  var isNumeric: Bool {
    switch self {
    case .integer, .real, .byteCount: true
    default: false
    }
  }

  /// Whether it means nothing when its end is cut off: a time, an id, a number or several of these.
  var isUnbreakable: Bool {
    switch self {
    case .integer, .real, .byteCount, .boolean, .time: true
    case .text(let text): ObjectID(text) != nil
    case .list(let values): !values.isEmpty && values.allSatisfy(\.isUnbreakable)
    default: false
    }
  }

  /// Whether there is nothing to show.
  var isEmpty: Bool {
    switch self {
    case .missing: true
    case .list(let values): values.isEmpty
    case .object(let members): members.isEmpty
    case .text(let text), .passage(let text): text.isEmpty
    case .told(let text, _): text.isEmpty
    default: false
    }
  }

  /// The value as people read it, made harmless for a terminal.
  func shown(keeping controls: LayoutControls = .none) -> String {
    switch self {
    case .missing: ""
    case .text(let text), .told(let text, _): text.escapedForTerminal()
    case .passage(let text): text.escapedForTerminal(keeping: controls)
    case .integer(let value): String(value)
    case .real(let value): shortest(value)
    case .boolean(let value): value ? "yes" : "no"
    case .time(let instant): instant.flooredToSecond.rfc3339
    case .byteCount(let count): byteCountWithUnit(count)
    case .list(let values): values.map { $0.shown() }.joined(separator: ", ")
    case .object(let members):
      members.filter { !$0.value.isEmpty }.map { $0.name + " " + $0.value.shown() }
        .joined(separator: ", ")
    }
  }
}

extension [UInt8] {
  /// Appends a value as JSON.
  mutating func appendJSON(_ value: FieldValue) {
    switch value {
    case .missing: append(contentsOf: "null".utf8)
    case .text(let text), .passage(let text): appendJSONString(text)
    case .integer(let value), .byteCount(let value): append(contentsOf: String(value).utf8)
    case .real(let value):
      // JSON has no word for what is no number.
      append(contentsOf: (value.isFinite ? shortest(value) : "null").utf8)
    case .boolean(let value): append(contentsOf: (value ? "true" : "false").utf8)
    case .time(let instant): appendJSONString(instant.rfc3339)
    case .list(let values):
      append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { append(UInt8(ascii: ",")) }
        appendJSON(value)
      }
      append(UInt8(ascii: "]"))
    case .object(let members): appendJSON(members)
    case .told(_, let value): appendJSON(value)
    }
  }

  /// Appends an object with its members in the given order.
  mutating func appendJSON(_ members: [FieldValue.Member]) {
    append(UInt8(ascii: "{"))
    for (index, member) in members.enumerated() {
      if index > 0 { append(UInt8(ascii: ",")) }
      appendJSONString(member.name)
      append(UInt8(ascii: ":"))
      appendJSON(member.value)
    }
    append(UInt8(ascii: "}"))
  }

  /// Appends a value as a CSV field: lists joined by `; `, objects as JSON.
  mutating func appendCSV(_ value: FieldValue, _ safety: CSVSafety) {
    switch value {
    case .missing: break
    case .text(let text), .passage(let text): appendCSVField(text, safety)
    case .integer(let value), .byteCount(let value): append(contentsOf: String(value).utf8)
    case .real(let value): append(contentsOf: shortest(value).utf8)
    case .boolean(let value): append(contentsOf: (value ? "true" : "false").utf8)
    case .time(let instant): append(contentsOf: instant.rfc3339.utf8)
    case .list(let values): appendCSVField(values.map(plainText).joined(separator: "; "), safety)
    case .object: appendCSVField(plainText(value), safety)
    case .told(_, let value): appendCSV(value, safety)
    }
  }
}

/// A value inside a CSV list.
private func plainText(_ value: FieldValue) -> String {
  switch value {
  case .text(let text), .passage(let text): return text
  default:
    var bytes: [UInt8] = []
    bytes.appendJSON(value)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// The shortest digits that read back as the same number; whole numbers without a fraction.
private func shortest(_ value: Double) -> String {
  guard let whole = Int64(exactly: value) else { return "\(value)" }
  return String(whole)
}

/// A size with a binary unit and one decimal: `512 B`, `1.5 KiB`.
func byteCountWithUnit(_ count: Int64) -> String {
  let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
  guard count >= 1024 else { return "\(count) B" }
  var tenths = count.multipliedReportingOverflow(by: 10).overflow ? Int64.max : count * 10
  var unit = ""
  for name in units {
    tenths = (tenths + 512) / 1024
    unit = name
    if tenths < 10_240 { break }
  }
  return "\(tenths / 10).\(tenths % 10) \(unit)"
}
