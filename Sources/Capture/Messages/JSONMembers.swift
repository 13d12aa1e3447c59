// SPDX-License-Identifier: Apache-2.0
import Bytes
import Glibc

/// The members of a JSON object by name, with the places of their values.
///
/// A name is looked for by its bytes: objects have few members, and a table of their names would cost
/// more to make than all that is asked of it.
struct JSONMembers {
  private struct Member {
    var name: Range<Int>
    var value: Range<Int>
    /// The name where it is written with escapes; else it is as its bytes are.
    var unescaped: String?
  }

  private let bytes: [UInt8]
  private var members: [Member] = []

  /// None.
  init() { bytes = [] }

  /// The members of the object at a place; none of anything else.
  ///
  /// - Throws: `JSONError` where its grammar is broken.
  init(of bytes: [UInt8], at place: Int) throws(JSONError) {
    self.bytes = bytes
    var cursor = JSONCursor(bytes.span, at: place)
    guard try cursor.peek() == .object else { return }
    members.reserveCapacity(12)
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      let name = key.isEscaped ? cursor.text(of: key) : nil
      members.append(Member(name: key.range, value: try cursor.skipValue(), unescaped: name))
    }
  }

  /// The same at a place; none without one.
  init(of bytes: [UInt8], in place: Range<Int>?) throws(JSONError) {
    guard let place else {
      self.init()
      return
    }
    try self.init(of: bytes, at: place.lowerBound)
  }

  /// The place of the value of a member; of two with one name the last, nil without one.
  subscript(_ name: String) -> Range<Int>? {
    let wanted = name.utf8.span
    for member in members.reversed() where isNamed(member, wanted, name) { return member.value }
    return nil
  }

  var isEmpty: Bool { members.isEmpty }

  /// All of them, in their order.
  var all: [(name: String, value: Range<Int>)] {
    members.map { member in
      (member.unescaped ?? String(decoding: bytes[member.name], as: UTF8.self), member.value)
    }
  }

  private func isNamed(_ member: Member, _ wanted: Span<UInt8>, _ name: String) -> Bool {
    if let unescaped = member.unescaped { return unescaped == name }
    guard member.name.count == wanted.count else { return false }
    guard wanted.count > 0 else { return true }
    return unsafe bytes.withUnsafeBytes { own in
      unsafe wanted.withUnsafeBytes { other in
        guard let start = own.baseAddress, let place = other.baseAddress else { return false }
        return unsafe memcmp(start + member.name.lowerBound, place, other.count) == 0
      }
    }
  }
}
