// SPDX-License-Identifier: Apache-2.0

/// A value in the distinguished encoding of ASN.1 (X.690), as far as time stamps need it: tags of one
/// byte, lengths that are told.
struct DERValue {
  /// What a value is; the numbers are the first bytes of the encoding.
  enum Tag: UInt8 {
    case boolean = 0x01
    case integer = 0x02
    case bytes = 0x04
    case null = 0x05
    case identifier = 0x06
    case generalizedTime = 0x18
    case sequence = 0x30
    /// The first tagged part of a structure, with a value of its own in it.
    case firstPart = 0xA0
  }

  let tag: UInt8
  let content: ArraySlice<UInt8>

  /// Whether it is of a kind.
  func isA(_ tag: Tag) -> Bool { self.tag == tag.rawValue }

  /// The content of a value of a kind; nil for another kind.
  func content(_ tag: Tag) -> ArraySlice<UInt8>? { isA(tag) ? content : nil }

  /// The values that one of a kind is made of; nil for another kind, or where its bytes are no values.
  func parts(_ tag: Tag) -> [DERValue]? { content(tag).flatMap(DERValue.all) }

  /// All values of some bytes; nil where they are anything else.
  static func all(_ bytes: ArraySlice<UInt8>) -> [DERValue]? {
    var rest = bytes
    var values: [DERValue] = []
    while !rest.isEmpty {
      guard let value = DERValue(takingFrom: &rest) else { return nil }
      values.append(value)
    }
    return values
  }

  private init?(takingFrom rest: inout ArraySlice<UInt8>) {
    guard let tag = rest.popFirst(), tag & 0x1F != 0x1F, let first = rest.popFirst() else {
      return nil
    }
    var count = Int(first)
    if first >= 0x80 {
      // Without a told length (0x80) it is another encoding; and nothing here is larger than 4 GB.
      let digits = rest.prefix(Int(first & 0x7F))
      guard (1...4).contains(digits.count), digits.count == Int(first & 0x7F) else { return nil }
      count = digits.reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(digits.count)
    }
    guard count <= rest.count else { return nil }
    self.tag = tag
    content = rest.prefix(count)
    rest = rest.dropFirst(count)
  }

  // MARK: Writing

  /// The bytes of a value.
  static func encode(_ tag: Tag, _ content: [UInt8]) -> [UInt8] {
    var length: [UInt8] = []
    if content.count < 0x80 {
      length = [UInt8(content.count)]
    } else {
      var rest = content.count
      while rest > 0 {
        length.insert(UInt8(rest & 0xFF), at: 0)
        rest >>= 8
      }
      length.insert(0x80 | UInt8(length.count), at: 0)
    }
    return [tag.rawValue] + length + content
  }

  /// The bytes of a structure of some values.
  static func sequence(_ parts: [UInt8]...) -> [UInt8] {
    encode(.sequence, parts.flatMap(\.self))
  }
}
