// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

/// A file, generated file or artifact that a message or project names.
package struct ComplianceFileReference: Sendable, Hashable {
  package enum Kind: String, Sendable {
    case file, generated, artifact
  }

  package var kind: Kind
  /// The id to ask for: of an artifact that of its version.
  package var id: String
  /// In hexadecimal, where the source tells it.
  package var md5: String?

  package init(kind: Kind, id: String, md5: String? = nil) {
    self.kind = kind
    self.id = id
    self.md5 = md5
  }
}

/// Single fields of records, for walks that need no more.
package enum ComplianceFields {
  /// The string members of a record, those of the object `user` as `user.id` and so on.
  ///
  /// - Parameter record: An object.
  /// - Returns: By name; values of other types are left out.
  /// - Throws: `CaptureError` with `decodeError` when it is no object.
  package static func strings(of record: [UInt8]) throws(CaptureError) -> [String: String] {
    do throws(JSONError) {
      var found: [String: String] = [:]
      var cursor = JSONCursor(record.span)
      try cursor.enterObject()
      while let key = try cursor.nextKey() {
        let name = cursor.text(of: key)
        switch try cursor.peek() {
        case .string: found[name] = try cursor.readString()
        case .object where name == "user":
          try cursor.enterObject()
          while let member = try cursor.nextKey() {
            let inner = name + "." + cursor.text(of: member)
            if try cursor.peek() == .string {
              found[inner] = try cursor.readString()
            } else {
              try cursor.skipValue()
            }
          }
        default: try cursor.skipValue()
        }
      }
      return found
    } catch {
      throw CaptureError(decoding: error, expected: "an object")
    }
  }

  /// What a message carries beside its text.
  ///
  /// - Parameter message: A message of a chat.
  /// - Returns: In order; what has no id is left out.
  package static func files(of message: [UInt8]) -> [ComplianceFileReference] {
    guard let object = try? CompliancePage(message) else { return [] }
    let lists: [(String, ComplianceFileReference.Kind, String)] = [
      ("files", .file, "id"), ("generated_files", .generated, "id"),
      ("artifacts", .artifact, "version_id"),
    ]
    return lists.flatMap { name, kind, idName in
      elements(of: object.value(of: name) ?? []).compactMap { element in
        guard let fields = try? strings(of: element), let id = fields[idName], !id.isEmpty
        else { return nil }
        return ComplianceFileReference(kind: kind, id: id, md5: fields["md5"])
      }
    }
  }

  /// Whether a message has neither content nor files.
  package static func isEmptied(_ message: [UInt8]) -> Bool {
    guard let object = try? CompliancePage(message) else { return false }
    return ["content", "files", "generated_files", "artifacts"].allSatisfy { name in
      elements(of: object.value(of: name) ?? []).isEmpty
    }
  }

  /// The elements of an array; none for anything else.
  package static func elements(of array: [UInt8]) -> [[UInt8]] {
    do throws(JSONError) {
      var found: [[UInt8]] = []
      var cursor = JSONCursor(array.span)
      guard !array.isEmpty, try cursor.peek() == .array else { return [] }
      try cursor.enterArray()
      while try cursor.hasNextElement() { found.append(Array(array[try cursor.skipValue()])) }
      return found
    } catch {
      return []
    }
  }

  /// A JSON value as the catalog keeps it; numbers that are not whole become texts.
  ///
  /// - Parameter bytes: A JSON value.
  /// - Returns: Nil when it is none.
  package static func value(of bytes: [UInt8]) -> JSONValue? {
    do throws(JSONError) {
      var cursor = JSONCursor(bytes.span)
      let value = try value(&cursor)
      try cursor.expectEnd()
      return value
    } catch {
      return nil
    }
  }

  private static func value(_ cursor: inout JSONCursor) throws(JSONError) -> JSONValue {
    switch try cursor.peek() {
    case .object:
      var members: [String: JSONValue] = [:]
      try cursor.enterObject()
      while let key = try cursor.nextKey() {
        let name = cursor.text(of: key)
        members[name] = try value(&cursor)
      }
      return .object(members)
    case .array:
      var elements: [JSONValue] = []
      try cursor.enterArray()
      while try cursor.hasNextElement() { elements.append(try value(&cursor)) }
      return .array(elements)
    case .string: return .string(try cursor.readString())
    case .boolean: return .boolean(try cursor.readBoolean())
    case .null:
      try cursor.readNull()
      return .null
    case .number:
      let start = cursor.position
      if let number = try cursor.readInteger() { return .integer(number) }
      let bytes = cursor.bytes.extracting(start..<cursor.position)
      return .string(
        unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) })
    }
  }
}
