// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

extension ClaudeExport {
  /// Parses one project.
  ///
  /// - Parameters:
  ///   - native: The record, from its first to its last byte.
  ///   - path: The file that it comes from, for its gaps.
  /// - Returns: A unit with an item for each instruction and document.
  /// - Throws: `CaptureError` with `decodeError`.
  package static func parseProject(
    native: [UInt8], path: String = ""
  ) throws(CaptureError) -> CapturedUnit {
    do throws(JSONError) {
      var cursor = JSONCursor(native.span)
      return try ProjectParser(native: native, path: path).parse(&cursor)
    } catch {
      throw CaptureError(decoding: error, expected: "a project")
    }
  }

  /// Parses the memories of one account.
  ///
  /// - Throws: `CaptureError` with `decodeError`.
  package static func parseMemory(native: [UInt8]) throws(CaptureError) -> CapturedUnit {
    do throws(JSONError) {
      var cursor = JSONCursor(native.span)
      return try MemoryParser(native: native).parse(&cursor)
    } catch {
      throw CaptureError(decoding: error, expected: "a list of memories")
    }
  }

  /// Parses a native record again, as it was parsed when it was captured.
  ///
  /// - Throws: `CaptureError` with `decodeError`.
  package static func parse(
    native: [UInt8], kind: UnitKind, path: String = ""
  ) throws(CaptureError) -> CapturedUnit {
    switch kind {
    case .conversation, .activity: try parseConversation(native: native, path: path)
    case .project: try parseProject(native: native, path: path)
    case .memory: try parseMemory(native: native)
    }
  }

  /// Parses a person of users.json.
  ///
  /// - Throws: `CaptureError` with `decodeError`; a person without an id is none.
  package static func parsePerson(native: [UInt8]) throws(CaptureError) -> CapturedPerson {
    do throws(JSONError) {
      var person = CapturedPerson(
        route: route, accountID: "", fullName: "", emailAddress: "", native: native)
      var flags: [RecordFlag] = []
      var cursor = JSONCursor(native.span)
      try cursor.enterObject()
      while let key = try cursor.nextKey() {
        if cursor.matches(key, "uuid") {
          person.accountID = try cursor.identifier(&flags) ?? ""
        } else if cursor.matches(key, "full_name") {
          person.fullName = try cursor.string(&flags) ?? ""
        } else if cursor.matches(key, "email_address") {
          person.emailAddress = try cursor.string(&flags) ?? ""
        } else {
          try cursor.skipValue()
        }
      }
      try cursor.expectEnd()
      guard !person.accountID.isEmpty else { throw JSONError(.wrongKind, at: 0) }
      return person
    } catch {
      throw CaptureError(decoding: error, expected: "a person with an id")
    }
  }

  /// The names of the parts that a manifest lists; its single-use links are left alone.
  ///
  /// - Throws: `CaptureError` with `decodeError`; a record without a list of files is no manifest.
  static func manifestParts(native: [UInt8]) throws(CaptureError) -> [String] {
    do throws(JSONError) {
      var parts: [String] = []
      var flags: [RecordFlag] = []
      var hasList = false
      var cursor = JSONCursor(native.span)
      try cursor.enterObject()
      while let key = try cursor.nextKey() {
        let isList = cursor.matches(key, "data_files")
        if isList { hasList = true }
        guard isList, try cursor.peek() == .array else {
          try cursor.skipValue()
          continue
        }
        try cursor.enterArray()
        while try cursor.hasNextElement() {
          guard try cursor.entersObject(&flags) else { continue }
          while let member = try cursor.nextKey() {
            if cursor.matches(member, "filename"), let name = try cursor.identifier(&flags) {
              parts.append(name)
            } else if !cursor.matches(member, "filename") {
              try cursor.skipValue()
            }
          }
        }
      }
      guard hasList else { throw JSONError(.wrongKind, at: 0) }
      return parts
    } catch {
      throw CaptureError(decoding: error, expected: "a manifest")
    }
  }
}
