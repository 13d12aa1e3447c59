// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// The character set of a text, and whether it is told or assumed.
struct TextEncoding: Equatable {
  /// As the system's converter knows it.
  var charset: String
  /// For people.
  var name: String
  /// How many bytes a byte order mark takes.
  var markByteCount = 0
  /// Whether the text or its carrier says that it is UTF-8.
  private var isDeclaredUTF8 = false

  /// Finds the encoding of a text by its first bytes.
  ///
  /// A byte order mark decides, then what was declared, then whether it is UTF-8, a few wrong bytes
  /// or not; else it is taken for Windows-1252, in which nearly every byte is a character.
  ///
  /// - Parameters:
  ///   - head: The first bytes.
  ///   - isWhole: Whether nothing follows them.
  ///   - declared: The character set that the text or its carrier names.
  init(of head: [UInt8], isWhole: Bool, declared: String? = nil) {
    for (mark, charset, name) in TextEncoding.marks where head.starts(with: mark) {
      self.init(charset: charset, name: name, markByteCount: mark.count)
      return
    }
    var isDeclaredUTF8 = false
    if let declared, !declared.isEmpty {
      let name = declared.lowercased()
      isDeclaredUTF8 = ["utf-8", "utf8"].contains(name)
      let saysLittle =
        isDeclaredUTF8 || ["us-ascii", "ascii", "unknown-8bit", "8bit"].contains(name)
      // What says that it has no other characters, and has them, is judged by its bytes.
      if !saysLittle, CharsetDecoder(declared) != nil {
        self.init(charset: declared, name: name)
        return
      }
    }
    let isUTF8 = TextEncoding.isUTF8(head, isWhole: isWhole, isDeclared: isDeclaredUTF8)
    self.init(
      charset: isUTF8 ? TextEncoding.utf8 : TextEncoding.fallback,
      name: isUTF8 ? "UTF-8" : "Windows-1252 assumed")
    self.isDeclaredUTF8 = isDeclaredUTF8
    isAssumed = true
  }

  /// Whether it is told by nothing but the bytes that were seen.
  private var isAssumed = false

  /// Whether it is UTF-8 as far as one sees, and bytes to come may tell of another encoding.
  var isOpen: Bool { isAssumed && charset == TextEncoding.utf8 }
  /// Whether it is what is assumed where nothing is told.
  var isFallback: Bool { isAssumed && charset == TextEncoding.fallback }
  /// Whether the text says that it is UTF-8, and is not.
  var breaksDeclaration: Bool { isFallback && isDeclaredUTF8 }

  /// The encoding of the same text, judged by bytes behind the first ones.
  func judged(by bytes: [UInt8], isWhole: Bool) -> TextEncoding {
    TextEncoding(of: bytes, isWhole: isWhole, declared: isDeclaredUTF8 ? "utf-8" : nil)
  }

  private static let utf8 = "UTF-8"
  private static let fallback = "WINDOWS-1252"

  private init(charset: String, name: String, markByteCount: Int = 0) {
    self.charset = charset
    self.name = name
    self.markByteCount = markByteCount
  }

  // That of UTF-32 little-endian begins like that of UTF-16.
  private static let marks: [(mark: [UInt8], charset: String, name: String)] = [
    (ByteOrderMark.utf8, "UTF-8", "UTF-8"),
    ([0xFF, 0xFE, 0, 0], "UTF-32LE", "UTF-32"),
    ([0, 0, 0xFE, 0xFF], "UTF-32BE", "UTF-32"),
    ([0xFF, 0xFE], "UTF-16LE", "UTF-16"),
    ([0xFE, 0xFF], "UTF-16BE", "UTF-16"),
  ]

  /// Whether a text begins with a byte order mark.
  static func hasMark(_ head: [UInt8]) -> Bool {
    marks.contains { head.starts(with: $0.mark) }
  }

  private static func isUTF8(_ head: [UInt8], isWhole: Bool, isDeclared: Bool) -> Bool {
    // A character may be cut at the end of what was looked at.
    for cut in 0...(isWhole ? 0 : min(3, head.count))
    where String(validating: head.dropLast(cut), as: UTF8.self) != nil {
      return true
    }
    var tally = UTF8Tally()
    tally.add(head.span, isWhole: isWhole)
    return tally.speaksForUTF8 || isDeclared && tally.characterCount > 0
  }
}

extension PeekedFeed {
  /// Calls a body with the text in UTF-8, in pieces between characters.
  ///
  /// Bytes that are no characters of the encoding are noted as lacking.
  ///
  /// - Parameters:
  ///   - encoding: Of the text.
  ///   - extraction: Gets the notes.
  ///   - body: Returns whether it wants more.
  /// - Returns: The encoding; another one where bytes far behind the first ones told of it.
  /// - Throws: What the feed throws.
  @discardableResult
  func forEachText(
    _ encoding: TextEncoding, for extraction: Extraction, _ body: ([UInt8]) throws -> Bool
  ) throws -> TextEncoding {
    var encoding = encoding
    guard var decoder = CharsetDecoder(encoding.charset) else {
      throw ExtractionFailure(.decodeError, "its character set is not known here")
    }
    // Of what is plain ASCII so far nobody knows the encoding yet.
    var isOpen = encoding.isOpen
    // Of what is taken for another encoding, whether all of it tells of UTF-8 after all.
    var tally = UTF8Tally()
    defer {
      if decoder.errorCount > 0 {
        extraction.note(
          ExtractionFailure(
            .decodeError, "bytes that are no characters of its encoding: \(decoder.errorCount)"))
      } else if encoding.breaksDeclaration || tally.speaksForUTF8 {
        extraction.note(ExtractionFailure(.decodeError, "its encoding is not clear"))
      }
    }
    var skip = encoding.markByteCount
    var following: ArraySlice<UInt8>?
    while true {
      var piece = try following ?? next()
      following = nil
      if piece.isEmpty { break }
      let skipped = min(skip, piece.count)
      piece = piece.dropFirst(skipped)
      skip -= skipped
      if isOpen, piece.contains(where: { $0 >= 0x80 }) {
        isOpen = false
        // At the very end no character may be cut.
        let after = try next()
        following = after
        encoding = encoding.judged(by: Array(piece), isWhole: after.isEmpty)
        if let other = CharsetDecoder(encoding.charset) { decoder = other }
      }
      if encoding.isFallback { tally.add(piece.span, isWhole: false) }
      let text = decoder.decode(piece)
      if !text.isEmpty, try !body(text) { return encoding }
    }
    let last = decoder.finish()
    if !last.isEmpty { _ = try body(last) }
    return encoding
  }
}
