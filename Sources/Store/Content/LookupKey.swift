// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import Query

/// Integer keys under which ids are indexed, so that no index holds texts of 30 bytes.
///
/// Two ids may share a key: who looks one up compares the id itself.
enum LookupKey {
  /// The first 12 of an id's 26 digits as 60 bits, in the order of the ids' texts.
  static func id(_ id: ObjectID) -> Int64 { Int64(id.leadingBits) }

  /// The same from the UTF-8 of the name that the id is derived from, without making the id.
  static func id(derivedFrom name: Span<UInt8>) -> Int64 {
    let bits = SHA256Digest.leadingBits(of: name)
    return (0..<12).reduce(0) { key, index in
      key << 5 | Int64(Base32.rank(ofValue: bits >> UInt64(59 - 5 * index) & 31))
    }
  }

  /// The keys of all ids whose digits begin so; nil when it is no beginning of an id's digits.
  static func range(digits: some StringProtocol) -> ClosedRange<Int64>? {
    var low: Int64 = 0
    var high: Int64 = 0
    var count = 0
    for digit in digits.utf8 {
      guard let rank = Base32.rank(of: digit) else { return nil }
      guard count < 12 else { continue }
      low = low << 5 | Int64(rank)
      high = high << 5 | Int64(rank)
      count += 1
    }
    while count < 12 {
      low = low << 5
      high = high << 5 | 31
      count += 1
    }
    return low...high
  }

  /// The key of a source's own id: FNV-1a over it as queries compare it.
  static func native(_ nativeID: String) -> Int64 {
    // Of printable ASCII without a blank only capitals are folded.
    let isPlain = nativeID.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in isPlain ? nativeID.utf8 : FoldedValue.wholeText(nativeID).utf8 {
      let isCapital = byte &- UInt8(ascii: "A") < 26
      hash = (hash ^ UInt64(isCapital ? byte | 0x20 : byte)) &* 0x100_0000_01B3
    }
    return Int64(bitPattern: hash)
  }
}
