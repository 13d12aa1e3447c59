// SPDX-License-Identifier: Apache-2.0

/// A JSON value as audit events and manifests hold it: no floating-point numbers.
package indirect enum JSONValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  /// Written as a number up to 2^53 - 1 either way, past that as a string: RFC 8785 numbers are
  /// IEEE doubles, and a reader would round it.
  case integer(Int64)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByNilLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .boolean(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(nilLiteral: ()) { self = .null }

  /// Of two members with the same key the later one counts.
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
  }

  /// A string, or null for nil.
  package init(_ text: String?) {
    self = text.map { .string($0) } ?? .null
  }

  /// An instant in RFC 3339, or null for nil.
  package init(_ instant: Instant?) {
    self = instant.map { .string($0.rfc3339) } ?? .null
  }

  /// A count.
  package init(_ count: Int) {
    self = .integer(Int64(count))
  }

  /// An array of strings.
  package init(_ texts: [String]) {
    self = .array(texts.map { .string($0) })
  }
}

extension JSONValue {
  /// The canonical form of RFC 8785: members sorted by UTF-16 code units, no white space, the
  /// shortest escapes.
  ///
  /// A canonical value inside another is written just as it stands alone.
  package var canonical: String {
    var output: [UInt8] = []
    append(to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  private func append(to output: inout [UInt8]) {
    switch self {
    case .null: output += "null".utf8
    case .boolean(let value): output += (value ? "true" : "false").utf8
    case .integer(let value):
      if value.magnitude < 1 << 53 {
        output += String(value).utf8
      } else {
        JSONValue.appendCanonical(string: String(value), to: &output)
      }
    case .string(let text): JSONValue.appendCanonical(string: text, to: &output)
    case .array(let elements):
      output.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        element.append(to: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let members):
      output.append(UInt8(ascii: "{"))
      let sorted = members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
      for (index, member) in sorted.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        JSONValue.appendCanonical(string: member.key, to: &output)
        output.append(UInt8(ascii: ":"))
        member.value.append(to: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
  }
}

extension JSONValue {
  /// Appends a text as a string in canonical form, with its quotes.
  package static func appendCanonical(string text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    // Long runs need no escape: they are appended whole.
    let bytes = text.utf8.span
    var start = 0
    for index in bytes.indices {
      let byte = bytes[index]
      guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
        continue
      }
      appendBytes(bytes.extracting(start..<index), to: &output)
      start = index + 1
      switch byte {
      case UInt8(ascii: "\""): output += "\\\"".utf8
      case UInt8(ascii: "\\"): output += "\\\\".utf8
      case 0x08: output += "\\b".utf8
      case 0x09: output += "\\t".utf8
      case 0x0A: output += "\\n".utf8
      case 0x0C: output += "\\f".utf8
      case 0x0D: output += "\\r".utf8
      default:
        let digits = String(byte, radix: 16)
        output += ("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).utf8
      }
    }
    appendBytes(bytes.extracting(start..<bytes.count), to: &output)
    output.append(UInt8(ascii: "\""))
  }
}

private func appendBytes(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
  unsafe bytes.withUnsafeBufferPointer { buffer in
    unsafe output.append(contentsOf: buffer)
  }
}
