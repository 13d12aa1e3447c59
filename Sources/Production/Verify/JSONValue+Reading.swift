// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

extension JSONValue {
  /// Reads a file that holds one value in canonical form; nil for anything else, so that each
  /// byte of such a file counts.
  package init?(canonicalFile bytes: [UInt8]) {
    var cursor = JSONCursor(bytes.span)
    guard let value = try? readValue(&cursor), (try? cursor.expectEnd()) != nil,
      Array(value.canonical.utf8) == bytes
    else { return nil }
    self = value
  }

  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  package var stringValue: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  package var integerValue: Int64? {
    guard case .integer(let value) = self else { return nil }
    return value
  }

  /// An object whose members are all counts, as a dictionary.
  var countValues: [String: Int]? {
    guard case .object(let members) = self else { return nil }
    var result: [String: Int] = [:]
    for (key, value) in members {
      guard let count = value.integerValue else { return nil }
      result[key] = Int(count)
    }
    return result
  }
}

private func readValue(_ cursor: inout JSONCursor) throws -> JSONValue {
  switch try cursor.peek() {
  case .null:
    try cursor.readNull()
    return .null
  case .boolean: return .boolean(try cursor.readBoolean())
  case .number:
    guard let value = try cursor.readInteger() else {
      throw ProductionError(.notAVolume, "a number is no integer")
    }
    return .integer(value)
  case .string: return .string(try cursor.readString())
  case .array:
    var elements: [JSONValue] = []
    try cursor.enterArray()
    while try cursor.hasNextElement() { elements.append(try readValue(&cursor)) }
    return .array(elements)
  case .object:
    var members: [String: JSONValue] = [:]
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      let name = cursor.text(of: key)
      members[name] = try readValue(&cursor)
    }
    return .object(members)
  }
}
