// SPDX-License-Identifier: Apache-2.0
import Model
import XML

/// The kinds of Office Open XML documents (ECMA-376).
enum OfficeDocument: String {
  case text = "Word document"
  case spreadsheet = "Excel workbook"
  case slides = "PowerPoint presentation"

  /// - Parameter names: Of all parts; nil where they are those of no such document.
  init?(_ names: Set<String>) {
    guard names.contains("[Content_Types].xml") else { return nil }
    if names.contains(where: { $0.hasPrefix("word/") }) {
      self = .text
    } else if names.contains(where: { $0.hasPrefix("xl/") }) {
      self = .spreadsheet
    } else if names.contains(where: { $0.hasPrefix("ppt/") }) {
      self = .slides
    } else {
      return nil
    }
  }
}

/// Reads Office Open XML documents: bodies, headers, notes, comments, text that was deleted with
/// changes tracked, addresses of links, properties, and documents embedded in them.
struct OfficeText {
  private let archive: ArchiveText
  private let descriptor: Int32
  private let names: Set<String>
  private var extraction: Extraction { archive.extraction }

  init(_ archive: ArchiveText, _ descriptor: Int32, _ names: Set<String>) {
    self.archive = archive
    self.descriptor = descriptor
    self.names = names
  }

  /// - Returns: What it was read as.
  /// - Throws: `ArchiveError`.
  func read(_ document: OfficeDocument) throws -> String {
    let texts = PartTexts(extraction)
    let strings =
      document == .spreadsheet ? try SharedStrings(archive, descriptor) : SharedStrings()
    func read(_ name: String, _ feed: MemberFeed) throws {
      if name.hasSuffix(".rels") {
        return try texts.read(feed, PartOrder(rank: 8, name)) { LinkReceiver($0) }
      }
      if name.hasPrefix("docProps/") {
        return try texts.read(feed, PartOrder(rank: 9, name)) {
          NamedTextReceiver($0, wanted: Self.properties)
        }
      }
      guard let rank = Self.rank(of: name, in: document) else { return }
      if document == .spreadsheet, name.hasPrefix("xl/worksheets/") {
        try texts.read(feed, PartOrder(rank: rank, name)) {
          SheetReceiver(extraction, $0, strings)
        }
      } else if name.hasPrefix("xl/pivotCache/") {
        try texts.read(feed, PartOrder(rank: rank, name)) { PivotCacheReceiver($0) }
      } else if name == "xl/workbook.xml" {
        try texts.read(feed, PartOrder(rank: rank, name)) { SheetNameReceiver($0) }
      } else {
        try texts.read(feed, PartOrder(rank: rank, name)) { ParagraphReceiver($0) }
      }
    }
    try archive.forEachMember(
      descriptor, where: { $0.hasSuffix(".xml") || $0.hasSuffix(".rels") }, read: read)
    texts.tell()
    if names.contains("xl/workbook.bin") {
      extraction.note(
        ExtractionFailure(.unsupportedType, "nothing here reads its type: binary Excel workbook"))
    }
    if names.contains(where: Self.isEmbedded) {
      try archive.forEachMember(
        descriptor, where: Self.isEmbedded,
        read: { name, feed in
          try extraction.read(feed, name: name, type: "", depth: archive.depth + 1)
          extraction.sink.endLine()
        })
    }
    return document.rawValue
  }

  private static func isEmbedded(_ name: String) -> Bool { name.contains("/embeddings/") }

  private static let properties: Set<String> = [
    "title", "subject", "creator", "keywords", "description", "category", "lastModifiedBy",
    "Company", "Manager", "lpwstr",
  ]

  /// Parts that hold no words of the document: formats and texts of templates.
  private static let formats: Set<String> = [
    "styles", "stylesWithEffects", "settings", "webSettings", "fontTable", "numbering", "theme",
    "presProps", "viewProps", "tableStyles", "calcChain", "metadata", "people", "presentation",
    "vbaData", "sharedStrings", "commentAuthors", "connections",
  ]
  private static let formatFolders = [
    "/theme/", "/slideMasters/", "/slideLayouts/", "/notesMasters/", "/handoutMasters/",
    "/embeddings/", "/media/", "/printerSettings/", "/activeX/", "/persons/",
    "/tags/",
  ]

  /// Where a part's text is told; nil of one without words.
  private static func rank(of name: String, in document: OfficeDocument) -> Int? {
    let folder =
      switch document {
      case .text: "word/"
      case .spreadsheet: "xl/"
      case .slides: "ppt/"
      }
    guard name.hasPrefix(folder), !formatFolders.contains(where: name.contains) else { return nil }
    let file = String((name.split(separator: "/").last ?? "").dropLast(4))
    if formats.contains(file) { return nil }
    switch file.filter({ !$0.isNumber }) {
    case "document", "workbook": return 0
    case "slide", "sheet": return 1
    case "header": return 2
    case "footer": return 3
    case "footnotes", "endnotes", "notesSlide": return 4
    case "comments", "comment", "threadedComment", "modernComment": return 5
    default: return 6
    }
  }
}

/// Takes paragraphs of word processing and drawing markup.
private struct ParagraphReceiver: MarkupReceiver {
  private let sink: TextSink
  private var depth = 0
  /// In how many elements we are that repeat, for older programs, what came before.
  private var fallbackDepth = 0

  init(_ sink: TextSink) {
    self.sink = sink
  }

  var isDone: Bool { sink.isCut }

  /// Runs of text, deleted ones, codes of fields, values of charts, texts of comments.
  private static let texts: Set<String> = [
    "t", "delText", "instrText", "delInstrText", "v", "text",
  ]

  mutating func begin(_ element: String, _ attributes: () -> [String: String]) {
    switch element {
    case "Fallback": fallbackDepth += 1
    case _ where fallbackDepth > 0: break
    case "tab", "ptab": if depth == 0 { appendOnLine("\t") }
    case "br", "cr": sink.append("\n")
    case "noBreakHyphen": sink.append("-")
    case "docPr", "cNvPr":
      // What a picture shows, in the author's words.
      if let description = attributes()["descr"], !description.isEmpty {
        sink.append(" " + description + " ")
      }
    default: if Self.texts.contains(element) { depth += 1 }
    }
  }

  mutating func end(_ element: String) {
    switch element {
    case "Fallback": if fallbackDepth > 0 { fallbackDepth -= 1 }
    case _ where fallbackDepth > 0: break
    case "p", "tr", "comment", "threadedComment", "pt": sink.endLine()
    case "tc": appendOnLine("\t")
    default: if Self.texts.contains(element), depth > 0 { depth -= 1 }
    }
  }

  mutating func characters(_ piece: Span<UInt8>) {
    if depth > 0, fallbackDepth == 0 { sink.append(piece) }
  }

  private func appendOnLine(_ text: String) {
    if let last = sink.bytes.last, last != UInt8(ascii: "\n") { sink.append(text) }
  }
}

/// Takes the addresses that links of a document lead to.
private struct LinkReceiver: MarkupReceiver {
  private let sink: TextSink

  init(_ sink: TextSink) {
    self.sink = sink
  }

  var isDone: Bool { sink.isCut }

  mutating func begin(_ element: String, _ attributes: () -> [String: String]) {
    guard element == "Relationship" else { return }
    let found = attributes()
    guard found["TargetMode"] == "External", found["Type"]?.hasSuffix("/hyperlink") == true,
      let target = found["Target"]
    else { return }
    sink.append(target + "\n")
  }

  mutating func end(_ element: String) {}
  mutating func characters(_ piece: Span<UInt8>) {}
}
