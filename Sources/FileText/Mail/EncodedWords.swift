// SPDX-License-Identifier: Apache-2.0

/// Words of a header in other characters (RFC 2047).
struct EncodedWords {
  /// The longest word; more than the 75 bytes of RFC 2047 §2, as programs write longer ones.
  private static let wordByteLimit = 4096
  private static let charsetByteLimit = 64

  private let bytes: [UInt8]
  /// The next `?=` from a place that was looked at; looked for once over all words.
  private var knownEnd = 0

  private init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// A header's value with its encoded words decoded; what is none stays.
  ///
  /// - Complexity: O(*n*) in the length of the text.
  static func decoded(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "?")) else { return text }
    var words = EncodedWords(text)
    return words.decoded()
  }

  private mutating func decoded() -> String {
    var result: [UInt8] = []
    var start = 0
    var place = 0
    var followsWord = false
    while place + 1 < bytes.count {
      guard isPair("=", "?", at: place), let (word, end) = word(from: place + 2) else {
        place += 1
        continue
      }
      let before = bytes[start..<place]
      // Blanks between two encoded words are no part of the text.
      if !(followsWord && before.allSatisfy(Self.isBlank)) { result += before }
      result += word
      start = end
      place = end
      followsWord = true
    }
    return String(decoding: result + bytes[start...], as: UTF8.self)
  }

  private func isPair(_ first: Unicode.Scalar, _ second: Unicode.Scalar, at place: Int) -> Bool {
    place + 1 < bytes.count && bytes[place] == UInt8(ascii: first)
      && bytes[place + 1] == UInt8(ascii: second)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }

  /// The word whose character set begins at a place, and where it ends.
  private mutating func word(from start: Int) -> (bytes: [UInt8], end: Int)? {
    let mark = UInt8(ascii: "?")
    let head = bytes[start...].prefix(Self.charsetByteLimit)
    guard let charsetEnd = head.firstIndex(of: mark), charsetEnd + 2 < bytes.count,
      bytes[charsetEnd + 2] == mark
    else { return nil }
    let begin = charsetEnd + 3
    guard let end = end(from: begin), end - begin <= Self.wordByteLimit else { return nil }
    var code = Array(bytes[begin..<end])
    let coding: TransferCoding
    switch bytes[charsetEnd + 1] {
    case UInt8(ascii: "B"), UInt8(ascii: "b"): coding = .base64
    case UInt8(ascii: "Q"), UInt8(ascii: "q"):
      coding = .quotedPrintable
      for index in code.indices where code[index] == UInt8(ascii: "_") { code[index] = 0x20 }
    default: return nil
    }
    // A language may follow the character set (RFC 2231 §5).
    let charset = String(decoding: bytes[start..<charsetEnd], as: UTF8.self)
      .split(separator: "*").first.map(String.init)
    guard let decoder = CharsetDecoder(charset ?? "") else { return nil }
    return (decoder.decode(coding.decode(code[...]), isLast: true), end + 2)
  }

  /// Where the first `?=` from a place on stands.
  private mutating func end(from place: Int) -> Int? {
    knownEnd = max(knownEnd, place)
    while knownEnd < bytes.count {
      if isPair("?", "=", at: knownEnd) { return knownEnd }
      knownEnd += 1
    }
    return nil
  }
}
