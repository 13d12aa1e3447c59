// SPDX-License-Identifier: Apache-2.0
import Model
import XML

/// Reads OpenDocument texts, spreadsheets and presentations (OASIS ODF 1.3).
struct OpenDocumentText {
  private let archive: ArchiveText
  private let descriptor: Int32
  private let names: Set<String>

  init(_ archive: ArchiveText, _ descriptor: Int32, _ names: Set<String>) {
    self.archive = archive
    self.descriptor = descriptor
    self.names = names
  }

  /// - Returns: What it was read as.
  /// - Throws: `ExtractionFailure` for an encrypted document; `ArchiveError`.
  func read() throws -> String {
    let extraction = archive.extraction
    var isEncrypted = false
    try archive.forEachMember(
      descriptor, where: { $0 == "META-INF/manifest.xml" },
      read: { _, feed in
        isEncrypted = try extraction.readMarkup(feed, ManifestReceiver()).isEncrypted
      })
    guard !isEncrypted else { throw ExtractionFailure(.passwordProtected, "it is encrypted") }
    let texts = PartTexts(extraction)
    func read(_ name: String, _ feed: MemberFeed) throws {
      switch name {
      case "meta.xml":
        try texts.read(feed, PartOrder(rank: 9, name)) {
          NamedTextReceiver($0, wanted: Self.properties)
        }
      case "content.xml":
        try texts.read(feed, PartOrder(rank: 0, name)) { OpenParagraphReceiver($0) }
      default:
        try texts.read(feed, PartOrder(rank: 1, name)) { OpenParagraphReceiver($0) }
      }
    }
    try archive.forEachMember(descriptor, where: Self.isRead, read: read)
    texts.tell()
    return "OpenDocument"
  }

  /// The document, its headers and footers, and what objects in it hold.
  private static func isRead(_ name: String) -> Bool {
    name == "meta.xml" || name.hasSuffix("content.xml") || name == "styles.xml"
  }

  private static let properties: Set<String> = [
    "title", "subject", "description", "creator", "initial-creator", "keyword", "user-defined",
  ]
}

private struct ManifestReceiver: MarkupReceiver {
  var isEncrypted = false

  var isDone: Bool { isEncrypted }

  mutating func begin(_ element: String, _ attributes: () -> [String: String]) {
    if element == "encryption-data" { isEncrypted = true }
  }

  mutating func end(_ element: String) {}
  mutating func characters(_ piece: Span<UInt8>) {}
}

/// Takes paragraphs; cells of a table row stand on a line, with tabs between them.
private struct OpenParagraphReceiver: MarkupReceiver {
  private let sink: TextSink
  private var text: FlowingText
  private var depth = 0
  private var cellDepth = 0
  /// Whether a cell with text ended on this line.
  private var followsCell = false

  init(_ sink: TextSink) {
    self.sink = sink
    text = FlowingText(sink)
  }

  var isDone: Bool { sink.isCut }

  private static let texts: Set<String> = ["p", "h", "title", "desc"]

  mutating func begin(_ element: String, _ attributes: () -> [String: String]) {
    switch element {
    case "s": if depth > 0 { text.space() }
    case "tab": if depth > 0 { sink.append("\t") }
    case "line-break": if depth > 0 { sink.append("\n") }
    case "table":
      if let name = attributes()["name"] { text.appendLine(name) }
    case "a":
      // The address of a link, which may say more than its words.
      if let target = attributes()["href"] {
        text.space()
        text.append(target.utf8Span.span)
        text.space()
      }
    case "table-cell", "covered-table-cell": cellDepth += 1
    default: if Self.texts.contains(element) { depth += 1 }
    }
  }

  mutating func end(_ element: String) {
    switch element {
    case "table-cell", "covered-table-cell":
      cellDepth -= 1
      followsCell = true
    case "table-row":
      text.endLine()
      followsCell = false
    default:
      guard Self.texts.contains(element) else { return }
      depth -= 1
      if cellDepth > 0 { text.space() } else { text.endLine() }
    }
  }

  mutating func characters(_ piece: Span<UInt8>) {
    guard depth > 0 else { return }
    if followsCell {
      if let last = sink.bytes.last, last > 0x20 { sink.append("\t") }
      followsCell = false
    }
    text.append(piece)
  }
}
