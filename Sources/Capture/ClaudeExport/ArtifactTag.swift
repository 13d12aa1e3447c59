// SPDX-License-Identifier: Apache-2.0
import Bytes

/// Artifacts inside text, as exports had them before tool blocks:
/// `<antArtifact identifier=… type=… title=…>…</antArtifact>` (claude-capture-formats section 6.3).
enum ArtifactTag {
  private static let opening = Array("<antArtifact".utf8)
  private static let closing = Array("</antArtifact>".utf8)

  /// The artifacts in order.
  ///
  /// One that is not closed goes to the end of the text.
  static func edits(in text: String) -> [ArtifactEdit] {
    var result: [ArtifactEdit] = []
    let bytes = text.utf8.span
    var index = find(opening, in: bytes, from: 0)
    while index < bytes.count {
      var position = index + opening.count
      let attributes = readAttributes(bytes, &position)
      guard let attributes else {
        index = find(opening, in: bytes, from: index + opening.count)
        continue
      }
      let end = find(closing, in: bytes, from: position)
      result.append(
        ArtifactEdit(
          id: attributes["identifier"], title: attributes["title"], type: attributes["type"],
          change: .set(string(bytes, position..<end))))
      index = find(opening, in: bytes, from: end)
    }
    return result
  }

  /// Reads attributes up to the closing angle bracket; nil when it is no such tag.
  private static func readAttributes(
    _ bytes: Span<UInt8>, _ position: inout Int
  ) -> [String: String]? {
    var attributes: [String: String] = [:]
    while true {
      let before = position
      skipWhitespace(bytes, &position)
      guard position < bytes.count else { return nil }
      if bytes[position] == UInt8(ascii: ">") {
        position += 1
        return attributes
      }
      guard position > before else { return nil }
      let start = position
      while position < bytes.count, isNameByte(bytes[position]) { position += 1 }
      let name = string(bytes, start..<position)
      guard !name.isEmpty, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "=")
      else { return nil }
      let quote = bytes[position + 1]
      guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
      let end = bytes.firstIndex(of: quote, from: position + 2)
      guard end < bytes.count else { return nil }
      attributes[name] = string(bytes, position + 2..<end)
      position = end + 1
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: ":"):
      true
    default: false
    }
  }

  private static func skipWhitespace(_ bytes: Span<UInt8>, _ position: inout Int) {
    while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
  }

  /// The next place of a tag; `count` when there is none.
  ///
  /// A tag begins with its only `<`, so no place is looked at twice.
  private static func find(_ tag: [UInt8], in bytes: Span<UInt8>, from start: Int) -> Int {
    var index = bytes.firstIndex(of: UInt8(ascii: "<"), from: start)
    while index < bytes.count {
      var matched = 0
      while matched < tag.count, index + matched < bytes.count,
        bytes[index + matched] == tag[matched]
      {
        matched += 1
      }
      if matched == tag.count { return index }
      index = bytes.firstIndex(of: UInt8(ascii: "<"), from: index + 1)
    }
    return bytes.count
  }

  private static func string(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
    unsafe bytes.extracting(range).withUnsafeBufferPointer { buffer in
      unsafe String(decoding: buffer, as: UTF8.self)
    }
  }
}
