// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// The HTML transcript of a slice: one file that needs nothing else and runs nothing
/// (export-formats section 7.3).
struct TranscriptPage {
  /// What stands above and below the events.
  struct Facts {
    var number: String
    var title: String
    var recordType: String
    /// Names and values, in order; empty values are left out.
    var facts: [(name: String, value: String)]
    var sliceID: String
    var part: String
    var nativeSHA256: String
  }

  private var bytes: [UInt8] = []
  private let facts: Facts
  private var usedIDs: Set<String> = []

  init(_ facts: Facts) {
    self.facts = facts
    bytes.append(head)
    bytes.append("<title>")
    bytes.appendHTML(facts.number + " " + oneLine(facts.title))
    bytes.append("</title>\n<style>\n")
    bytes.append(style)
    bytes.append("</style>\n</head>\n<body>\n<header>\n<h1 dir=\"auto\">")
    bytes.appendHTML(facts.title)
    bytes.append("</h1>\n<table>\n")
    for fact in facts.facts where !fact.value.isEmpty {
      bytes += TranscriptPage.row(fact.name, fact.value)
    }
    bytes.append("</table>\n</header>\n<main>\n")
  }

  /// The row of a fact above the events.
  static func row(_ name: String, _ value: String) -> [UInt8] {
    var bytes = rowStart(name)
    bytes.append("<td dir=\"auto\">")
    bytes.appendHTML(value)
    bytes.append(rowEnd + "\n")
    return bytes
  }

  /// How the row of a fact begins; no text of a capture holds it.
  static func rowStart(_ name: String) -> [UInt8] {
    var bytes = Array("<tr><th scope=\"row\">".utf8)
    bytes.appendHTML(name)
    bytes.append("</th>")
    return bytes
  }

  static let rowEnd = "</td></tr>"
  /// What ends the part of a page that the facts are in.
  static let factsEnd = "</header>"

  mutating func append(_ event: EventView) {
    bytes.append("<article")
    attribute("id", elementID(event.id))
    if let time = event.time { attribute("data-time", time.rfc3339) }
    attribute("data-sender", event.sender)
    attribute("data-sha256", event.sha256)
    bytes.append(">\n<h2><span class=\"time\">")
    bytes.append(event.timeText)
    bytes.append("</span> <span class=\"sender\" dir=\"auto\">")
    bytes.appendHTML(event.sender)
    bytes.append("</span>")
    for mark in event.marks {
      bytes.append(" <strong class=\"mark\">[")
      bytes.appendHTML(mark)
      bytes.append("]</strong>")
    }
    bytes.append("</h2>\n")
    var hasText = false
    for block in event.blocks where !(block.label.isEmpty && block.text.isEmpty) {
      hasText = true
      if !block.label.isEmpty {
        bytes.append("<p class=\"label\">[")
        bytes.appendHTML(block.label)
        bytes.append("]</p>\n")
      }
      guard !isBlank(block.text) else { continue }
      bytes.append("<div class=\"body\" dir=\"auto\">")
      bytes.appendHTML(block.text)
      bytes.append("</div>\n")
    }
    if !hasText { bytes.append("<p class=\"label\">[no text]</p>\n") }
    for attachment in event.attachments {
      bytes.append("<p class=\"file\" dir=\"auto\">[attachment: ")
      bytes.appendHTML(oneLine(attachment.name))
      bytes.append(" | " + attachment.number + "]</p>\n")
    }
    bytes.append("</article>\n")
  }

  /// The whole page; nothing may be added after it.
  consuming func finish() -> [UInt8] {
    bytes.append("</main>\n<footer>\n<p>")
    bytes.appendHTML(facts.number)
    bytes.append(" | ")
    bytes.appendHTML(facts.sliceID + " (" + facts.part + ")")
    bytes.append(" | SHA-256 of the native file: " + facts.nativeSHA256)
    bytes.append("</p>\n</footer>\n</body>\n</html>\n")
    return bytes
  }

  private mutating func attribute(_ name: String, _ value: String) {
    bytes.append(" " + name + "=\"")
    bytes.appendHTML(value)
    bytes.append("\"")
  }

  // An id has no white space and stands once in a page; a source may break both.
  private mutating func elementID(_ id: String) -> String {
    var text = id
    if !id.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) {
      text = String(
        String.UnicodeScalarView(
          id.unicodeScalars.map { $0.properties.isWhitespace || $0.value < 0x21 ? "_" : $0 }))
    }
    if text.isEmpty { text = "item" }
    var candidate = text
    var count = 1
    while !usedIDs.insert(candidate).inserted {
      count += 1
      candidate = text + "~" + String(count)
    }
    return candidate
  }
}

private func oneLine(_ text: String) -> String {
  guard text.utf8.contains(where: { $0 < 0x20 }) else { return text }
  return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
}

private func isBlank(_ text: String) -> Bool {
  text.utf8.allSatisfy { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
}

private let head = """
  <!DOCTYPE html>
  <html lang="en">
  <head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
  style-src 'unsafe-inline'">
  <meta name="viewport" content="width=device-width">

  """

private let style = """
  body { font-family: sans-serif; margin: 1em auto; max-width: 60em; padding: 0 1em; }
  h1 { font-size: 1.3em; }
  h2 { font-size: 1em; font-weight: normal; margin: 0; }
  th { font-weight: normal; padding-right: 1em; text-align: left; vertical-align: top; }
  article { border-top: 1px solid #999; padding: 0.5em 0; }
  .sender { font-weight: bold; }
  .body { overflow-wrap: anywhere; white-space: pre-wrap; }
  .label, .file { margin: 0.3em 0; }
  footer { border-top: 2px solid #333; font-size: 0.85em; }

  """
