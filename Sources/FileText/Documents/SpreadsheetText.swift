// SPDX-License-Identifier: Apache-2.0
import Model
import XML

/// The texts of a workbook that its cells refer to by number (ECMA-376 part 1, 18.4).
final class SharedStrings {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  /// Whether there are more than may lie in memory.
  private var isCut = false

  init() {}

  /// Reads them.
  ///
  /// - Throws: `ArchiveError`.
  init(_ archive: ArchiveText, _ descriptor: Int32) throws {
    try archive.forEachMember(
      descriptor, where: { $0 == "xl/sharedStrings.xml" },
      read: { _, feed in
        _ = try archive.extraction.readMarkup(
          feed, Receiver(strings: self, limit: archive.extraction.limits.partByteCount))
      })
    if isCut {
      archive.extraction.note(
        ExtractionFailure(.textLimit, "it has more texts of cells than are read"))
    }
  }

  subscript(_ index: Int) -> ArraySlice<UInt8> {
    guard ends.indices.contains(index) else { return [] }
    return bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  private struct Receiver: MarkupReceiver {
    let strings: SharedStrings
    let limit: Int
    private var isText = false
    /// Readings of East Asian characters are no part of the cell.
    private var isReading = false

    init(strings: SharedStrings, limit: Int) {
      self.strings = strings
      self.limit = limit
    }

    var isDone: Bool { strings.isCut }

    mutating func begin(_ element: String, _ attributes: () -> [String: String]) {
      if strings.bytes.count + strings.ends.count * 8 > limit { strings.isCut = true }
      if element == "t" { isText = true }
      if element == "rPh" { isReading = true }
    }

    mutating func end(_ element: String) {
      if element == "t" { isText = false }
      if element == "rPh" { isReading = false }
      if element == "si" { strings.ends.append(strings.bytes.count) }
    }

    mutating func characters(_ piece: Span<UInt8>) {
      guard isText, !isReading else { return }
      guard strings.bytes.count + piece.count <= limit else {
        strings.isCut = true
        return
      }
      unsafe piece.withUnsafeBufferPointer { unsafe strings.bytes.append(contentsOf: $0) }
    }
  }
}

/// Takes the cells of a sheet, a row on a line, with tabs between them.
struct SheetReceiver: MarkupReceiver {
  /// Bytes of a value that stands in its cell; Excel allows 32,767 characters.
  private static let valueByteLimit = 1 << 20

  private let extraction: Extraction
  private let sink: TextSink
  private let strings: SharedStrings
  private var cellType = ""
  private var value: [UInt8] = []
  private var isValue = false

  /// - Parameters:
  ///   - extraction: Gets what is lacking.
  ///   - sink: Gets the text.
  ///   - strings: Of the workbook.
  init(_ extraction: Extraction, _ sink: TextSink, _ strings: SharedStrings) {
    self.extraction = extraction
    self.sink = sink
    self.strings = strings
  }

  var isDone: Bool { sink.isCut }

  mutating func begin(_ element: String, _ attributes: () -> [String: String]) {
    switch element {
    case "c":
      cellType = attributes()["t"] ?? ""
      value = []
    case "v", "t", "oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader",
      "firstFooter":
      isValue = true
    default: break
    }
  }

  mutating func end(_ element: String) {
    switch element {
    case "v", "t": isValue = false
    case "c": tellCell()
    case "row": sink.endLine()
    case "oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter":
      isValue = false
      sink.endLine()
      sink.append(value[...])
      value = []
      sink.endLine()
    default: break
    }
  }

  mutating func characters(_ piece: Span<UInt8>) {
    guard isValue else { return }
    guard value.count < Self.valueByteLimit else {
      return extraction.note(
        ExtractionFailure(
          .textLimit, "a cell in it has more than \(Self.valueByteLimit) bytes of text"))
    }
    unsafe piece.withUnsafeBufferPointer { unsafe value.append(contentsOf: $0) }
  }

  private mutating func tellCell() {
    defer { value = [] }
    let text =
      cellType == "s" ? strings[Int(String(decoding: value, as: UTF8.self)) ?? -1] : value[...]
    guard !text.isEmpty else { return }
    if let last = sink.bytes.last, last != UInt8(ascii: "\n") { sink.append("\t") }
    sink.append(text)
  }
}

/// Takes the names of a workbook's sheets.
struct SheetNameReceiver: MarkupReceiver {
  private let sink: TextSink

  init(_ sink: TextSink) {
    self.sink = sink
  }

  var isDone: Bool { sink.isCut }

  mutating func begin(_ element: String, _ attributes: () -> [String: String]) {
    guard element == "sheet", let name = attributes()["name"] else { return }
    sink.append(name + "\n")
  }

  mutating func end(_ element: String) {}
  mutating func characters(_ piece: Span<UInt8>) {}
}

/// Takes what a pivot table was made of, which may stand on no sheet any more (ECMA-376 part 1, 18.10).
struct PivotCacheReceiver: MarkupReceiver {
  private let sink: TextSink

  init(_ sink: TextSink) {
    self.sink = sink
  }

  var isDone: Bool { sink.isCut }

  mutating func begin(_ element: String, _ attributes: () -> [String: String]) {
    switch element {
    case "cacheField":
      sink.endLine()
      tell(attributes()["name"])
    case "s", "n", "d", "e": tell(attributes()["v"])
    case "r": sink.endLine()
    default: break
    }
  }

  mutating func end(_ element: String) {
    if element == "cacheField" || element == "r" { sink.endLine() }
  }

  mutating func characters(_ piece: Span<UInt8>) {}

  private func tell(_ value: String?) {
    guard let value, !value.isEmpty else { return }
    if let last = sink.bytes.last, last != UInt8(ascii: "\n") { sink.append("\t") }
    sink.append(value)
  }
}
