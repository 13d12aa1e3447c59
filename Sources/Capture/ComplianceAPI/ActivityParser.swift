// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

/// What an activity says about an object of the source, for reconciliation (claude-capture-formats
/// section 3.11).
package struct ActivityFacts: Sendable, Hashable {
  package var type = ""
  package var createdAt: SourceTime?
  /// Who acted: the source's account id, or the id of a key or service; nil when none is told.
  package var actorID: String?
  /// The actor's address, where it is a person.
  package var emailAddress: String?
  /// Ids of objects by the name of the field, such as `claude_chat_id`.
  package var objects: [String: String] = [:]
}

extension ComplianceAPI {
  /// Parses one activity of the feed: a unit of its own with one item.
  ///
  /// All texts of the record are its words. Its custodian is who acted; an actor that is no person
  /// is an account that no person bears.
  ///
  /// - Throws: `CaptureError` with `decodeError`; an activity without an id is none.
  package static func parseActivity(native: [UInt8]) throws(CaptureError) -> CapturedUnit {
    do throws(JSONError) {
      var unit = CapturedUnit(kind: .activity, route: route, nativeID: "", native: native)
      if native.first != UInt8(ascii: "{") {
        throw JSONError(.wrongKind, at: 0)
      }
      let facts = try activityFacts(native.span, &unit.flags, id: &unit.nativeID)
      guard !unit.nativeID.isEmpty else { throw JSONError(.wrongKind, at: 0) }
      unit.title = facts.type
      unit.createdAt = facts.createdAt
      unit.accountID = facts.actorID
      var item = CapturedItem(
        kind: .activity, role: .system, nativeRole: facts.type, nativeRange: 0..<native.count)
      item.nativeID = unit.nativeID
      item.time = facts.createdAt
      item.title = facts.type
      var words: [String] = []
      var cursor = JSONCursor(native.span)
      try cursor.collectWords(&words, keys: false)
      try cursor.expectEnd()
      cursor.takeRepairs(&unit.flags)
      item.blocks = [ContentBlock(kind: .text, text: words.joined(separator: "\n"))]
      if let chat = facts.objects["claude_chat_id"], !chat.isEmpty {
        unit.joinKeys = [JoinKey(.chatID, chat)]
      }
      unit.items = [item]
      return unit
    } catch {
      throw CaptureError(decoding: error, expected: "an activity")
    }
  }

  /// What an activity says about an object of the source.
  ///
  /// - Parameter native: The record, from its first to its last byte.
  /// - Returns: The facts.
  /// - Throws: `CaptureError` with `decodeError`.
  package static func activityFacts(native: [UInt8]) throws(CaptureError) -> ActivityFacts {
    do throws(JSONError) {
      var flags: [RecordFlag] = []
      var id = ""
      return try activityFacts(native.span, &flags, id: &id)
    } catch {
      throw CaptureError(decoding: error, expected: "an activity")
    }
  }

  private static func activityFacts(
    _ bytes: Span<UInt8>, _ flags: inout [RecordFlag], id: inout String
  ) throws(JSONError) -> ActivityFacts {
    var facts = ActivityFacts()
    var cursor = JSONCursor(bytes)
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "id") {
        id = try cursor.identifier(&flags) ?? ""
      } else if cursor.matches(key, "type") {
        facts.type = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "created_at") {
        facts.createdAt = try cursor.time(&flags)
      } else if cursor.matches(key, "actor") {
        try readActor(&cursor, &facts, &flags)
      } else if try cursor.peek() == .string {
        let name = cursor.text(of: key)
        guard name.hasSuffix("_id") else {
          try cursor.skipValue()
          continue
        }
        facts.objects[name] = try cursor.readString()
      } else {
        try cursor.skipValue()
      }
    }
    try cursor.expectEnd()
    cursor.takeRepairs(&flags)
    return facts
  }

  /// The field that names an actor, the most telling first (section 3.5).
  static let actorFields: [StaticString] = [
    "user_id", "unauthenticated_email_address", "api_key_id", "admin_api_key_id",
    "service_account_id", "directory_id", "external_client_id", "subject", "service",
  ]

  private static func readActor(
    _ cursor: inout JSONCursor, _ facts: inout ActivityFacts, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    guard try cursor.entersObject(&flags) else { return }
    var values: [String: String] = [:]
    values.reserveCapacity(8)
    while let key = try cursor.nextKey() {
      if try cursor.peek() == .string {
        values[cursor.text(of: key)] = try cursor.readString()
      } else {
        try cursor.skipValue()
      }
    }
    let named = actorFields.lazy.compactMap { values["\($0)"] }.first { !$0.isEmpty }
    facts.actorID = named ?? values["type"].flatMap { $0.isEmpty ? nil : $0 }
    facts.emailAddress = values["user_id"] == nil ? nil : values["email_address"]
  }
}
