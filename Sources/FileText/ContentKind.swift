// SPDX-License-Identifier: Apache-2.0
import Archives

/// What a file is, told by its first bytes; its name and declared type only help where these say
/// nothing.
enum ContentKind: Equatable {
  case empty
  case plainText
  case html
  case xml
  case mail
  /// Mails one after another, each after a line `From …`.
  case mailbox
  case pdf
  /// A zip, or a tar or single file, compressed or not.
  case archive
  /// A file of an older Office program, or an encrypted one of a newer: its streams' names tell.
  case compoundFile
  /// Anything else, by a name for people.
  case other(String)

  /// - Parameters:
  ///   - head: The first bytes, up to 64 KiB.
  ///   - name: The file's, which may lie.
  ///   - type: As declared; it may lie.
  init(of head: [UInt8], name: String, type: String) {
    if head.isEmpty {
      self = .empty
    } else if let known = ContentKind.known(head) {
      self = known
    } else if TextEncoding.hasMark(head) {
      self = ContentKind.text(head.filter { $0 != 0 }, name: name, type: type)
    } else if ContentKind.isBinary(head) {
      self = .other("data of an unknown type")
    } else {
      self = ContentKind.text(head, name: name, type: type)
    }
  }

  private static func known(_ head: [UInt8]) -> ContentKind? {
    for (bytes, kind) in signatures where head.starts(with: bytes) { return kind }
    // What begins with such letters and is readable is a text about that format.
    for (letters, kind) in letterSignatures
    where head.starts(with: Array(letters.utf8)) && isBinary(head) {
      return kind
    }
    // The header of a PDF may stand a little behind the begin.
    if find("%PDF-", in: head.prefix(1024)) { return .pdf }
    if TarHeader.begins(head) { return .archive }
    if head.count >= 12, head[4..<8].elementsEqual(Array("ftyp".utf8)), isBinary(head) {
      return .other("video or image")
    }
    return nil
  }

  private static let signatures: [([UInt8], ContentKind)] = [
    ([0x50, 0x4B, 3, 4], .archive), ([0x50, 0x4B, 5, 6], .archive),
    ([0x1F, 0x8B], .archive),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], .archive), ([0x28, 0xB5, 0x2F, 0xFD], .archive),
    ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], .compoundFile),
    ([0x89, 0x50, 0x4E, 0x47], .other("PNG image")), ([0xFF, 0xD8, 0xFF], .other("JPEG image")),
    (Array("II*\0".utf8), .other("TIFF image")),
    (Array("MM\0*".utf8), .other("TIFF image")), ([0x37, 0x7A, 0xBC, 0xAF], .other("7z archive")),
    (Array("{\\rtf".utf8), .other("RTF document")), ([0x7F, 0x45, 0x4C, 0x46], .other("program")),
    ([0x78, 0x9F, 0x3E, 0x22], .other("Outlook message data")),
  ]
  /// Those that are words in a text too.
  private static let letterSignatures: [(String, ContentKind)] = [
    ("BZh", .archive), ("GIF8", .other("GIF image")), ("Rar!", .other("RAR archive")),
    ("ID3", .other("audio")), ("OggS", .other("audio or video")),
    ("RIFF", .other("audio or video")), ("SQLite format 3", .other("SQLite database")),
    ("!BDN", .other("Outlook mailbox")),
  ]

  /// Whether bytes without a mark are no text of any character set.
  static func isBinary(_ head: [UInt8]) -> Bool {
    var controls = 0
    for byte in head {
      switch byte {
      case 0: return true
      case 8, 9, 10, 11, 12, 13, 0x1B, 0x20...0x7E, 0x80...: break
      default: controls += 1
      }
    }
    return controls * 50 > head.count
  }

  private static func text(_ head: [UInt8], name: String, type: String) -> ContentKind {
    let start = head.firstIndex { $0 > 0x20 && $0 < 0x7F } ?? head.endIndex
    let text = String(decoding: head[start...].prefix(2048), as: UTF8.self)
    let lower = text.lowercased()
    let fileExtension = name.lowercased().split(separator: ".").last.map(String.init) ?? ""
    let declared = type.lowercased()
    let saysHTML =
      declared.hasPrefix("text/html") || ["html", "htm", "xhtml"].contains(fileExtension)
    if lower.hasPrefix("<") {
      let saysXML = lower.hasPrefix("<?xml")
      if lower.hasPrefix("<!doctype html") || lower.hasPrefix("<html") || saysHTML && !saysXML {
        return .html
      }
      if saysXML || lower.hasPrefix("<!doctype") || declared.hasSuffix("xml")
        || ["xml", "svg", "xsd", "xsl", "kml", "gpx"].contains(fileExtension)
      {
        return lower.contains("<html") ? .html : .xml
      }
      if lower.hasPrefix("<!--"), lower.contains("<html") { return .html }
      if ["<head", "<body", "<div", "<table", "<p>"].contains(where: lower.hasPrefix) {
        return .html
      }
    }
    if lower.hasPrefix("from "), let lineEnd = text.firstIndex(where: \.isNewline),
      isMail(text[lineEnd...].drop { $0.isNewline }, isDeclared: false)
    {
      return .mailbox
    }
    let saysMail = declared.hasPrefix("message/rfc822") || fileExtension == "eml"
    return isMail(text[...], isDeclared: saysMail) ? .mail : .plainText
  }

  /// Whether a text begins with the header of a mail (RFC 5322 §2.2): fields, two of them such as
  /// every mail has, or one where it is declared to be one.
  private static func isMail(_ text: Substring, isDeclared: Bool) -> Bool {
    var seen: Set<Substring> = []
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).prefix(60)
    {
      if line.isEmpty { break }
      if line.first == " " || line.first == "\t", !seen.isEmpty { continue }
      guard let colon = line.firstIndex(of: ":"),
        line[..<colon].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
      else { break }
      seen.insert(Substring(line[..<colon].lowercased()))
    }
    let usual: Set<Substring> = [
      "from", "to", "subject", "date", "message-id", "received", "return-path", "mime-version",
      "delivered-to", "content-type",
    ]
    let count = seen.intersection(usual).count
    let hasOrigin = !seen.isDisjoint(with: ["from", "received", "message-id", "return-path"])
    return isDeclared ? count >= 1 : count >= 3 && hasOrigin
  }

  /// Whether some bytes have others in them.
  static func find(_ needle: String, in bytes: ArraySlice<UInt8>) -> Bool {
    let wanted = Array(needle.utf8)
    guard bytes.count >= wanted.count else { return false }
    var index = bytes.startIndex
    while let found = bytes[index...].firstIndex(of: wanted[0]) {
      if bytes[found...].starts(with: wanted) { return true }
      index = found + 1
    }
    return false
  }
}
