// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// One answer of the Compliance API cut into what it holds, every record byte for byte
/// (claude-capture-formats section 3.4).
package struct CompliancePage: Sendable {
  /// A member of the answer's object beside its list of records and its cursors.
  package struct Member: Sendable, Hashable {
    package var name: String
    /// From the key's quotation mark to the last byte of the value.
    package var range: Range<Int>
    /// The value alone.
    package var value: Range<Int>
  }

  /// The answer as received.
  package let body: [UInt8]
  /// The elements of `data` or `chat_messages`, in order.
  package private(set) var records: [Range<Int>] = []
  /// Whether there is a list of records at all.
  package private(set) var hasList = false
  /// Nil where the answer does not say, or not as a boolean.
  package private(set) var hasMore: Bool?
  /// Whether there is a `has_more` that is neither a boolean nor null.
  package private(set) var hasUnclearMore = false
  package private(set) var firstID: String?
  package private(set) var lastID: String?
  package private(set) var nextPage: String?
  package private(set) var members: [Member] = []

  /// Cuts an answer.
  ///
  /// - Parameter body: The bytes of the answer.
  /// - Throws: `CaptureError` with `decodeError` when it is no JSON object.
  package init(_ body: [UInt8]) throws(CaptureError) {
    self.body = body
    do throws(JSONError) {
      try cut(body.span)
    } catch {
      throw CaptureError(decoding: error, expected: "an answer of the Compliance API")
    }
  }

  /// The bytes of a place of the answer.
  package func bytes(_ range: Range<Int>) -> [UInt8] { Array(body[range]) }

  /// The bytes of a member's value; nil when there is none of the name.
  package func value(of name: String) -> [UInt8]? {
    members.first { $0.name == name }.map { bytes($0.value) }
  }

  private mutating func cut(_ bytes: Span<UInt8>) throws(JSONError) {
    var flags: [RecordFlag] = []
    var cursor = JSONCursor(bytes)
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      let isList = cursor.matches(key, "data") || cursor.matches(key, "chat_messages")
      if isList, try cursor.peek() == .array {
        hasList = true
        try cursor.enterArray()
        while try cursor.hasNextElement() { records.append(try cursor.skipValue()) }
      } else if cursor.matches(key, "has_more") {
        if try cursor.peek() == .boolean {
          hasMore = try cursor.readBoolean()
        } else {
          hasUnclearMore = try cursor.peek() != .null
          try cursor.skipValue()
        }
      } else if cursor.matches(key, "first_id") {
        firstID = try cursor.identifier(&flags)
      } else if cursor.matches(key, "last_id") {
        lastID = try cursor.identifier(&flags)
      } else if cursor.matches(key, "next_page") {
        nextPage = try cursor.identifier(&flags)
      } else {
        let name = cursor.text(of: key)
        let value = try cursor.skipValue()
        members.append(
          Member(name: name, range: key.range.lowerBound - 1..<value.upperBound, value: value))
      }
    }
    try cursor.expectEnd()
  }
}
