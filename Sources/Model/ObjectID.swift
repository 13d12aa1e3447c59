// SPDX-License-Identifier: Apache-2.0
import Bytes

/// What an identifier names; its raw value is the identifier's prefix.
package enum ObjectKind: String, CaseIterable, Sendable {
  case conversation = "conv"
  case item = "itm"
  case custodian = "cust"
  case matter = "case"
  case hold = "hold"
  case source = "src"
  case run = "run"
  case exception = "exc"
  case reviewSet = "set"
  case load = "load"
  case export = "exp"
  case file = "file"
  case search = "srch"
  case savedQuery = "query"
  case store = "store"
  case policy = "pol"
  case plan = "plan"
  case backup = "backup"
  case notice = "notice"
  case tagGroup = "group"
  case tag = "tag"
  case coding = "coding"
  case note = "note"
  case redaction = "red"
  case filter = "filter"
  case sample = "sample"
}

/// An identifier of ours: a prefix that tells the kind, an underscore, 26 base-32 digits.
///
/// Ids of captured records come from a digest, so the same input gets the same ids in every store
/// (claude-capture-formats section 16); ids of objects that people create are random.
package struct ObjectID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The identifier as shown and stored, such as `conv_abcdefghijklmnopqrstuvwxyz`.
  package let text: String
  /// What the identifier names.
  package let kind: ObjectKind

  /// Reads an identifier; nil unless it has a known prefix and 26 base-32 digits after it.
  package init?(_ text: some StringProtocol) {
    guard let cut = text.lastIndex(of: "_"),
      let kind = ObjectKind(rawValue: String(text[..<cut]))
    else { return nil }
    let digits = text[text.index(after: cut)...].utf8
    guard digits.count == 26, digits.allSatisfy(isBase32Digit) else { return nil }
    self.text = String(text)
    self.kind = kind
  }

  /// Derives an identifier from a name that is unique among objects of its kind.
  package init(_ kind: ObjectKind, derivedFrom name: String) {
    self.init(kind, derivedFrom: name, nil, nil)
  }

  /// Derives an identifier from the parts of a name, with colons between them.
  private init(_ kind: ObjectKind, derivedFrom first: String, _ second: String?, _ third: String?) {
    func count(_ part: String?) -> Int { part.map { 1 + $0.utf8.count } ?? 0 }
    // Pages of results make ids by the hundred, so nothing but the text is allocated.
    self = unsafe withUnsafeTemporaryAllocation(
      of: UInt8.self, capacity: first.utf8.count + count(second) + count(third)
    ) { name in
      var end = unsafe name.update(fromContentsOf: first.utf8)
      for part in [second, third] {
        guard let part else { continue }
        unsafe name[end] = UInt8(ascii: ":")
        end += 1
        end = unsafe name[end...].update(fromContentsOf: part.utf8)
      }
      return unsafe SHA256Digest.withBytes(
        of: Span(_unsafeElements: UnsafeBufferPointer(name))
      ) { digest in unsafe ObjectID(kind, bytes: digest) }
    }
  }

  /// Makes a new random identifier.
  package static func random(_ kind: ObjectKind) -> ObjectID {
    var generator = SystemRandomNumberGenerator()
    return random(kind, using: &generator)
  }

  /// Makes a new identifier from the given source of random numbers.
  package static func random(
    _ kind: ObjectKind, using generator: inout some RandomNumberGenerator
  ) -> ObjectID {
    let bytes = (0..<20).map { _ in UInt8.random(in: 0...255, using: &generator) }
    return unsafe bytes.withUnsafeBytes { unsafe ObjectID(kind, bytes: $0) }
  }

  /// Takes the first 130 bits of at least 17 bytes.
  private init(_ kind: ObjectKind, bytes: UnsafeRawBufferPointer) {
    let prefix = kind.rawValue.utf8
    text = unsafe String(unsafeUninitializedCapacity: prefix.count + 27) { buffer in
      var count = 0
      for byte in prefix {
        unsafe buffer[count] = byte
        count += 1
      }
      unsafe buffer[count] = UInt8(ascii: "_")
      count += 1
      for digit in 0..<26 {
        let bit = digit * 5
        let pair = unsafe UInt16(bytes[bit / 8]) << 8 | UInt16(bytes[bit / 8 + 1])
        let value = UInt8(truncatingIfNeeded: pair >> UInt16(11 - bit % 8)) & 31
        unsafe buffer[count] =
          value < 26 ? UInt8(ascii: "a") + value : UInt8(ascii: "2") + value - 26
        count += 1
      }
      return count
    }
    self.kind = kind
  }

  package static func < (left: ObjectID, right: ObjectID) -> Bool { left.text < right.text }

  package var description: String { text }
}

private func isBase32Digit(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "2")...UInt8(ascii: "7"): true
  default: false
  }
}

extension ObjectID {
  /// The identifier of a conversation (or other unit outside one) of a capture route.
  ///
  /// - Parameters:
  ///   - route: The capture route, such as `claude.ai-export`.
  ///   - nativeID: The source's own identifier.
  /// - Returns: The same identifier in every store.
  package static func conversation(route: String, nativeID: String) -> ObjectID {
    ObjectID(.conversation, derivedFrom: route, nativeID, nil)
  }

  /// The identifier of an item.
  ///
  /// - Parameters:
  ///   - route: The capture route.
  ///   - conversationID: The native id of its conversation.
  ///   - itemID: The native id of the item, or its position in the conversation (zero-based,
  ///     decimal) where the source gives none.
  /// - Returns: The same identifier in every store.
  package static func item(
    route: String, conversationID: String, itemID: String
  ) -> ObjectID {
    ObjectID(.item, derivedFrom: route, conversationID, itemID)
  }
}
