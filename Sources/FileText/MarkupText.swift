// SPDX-License-Identifier: Apache-2.0
import Model
import XML

/// The text of HTML and XML files.
enum MarkupText {
  /// Reads the words that a reader of the page may see: texts, and those of images and fields.
  static func readHTML(
    _ feed: PeekedFeed, charset: String?, into extraction: Extraction
  ) throws -> String {
    let encoding = TextEncoding(
      of: feed.head, isWhole: feed.isWhole, declared: charset ?? declaredCharset(feed.head))
    let stream = try MarkupStream(.html, receiver: HTMLReceiver(extraction.sink))
    let used = try feed.forEachText(encoding, for: extraction) { piece in
      stream.read(piece.span)
      return !stream.isEnded
    }
    stream.finish()
    extraction.sink.endLine()
    if stream.isDamaged {
      extraction.note(ExtractionFailure(.textLimit, "elements lie too deep in each other"))
    }
    return "HTML, " + used.name
  }

  /// Reads texts and values of attributes; what is not well formed, or has entities of its own, is
  /// read as plain text.
  static func readXML(
    _ feed: PeekedFeed, charset: String?, into extraction: Extraction
  ) throws -> String {
    let encoding = TextEncoding(
      of: feed.head, isWhole: feed.isWhole, declared: charset ?? declaredCharset(feed.head))
    let sink = extraction.sink
    let start = sink.bytes.count
    let stream = try MarkupStream(.xml, receiver: XMLReceiver(sink))
    // Kept for the case that it breaks.
    let raw = TextSink(limit: extraction.limits.textByteCount)
    let used = try feed.forEachText(encoding, for: extraction) { piece in
      raw.append(piece[...])
      stream.read(piece.span)
      return !(stream.isEnded && raw.isCut)
    }
    stream.finish()
    sink.endLine()
    guard stream.isDamaged || stream.hasPassedOver else { return "XML, " + used.name }
    sink.replace(from: start, with: raw)
    let reason = stream.isDamaged ? "it is no well-formed XML" : "it has entities of its own"
    return "plain text, as \(reason), " + used.name
  }

  /// The character set that a document names in its first bytes, in `<?xml …?>` or `<meta …>`.
  static func declaredCharset(_ head: [UInt8]) -> String? {
    let text = String(decoding: head.prefix(2048), as: UTF8.self).lowercased()
    for key in ["charset=", "encoding="] {
      guard let range = text.firstRange(of: key) else { continue }
      let value = text[range.upperBound...].drop { "\"' ".contains($0) }
        .prefix { $0.isLetter || $0.isNumber || "-_.:".contains($0) }
      if !value.isEmpty { return String(value) }
    }
    return nil
  }
}

/// Appends text with white space as one blank, where the markup does not say otherwise.
struct FlowingText {
  let sink: TextSink
  private var hasSpace = false

  init(_ sink: TextSink) {
    self.sink = sink
  }

  mutating func append(_ text: Span<UInt8>) {
    var start = 0
    for index in text.indices {
      switch text[index] {
      case 9, 10, 12, 13, 32:
        flush(text.extracting(start..<index))
        start = index + 1
        hasSpace = true
      default: continue
      }
    }
    flush(text.extracting(start..<text.count))
  }

  private mutating func flush(_ word: Span<UInt8>) {
    guard !word.isEmpty else { return }
    if hasSpace, let last = sink.bytes.last, last > 0x20 { sink.append(" ") }
    hasSpace = false
    sink.append(word)
  }

  /// Sets a word apart from what came before.
  mutating func space() { hasSpace = true }

  mutating func endLine() {
    sink.endLine()
    hasSpace = false
  }

  /// Appends a line of its own.
  mutating func appendLine(_ text: String) {
    endLine()
    append(text.utf8Span.span)
    endLine()
  }
}

/// Takes the visible words of HTML.
private struct HTMLReceiver: MarkupReceiver {
  private var text: FlowingText
  /// In how many elements we are whose content nobody sees.
  private var hiddenDepth = 0

  init(_ sink: TextSink) {
    text = FlowingText(sink)
  }

  var isDone: Bool { text.sink.isCut }

  private static let hidden: Set<String> = ["script", "style"]
  private static let flowing: Set<String> = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike",
    "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
  ]
  private static let apart: Set<String> = ["td", "th", "img", "input", "button", "option"]

  mutating func begin(_ element: String, _ attributes: () -> [String: String]) {
    if Self.hidden.contains(element) { hiddenDepth += 1 }
    setApart(element)
    switch element {
    case "img", "area", "input", "a", "abbr", "iframe", "option":
      let found = attributes()
      for name in ["alt", "title", "placeholder"] { appendValue(found[name]) }
      if element == "input", found["type"]?.lowercased() != "password" {
        appendValue(found["value"])
      }
    case "meta":
      let found = attributes()
      if ["description", "keywords", "author"].contains(found["name"]?.lowercased() ?? "") {
        appendValue(found["content"])
        text.endLine()
      }
    default: break
    }
  }

  mutating func end(_ element: String) {
    if Self.hidden.contains(element), hiddenDepth > 0 { hiddenDepth -= 1 }
    setApart(element)
  }

  mutating func characters(_ piece: Span<UInt8>) {
    if hiddenDepth == 0 { text.append(piece) }
  }

  private mutating func appendValue(_ value: String?) {
    guard let value, !value.isEmpty else { return }
    text.space()
    text.append(value.utf8Span.span)
    text.space()
  }

  private mutating func setApart(_ element: String) {
    if Self.apart.contains(element) {
      text.space()
    } else if !Self.flowing.contains(element) {
      text.endLine()
    }
  }
}

/// Takes texts and attribute values of any XML, each element's own text on lines of its own.
private struct XMLReceiver: MarkupReceiver {
  private var text: FlowingText

  init(_ sink: TextSink) {
    text = FlowingText(sink)
  }

  var isDone: Bool { text.sink.isCut }

  mutating func begin(_ element: String, _ attributes: () -> [String: String]) {
    text.endLine()
    for (_, value) in attributes().sorted(by: { $0.key < $1.key }) { text.appendLine(value) }
  }

  mutating func end(_ element: String) { text.endLine() }

  mutating func characters(_ piece: Span<UInt8>) { text.append(piece) }
}
