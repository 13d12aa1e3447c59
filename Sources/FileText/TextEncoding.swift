// SPDX-License-Identifier: Apache-2.0
import Model

/// The character set of a text, and whether it is told or assumed.
struct TextEncoding: Equatable {
  /// As the system's converter knows it.
  var charset: String
  /// For people.
  var name: String
  /// How many bytes a byte order mark takes.
  var markByteCount = 0

  /// Finds the encoding of a text by its first bytes.
  ///
  /// A byte order mark decides, then what was declared, then whether it is UTF-8; else it is taken
  /// for Windows-1252, in which every byte is a character.
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
    let isUTF8 = TextEncoding.isUTF8(head, isWhole: isWhole)
    if let declared, !declared.isEmpty {
      let name = declared.lowercased()
      let saysLittle = ["us-ascii", "ascii", "utf-8", "utf8", "unknown-8bit", "8bit"].contains(name)
      // What says that it has no other characters, and has them, is judged by its bytes.
      if !saysLittle, CharsetDecoder(declared) != nil {
        self.init(charset: declared, name: name)
        return
      }
    }
    self =
      isUTF8
      ? TextEncoding.assumedUTF8
      : TextEncoding(charset: "WINDOWS-1252", name: "Windows-1252 assumed")
  }

  /// Of a text without a mark that is UTF-8 as far as one sees.
  static let assumedUTF8 = TextEncoding(charset: "UTF-8", name: "UTF-8")

  private init(charset: String, name: String, markByteCount: Int = 0) {
    self.charset = charset
    self.name = name
    self.markByteCount = markByteCount
  }

  // That of UTF-32 little-endian begins like that of UTF-16.
  private static let marks: [(mark: [UInt8], charset: String, name: String)] = [
    ([0xEF, 0xBB, 0xBF], "UTF-8", "UTF-8"),
    ([0xFF, 0xFE, 0, 0], "UTF-32LE", "UTF-32"),
    ([0, 0, 0xFE, 0xFF], "UTF-32BE", "UTF-32"),
    ([0xFF, 0xFE], "UTF-16LE", "UTF-16"),
    ([0xFE, 0xFF], "UTF-16BE", "UTF-16"),
  ]

  private static func isUTF8(_ head: [UInt8], isWhole: Bool) -> Bool {
    // A character may be cut at the end of what was looked at.
    for cut in 0...(isWhole ? 0 : min(3, head.count))
    where String(validating: head.dropLast(cut), as: UTF8.self) != nil {
      return true
    }
    return false
  }
}

extension PeekedFeed {
  /// Calls a body with the text in UTF-8, in pieces between characters.
  ///
  /// - Parameters:
  ///   - encoding: Of the text.
  ///   - body: Returns whether it wants more.
  /// - Returns: The encoding; another one where bytes far behind the first ones told of it.
  /// - Throws: What the feed throws.
  @discardableResult
  func forEachText(
    _ encoding: TextEncoding, _ body: ([UInt8]) throws -> Bool
  ) throws -> TextEncoding {
    var encoding = encoding
    guard var decoder = CharsetDecoder(encoding.charset) else {
      throw ExtractionFailure(.decodeError, "its character set is not known here")
    }
    // Of what is plain ASCII so far nobody knows the encoding yet.
    var isOpen = encoding == TextEncoding.assumedUTF8
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
        encoding = TextEncoding(of: Array(piece), isWhole: after.isEmpty)
        if let other = CharsetDecoder(encoding.charset) { decoder = other }
      }
      let text = decoder.decode(piece)
      if !text.isEmpty, try !body(text) { return encoding }
    }
    let last = decoder.finish()
    if !last.isEmpty { _ = try body(last) }
    return encoding
  }
}
