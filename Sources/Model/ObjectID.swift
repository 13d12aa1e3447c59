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
///
/// It is kept as numbers: results hold ids by the million, and their texts would each be allocated.
package struct ObjectID: Hashable, Comparable, Sendable, CustomStringConvertible {
  private static let digitCount = 26

  /// What the identifier names.
  package let kind: ObjectKind
  // Five bits a digit, the first digit leading: twelve digits, twelve, and two.
  private let high: UInt64
  private let middle: UInt64
  private let low: UInt16

  /// Reads an identifier; nil unless it has a known prefix and 26 base-32 digits after it.
  package init?(_ text: some StringProtocol) {
    guard let cut = text.lastIndex(of: "_"),
      let kind = ObjectKind(rawValue: String(text[..<cut]))
    else { return nil }
    let digits = text[text.index(after: cut)...].utf8
    guard digits.count == ObjectID.digitCount else { return nil }
    var numbers = Base32Numbers()
    for digit in digits {
      guard let rank = Base32.rank(of: digit) else { return nil }
      numbers.append(rank)
    }
    self.init(kind, numbers)
  }

  private init(_ kind: ObjectKind, _ numbers: Base32Numbers) {
    self.kind = kind
    (high, middle, low) = (numbers.high, numbers.middle, UInt16(truncatingIfNeeded: numbers.low))
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
    var numbers = Base32Numbers()
    for digit in 0..<ObjectID.digitCount {
      let bit = digit * 5
      let pair = unsafe UInt16(bytes[bit / 8]) << 8 | UInt16(bytes[bit / 8 + 1])
      numbers.append(Base32.rank(ofValue: UInt64(pair >> UInt16(11 - bit % 8)) & 31))
    }
    self.init(kind, numbers)
  }

  /// The identifier as shown and stored, such as `conv_abcdefghijklmnopqrstuvwxyz`.
  package var text: String {
    let prefix = kind.rawValue.utf8
    return unsafe String(unsafeUninitializedCapacity: prefix.count + 1 + ObjectID.digitCount) {
      buffer in
      var count = unsafe buffer.update(fromContentsOf: prefix)
      unsafe buffer[count] = UInt8(ascii: "_")
      for (number, digitCount) in [(high, 12), (middle, 12), (UInt64(low), 2)] {
        for place in (0..<digitCount).reversed() {
          count += 1
          unsafe buffer[count] = Base32.digit(ofRank: number >> UInt64(5 * place) & 31)
        }
      }
      return count + 1
    }
  }

  /// Its first 12 digits as 60 bits, in the order of the texts.
  package var leadingBits: UInt64 { high }

  /// The order of the texts.
  package static func < (left: ObjectID, right: ObjectID) -> Bool {
    guard left.kind == right.kind else { return left.kind.rawValue < right.kind.rawValue }
    return (left.high, left.middle, left.low) < (right.high, right.middle, right.low)
  }

  package var description: String { text }
}

/// Numbers that the ranks of base-32 digits are gathered into.
private struct Base32Numbers {
  private(set) var high: UInt64 = 0
  private(set) var middle: UInt64 = 0
  private(set) var low: UInt64 = 0
  private var count = 0

  mutating func append(_ rank: UInt64) {
    switch count {
    case 0..<12: high = high << 5 | rank
    case 12..<24: middle = middle << 5 | rank
    default: low = low << 5 | rank
    }
    count += 1
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
