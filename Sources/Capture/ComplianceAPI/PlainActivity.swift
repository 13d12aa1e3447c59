// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Reads an activity in one walk over its bytes.
///
/// Feeds hold activities by the million, nearly all of the plainest form: texts without escapes, each
/// field of its type. What is of any other form, or malformed, is left to
/// ``ComplianceAPI/parseActivity(native:)``, whose result this is for all others.
struct PlainActivity {
  private var id: JSONKey?
  private var type: JSONKey?
  private var time: JSONKey?
  private var chat: JSONKey?
  /// The texts of ``ComplianceAPI/actorFields``, and at the end the actor's type.
  private var actor = [JSONKey?](repeating: nil, count: ComplianceAPI.actorFields.count + 1)
  private var words: [UInt8] = []
  private var hasWords = false

  /// The unit that the record makes; nil when it is not of the plainest form.
  static func unit(_ native: [UInt8]) -> CapturedUnit? {
    do throws(JSONError) {
      var activity = PlainActivity()
      activity.words.reserveCapacity(native.count)
      return try activity.read(native)
    } catch {
      return nil
    }
  }

  private mutating func read(_ native: [UInt8]) throws(JSONError) -> CapturedUnit? {
    guard native.first == UInt8(ascii: "{") else { return nil }
    var cursor = JSONCursor(native.span)
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      guard cursor.isPlain(key), try readMember(key, &cursor) else { return nil }
    }
    try cursor.expectEnd()
    guard let text = try? UTF8Span(validating: words.span) else { return nil }
    return unit(native, cursor, String(copying: text))
  }

  private mutating func readMember(
    _ key: JSONKey, _ cursor: inout JSONCursor
  ) throws(JSONError) -> Bool {
    if let place = try takeText(&cursor) {
      if cursor.matches(key, "id") {
        id = place
      } else if cursor.matches(key, "type") {
        type = place
      } else if cursor.matches(key, "created_at") {
        time = place
      } else if cursor.matches(key, "claude_chat_id") {
        chat = place
      } else if cursor.matches(key, "actor") {
        return false
      }
      return !place.isEscaped
    }
    if cursor.matches(key, "actor") {
      guard try cursor.peek() == .object else { return false }
      return try readActor(&cursor)
    }
    // No text where there should be one, or a list as a page of records has it.
    for name in ["id", "type", "created_at", "data", "chat_messages"] as [StaticString]
    where cursor.matches(key, name) {
      return false
    }
    return try takeWords(&cursor)
  }

  private mutating func readActor(_ cursor: inout JSONCursor) throws(JSONError) -> Bool {
    for index in actor.indices { actor[index] = nil }
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      guard cursor.isPlain(key) else { return false }
      guard let place = try takeText(&cursor) else {
        guard try takeWords(&cursor) else { return false }
        continue
      }
      guard !place.isEscaped else { return false }
      if cursor.matches(key, "type") {
        actor[actor.count - 1] = place
      } else {
        for (index, name) in ComplianceAPI.actorFields.enumerated()
        where cursor.matches(key, name) {
          actor[index] = place
        }
      }
    }
    return true
  }

  /// Takes the words of any value; false for a text with escapes.
  private mutating func takeWords(_ cursor: inout JSONCursor) throws(JSONError) -> Bool {
    switch try cursor.peek() {
    case .object:
      try cursor.enterObject()
      while try cursor.nextKey() != nil {
        guard try takeWords(&cursor) else { return false }
      }
    case .array:
      try cursor.enterArray()
      while try cursor.hasNextElement() {
        guard try takeWords(&cursor) else { return false }
      }
    case .string:
      guard let place = try takeText(&cursor), !place.isEscaped else { return false }
    default: try cursor.skipValue()
    }
    return true
  }

  /// Takes a text among the words; nil for another value, which is not passed over.
  private mutating func takeText(_ cursor: inout JSONCursor) throws(JSONError) -> JSONKey? {
    guard let place = try cursor.skipText() else { return nil }
    if hasWords { words.append(0x0A) }
    hasWords = true
    unsafe cursor.bytes.extracting(place.range).withUnsafeBufferPointer {
      unsafe words.append(contentsOf: $0)
    }
    return place
  }

  private func unit(
    _ native: [UInt8], _ source: borrowing JSONCursor, _ text: String
  ) -> CapturedUnit? {
    var cursor = JSONCursor(source.bytes)
    guard let id, !id.range.isEmpty else { return nil }
    var unit = CapturedUnit(
      kind: .activity, route: ComplianceAPI.route, nativeID: cursor.text(of: id), native: native)
    if let time {
      unit.createdAt = SourceTime(text: cursor.text(of: time))
      guard unit.createdAt?.instant != nil else { return nil }
    }
    unit.title = type.map { cursor.text(of: $0) } ?? ""
    for place in actor {
      guard let place, !place.range.isEmpty else { continue }
      unit.accountID = cursor.text(of: place)
      break
    }
    var item = CapturedItem(
      kind: .activity, role: .system, nativeRole: unit.title, nativeRange: 0..<native.count)
    item.nativeID = unit.nativeID
    item.time = unit.createdAt
    item.title = unit.title
    item.blocks = [ContentBlock(kind: .text, text: text)]
    if let chat, !chat.range.isEmpty {
      unit.joinKeys = [JoinKey(.chatID, cursor.text(of: chat))]
    }
    unit.items = [item]
    return unit
  }
}

extension JSONCursor {
  /// Whether a key has nothing that would be told of it, such as bytes that are no text.
  fileprivate func isPlain(_ key: JSONKey) -> Bool {
    !key.isEscaped && bytes.extracting(key.range).isASCII
  }
}
