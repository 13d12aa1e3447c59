// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

/// Records of the Compliance API (claude-capture-formats section 3), from files and from the
/// service alike.
///
/// The functions that parse are pure: the same bytes give the same unit on any thread, at capture
/// and when a transcript is made later from the stored native record. What comes in several answers
/// is kept as one record by ``ComplianceRecord``.
package enum ComplianceAPI {
  /// The capture route in ids and records.
  package static let route = "compliance-api"

  /// Parses a native record of a unit.
  ///
  /// - Parameters:
  ///   - native: The record, from its first to its last byte.
  ///   - kind: What the unit is.
  ///   - path: The file or endpoint that it comes from, for its gaps.
  /// - Returns: The unit.
  /// - Throws: `CaptureError` with `decodeError`.
  package static func parse(
    native: [UInt8], kind: UnitKind, path: String = ""
  ) throws(CaptureError) -> CapturedUnit {
    switch kind {
    case .project: try parseProject(native: native, path: path)
    case .activity: try parseActivity(native: native)
    case .conversation, .memory: try parseConversation(native: native, path: path)
    }
  }

  /// Parses a chat or a session with its messages, or the record of a Code artifact.
  ///
  /// - Parameters:
  ///   - native: The record, from its first to its last byte.
  ///   - path: The file or endpoint that it comes from, for its gaps.
  /// - Returns: The unit.
  /// - Throws: `CaptureError` with `decodeError` for malformed JSON, and for JSON that is neither.
  package static func parseConversation(
    native: [UInt8], path: String = ""
  ) throws(CaptureError) -> CapturedUnit {
    if ComplianceCodeArtifact.isRecord(native) {
      return try ComplianceCodeArtifact.parse(native, path: path)
    }
    do throws(JSONError) {
      var parser = ComplianceConversationParser(native: native, path: path)
      var cursor = JSONCursor(native.span)
      try parser.parse(&cursor)
      if parser.isConversation { return parser.finish() }
      guard parser.isMessage else { throw JSONError(.wrongKind, at: 0) }
      return try parseLoneMessage(native)
    } catch {
      throw CaptureError(decoding: error, expected: "a chat or a session")
    }
  }

  /// Parses a message whose session is not told: a conversation of its own.
  private static func parseLoneMessage(_ native: [UInt8]) throws(JSONError) -> CapturedUnit {
    var unit = CapturedUnit(
      kind: .conversation, route: route, nativeID: ClaudeExport.derivedID(of: native),
      native: native)
    var cursor = JSONCursor(native.span)
    var message = ComplianceMessageParser()
    let item = try message.parse(&cursor)
    unit.createdAt = item.time
    unit.items = [item]
    unit.flags = [.idDerived]
    return unit
  }

  /// Parses a project with its instructions, documents and files.
  ///
  /// - Parameters:
  ///   - native: The record, from its first to its last byte.
  ///   - path: The file or endpoint that it comes from, for its gaps.
  /// - Returns: The unit.
  /// - Throws: `CaptureError` with `decodeError`.
  package static func parseProject(
    native: [UInt8], path: String = ""
  ) throws(CaptureError) -> CapturedUnit {
    do throws(JSONError) {
      var cursor = JSONCursor(native.span)
      return try ComplianceProjectParser(native: native, path: path).parse(&cursor)
    } catch {
      throw CaptureError(decoding: error, expected: "a project")
    }
  }

  /// Parses a user of an organisation, or a member of a group.
  ///
  /// The address is called `email` there and `email_address` elsewhere; either is taken.
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
        if cursor.matches(key, "id") || cursor.matches(key, "user_id") {
          person.accountID = try cursor.identifier(&flags) ?? person.accountID
        } else if cursor.matches(key, "full_name") {
          person.fullName = try cursor.string(&flags) ?? ""
        } else if cursor.matches(key, "email") || cursor.matches(key, "email_address") {
          person.emailAddress = try cursor.identifier(&flags) ?? person.emailAddress
        } else {
          try cursor.skipValue()
        }
      }
      try cursor.expectEnd()
      guard !person.accountID.isEmpty else { throw JSONError(.wrongKind, at: 0) }
      return person
    } catch {
      throw CaptureError(decoding: error, expected: "a user with an id")
    }
  }
}
