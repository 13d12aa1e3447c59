// SPDX-License-Identifier: Apache-2.0
import Bytes

extension ComplianceKey {
  /// Stretches of the secret from this length on are taken for a part of it, not for chance.
  private static let shortestPart = 8
  /// How often an escape may be escaped itself.
  private static let levels = 3

  /// A byte of a text, and the bytes that it is written with.
  private struct Unit {
    var byte: UInt8
    var range: Range<Int>
  }

  /// A text of the service in which the key, and every longer part of it, is masked: as it stands, in
  /// other letter case, percent-encoded or with the escapes of JSON.
  ///
  /// - Parameter text: What may repeat the key.
  /// - Returns: The text, with an ellipsis in place of each part of the secret; a kind's prefix and, at
  ///   the end of the whole key, the last four characters stay.
  package func masked(in text: String) -> String {
    let bytes = Array(text.utf8)
    let secret = secretPart
    var hidden = [Bool](repeating: false, count: bytes.count)
    var whole: Set<Int> = []
    var units = bytes.indices.map { Unit(byte: bytes[$0], range: $0..<$0 + 1) }
    for level in 0..<Self.levels {
      if level > 0 {
        let count = units.count
        units = Self.unescaped(units)
        guard units.count < count else { break }
      }
      Self.forEachPart(of: secret, in: units) { part in
        let place =
          units[part.lowerBound].range
          .lowerBound..<units[part.upperBound - 1].range
          .upperBound
        for index in place { hidden[index] = true }
        if part.count == secret.count { whole.insert(place.upperBound) }
      }
    }
    guard hidden.contains(true) else { return text }
    var shown: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      guard hidden[index] else {
        shown.append(byte)
        continue
      }
      if index == 0 || !hidden[index - 1] { shown += "…".utf8 }
      if whole.contains(index + 1) { shown += lastCharacters.utf8 }
    }
    return String(decoding: shown, as: UTF8.self)
  }

  /// Calls the body with each stretch that also stands in the secret and is long enough to tell.
  private static func forEachPart(
    of secret: [UInt8], in units: [Unit], _ body: (Range<Int>) -> Void
  ) {
    let shortest = min(shortestPart, secret.count)
    var start = 0
    while start + shortest <= units.count {
      var longest = 0
      for offset in secret.indices {
        var length = 0
        while offset + length < secret.count, start + length < units.count,
          secret[offset + length].lowercased == units[start + length].byte.lowercased
        {
          length += 1
        }
        longest = max(longest, length)
      }
      guard longest >= shortest else {
        start += 1
        continue
      }
      body(start..<start + longest)
      start += longest
    }
  }

  /// The same with each escape as the one byte that it stands for.
  private static func unescaped(_ units: [Unit]) -> [Unit] {
    var result: [Unit] = []
    var index = 0
    func number(at start: Int, _ count: Int) -> UInt8? {
      guard start + count <= units.count else { return nil }
      var value = 0
      for unit in units[start..<start + count] {
        guard let digit = Character(Unicode.Scalar(unit.byte)).hexDigitValue else { return nil }
        value = value * 16 + digit
      }
      return value < 0x80 ? UInt8(value) : nil
    }
    while index < units.count {
      var (byte, length) = (units[index].byte, 1)
      let next = index + 1 < units.count ? units[index + 1].byte : nil
      if byte == UInt8(ascii: "%"), let value = number(at: index + 1, 2) {
        (byte, length) = (value, 3)
      } else if byte == UInt8(ascii: "\\"), let next {
        if next == UInt8(ascii: "u"), let value = number(at: index + 2, 4) {
          (byte, length) = (value, 6)
        } else {
          (byte, length) = (next, 2)
        }
      }
      let place = units[index].range.lowerBound..<units[index + length - 1].range.upperBound
      result.append(Unit(byte: byte, range: place))
      index += length
    }
    return result
  }
}

extension UInt8 {
  /// A letter of ASCII in lower case; anything else as it is.
  fileprivate var lowercased: UInt8 { 0x41...0x5A ~= self ? self | 0x20 : self }
}
