// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import Production
import Query
import Store

/// A hit report as one HTML page that needs nothing else, runs nothing and prints in black and
/// white.
struct StatisticsPage {
  /// Rows of a table after which the page refers to the other formats.
  private static let rowLimit = 1000
  /// Custodians that are named of each term.
  private static let personLimit = 10

  private let report: StatisticsReport
  private var bytes: [UInt8] = []

  init(_ report: StatisticsReport) {
    self.report = report
  }

  /// Hands out the page piece by piece.
  ///
  /// - Throws: What the body throws; `StoreError` when the store cannot be read.
  mutating func write(_ body: ([UInt8]) throws -> Void) throws {
    appendHead()
    appendTotals()
    appendTerms()
    appendConditions()
    appendMonths()
    for (table, grouping) in StatisticsReport.groupings where grouping != .month {
      appendGroup(table, report.statistics.groups[grouping] ?? [])
      try body(bytes)
      bytes.removeAll()
    }
    appendPersons()
    try appendUnsearchable()
    appendExceptions()
    append("</main>\n<footer>\n<p>\(Program.name) \(Program.version)</p>\n</footer>\n</body>\n")
    append("</html>\n")
    try body(bytes)
    bytes.removeAll()
  }

  // MARK: - Parts

  private mutating func append(_ markup: String) {
    bytes.append(contentsOf: markup.utf8)
  }

  private mutating func appendHead() {
    let digest = Data(SHA256Digest(of: style).bytes).base64EncodedString()
    append(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src \
      'sha256-\(digest)'; base-uri 'none'; form-action 'none'">
      <meta name="viewport" content="width=device-width">
      <title>Hit report</title>
      <style>\(style)</style>
      </head>
      <body>
      <svg class="defs" width="0" height="0" aria-hidden="true"><defs><pattern id="hatch" \
      width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect \
      width="4" height="4" fill="#fff"/><rect width="1.5" height="4" fill="#000"/></pattern>\
      </defs></svg>
      <header>
      <h1>Hit report</h1>

      """)
    if report.isIncomplete {
      append(
        "<p class=\"incomplete\">Incomplete: the time was up before everything was searched. "
          + "No number on this page is final.</p>\n")
    }
    append("<table>\n")
    appendFact("Query", report.query)
    appendFact("Normal form", report.normalForm)
    if report.isList { appendFact("Queries", String(report.terms.count)) }
    appendFact("Dialect", report.dialect.rawValue)
    appendFact("Scope", report.scopeNames.joined(separator: "; "))
    let bounds = report.interval
    if bounds.since != nil || bounds.before != nil {
      appendFact(
        "Interval",
        "from \(bounds.since?.rfc3339 ?? "the beginning") up to, not including, "
          + (bounds.before?.rfc3339 ?? "the end"))
    }
    appendFact("Time zone", report.zone)
    append("</table>\n</header>\n<main>\n")
  }

  private mutating func appendFact(_ name: String, _ value: String) {
    guard !value.isEmpty else { return }
    append("<tr><th scope=\"row\">\(name)</th><td dir=\"auto\">")
    bytes.appendHTML(value)
    append("</td></tr>\n")
  }

  private mutating func appendHeading(_ text: String, _ explanation: String = "") {
    append("<h2>\(text)\(report.isIncomplete ? " (incomplete)" : "")</h2>\n")
    if !explanation.isEmpty { append("<p>\(explanation)</p>\n") }
  }

  private mutating func appendTotals() {
    let total = report.statistics.total
    appendHeading("Total")
    append("<table class=\"numbers\">\n")
    appendHeader(["Items", "Conversations", "Custodians", "Bytes", "Items not searchable in full"])
    append("<tr>")
    for value in [
      Int64(total.items), Int64(total.conversations), Int64(total.custodians), total.bytes,
      Int64(report.statistics.partial),
    ] {
      append("<td class=\"number\">\(grouped(value))</td>")
    }
    append("</tr>\n</table>\n")
    append(
      "<p>An item is one prompt, one response or one document, in whichever of its versions "
        + "matches. The last number is of items in scope, whether or not the query finds them.</p>\n"
    )
  }

  private mutating func appendHeader(_ names: [String]) {
    append("<thead><tr>")
    for name in names { append("<th scope=\"col\">\(name)</th>") }
    append("</tr></thead>\n")
  }

  private mutating func appendTerms() {
    guard !report.terms.isEmpty else { return }
    appendHeading(
      "Terms",
      "Each query alone, in the same scope. Unique items are found by this one and by no other; "
        + "they are the black part of the bar, what others find too is hatched.")
    append("<table class=\"numbers\">\n")
    appendHeader(
      [
        report.isList ? "Line" : "Row", "Query", "Items", "Conversations", "Custodians", "Bytes",
        "Unique", "",
      ])
    append("<tbody>\n")
    let most = report.terms.map(\.result.tally.items).max() ?? 0
    for term in report.terms {
      let tally = term.result.tally
      append("<tr><td class=\"number\">\(term.number)</td><td class=\"text\" dir=\"auto\">")
      bytes.appendHTML(term.text)
      append("</td>")
      appendNumbers([
        Int64(tally.items), Int64(tally.conversations), Int64(tally.custodians), tally.bytes,
        Int64(term.result.unique),
      ])
      append("<td>")
      appendBar(tally.items, solid: term.result.unique, of: most)
      append("</td></tr>\n")
    }
    append("</tbody>\n</table>\n")
  }

  private mutating func appendNumbers(_ values: [Int64]) {
    for value in values { append("<td class=\"number\">\(grouped(value))</td>") }
  }

  private mutating func appendConditions() {
    guard !report.conditions.isEmpty else { return }
    appendHeading(
      "Conditions",
      "What the query joins by AND, each alone in the same scope. Taken away are items that all "
        + "other conditions find and this one does not.")
    append("<table class=\"numbers\">\n")
    appendHeader(
      ["Condition", "Items", "Conversations", "Custodians", "Bytes", "Taken away", ""])
    append("<tbody>\n")
    let most = report.conditions.map(\.result.tally.items).max() ?? 0
    for condition in report.conditions {
      let tally = condition.result.tally
      append("<tr><td class=\"text\" dir=\"auto\">")
      bytes.appendHTML(condition.normalForm)
      append("</td>")
      appendNumbers([
        Int64(tally.items), Int64(tally.conversations), Int64(tally.custodians), tally.bytes,
        Int64(condition.result.excluded),
      ])
      append("<td>")
      appendBar(tally.items, solid: report.statistics.total.items, of: most)
      append("</td></tr>\n")
    }
    append("</tbody>\n</table>\n<p>The black part of the bar is what the whole query finds.</p>\n")
  }

  private mutating func appendGroup(
    _ table: StatisticsReport.Table, _ shares: [SearchStatistics.Share]
  ) {
    guard !shares.isEmpty else { return }
    appendHeading(table.heading.prefix(1).uppercased() + table.heading.dropFirst())
    append("<table class=\"numbers\">\n")
    appendHeader(
      [
        table.rawValue.prefix(1).uppercased()
          + table.rawValue.dropFirst().replacing("_", with: " "), "Items",
        "Conversations", "Bytes", "",
      ])
    append("<tbody>\n")
    let most = shares.map(\.items).max() ?? 0
    for share in shares.prefix(Self.rowLimit) {
      append("<tr><td class=\"text\" dir=\"auto\">")
      bytes.appendHTML(share.name.isEmpty ? "(none)" : share.name)
      append("</td>")
      appendNumbers([Int64(share.items), Int64(share.conversations), share.bytes])
      append("<td>")
      appendBar(share.items, solid: share.items, of: most)
      append("</td></tr>\n")
    }
    append("</tbody>\n</table>\n")
    appendRest(shares.count - Self.rowLimit)
  }

  /// That a table goes on elsewhere.
  private mutating func appendRest(_ count: Int) {
    if count > 0 {
      append("<p>\(grouped(Int64(count))) more are left out here; CSV and JSON have all.</p>\n")
    }
  }

  // MARK: - Plots

  private mutating func appendBar(_ value: Int, solid: Int, of most: Int) {
    let width = 160.0
    let whole = most > 0 ? width * Double(value) / Double(most) : 0
    let black = most > 0 ? width * Double(min(solid, value)) / Double(most) : 0
    append("<svg class=\"bar\" width=\"162\" height=\"12\" aria-hidden=\"true\">")
    if value > 0 {
      append(
        "<rect x=\"0.5\" y=\"0.5\" width=\"\(coordinate(max(whole, 1)))\" height=\"11\" "
          + "fill=\"url(#hatch)\" stroke=\"#000\"/>")
    }
    if black > 0 {
      append(
        "<rect x=\"0.5\" y=\"0.5\" width=\"\(coordinate(black))\" height=\"11\" fill=\"#000\"/>")
    }
    append("</svg>")
  }

  /// A chart of three years at most, one below the other, and the numbers.
  private mutating func appendMonths() {
    let months = report.statistics.groups[.month] ?? []
    guard !months.isEmpty else { return }
    appendHeading("Months", "Items by the month in which they were sent, in the zone above.")
    let dated = months.filter { !$0.key.isEmpty }
    let most = dated.map(\.items).max() ?? 0
    for start in stride(from: 0, to: dated.count, by: 36) {
      appendChart(Array(dated[start..<min(start + 36, dated.count)]), most)
    }
    appendGroupTable(months)
  }

  private mutating func appendGroupTable(_ months: [SearchStatistics.Share]) {
    append("<table class=\"numbers\">\n")
    appendHeader(["Month", "Items", "Conversations", "Bytes"])
    append("<tbody>\n")
    for month in months {
      append("<tr><td>\(month.key.isEmpty ? "(no time)" : month.key)</td>")
      appendNumbers([Int64(month.items), Int64(month.conversations), month.bytes])
      append("</tr>\n")
    }
    append("</tbody>\n</table>\n")
  }

  private mutating func appendChart(_ months: [SearchStatistics.Share], _ most: Int) {
    let height = 120.0
    let step = 18
    let left = 60
    append(
      "<svg class=\"chart\" width=\"\(left + step * months.count + 10)\" height=\"190\" "
        + "role=\"img\" aria-label=\"Items by month; the numbers stand in the table below\">\n")
    append(
      "<line x1=\"\(left)\" y1=\"10\" x2=\"\(left)\" y2=\"130\" stroke=\"#000\"/>"
        + "<line x1=\"\(left)\" y1=\"130\" x2=\"\(left + step * months.count)\" y2=\"130\" "
        + "stroke=\"#000\"/>")
    append(
      "<text x=\"\(left - 5)\" y=\"14\" text-anchor=\"end\">\(grouped(Int64(most)))</text>"
        + "<text x=\"\(left - 5)\" y=\"134\" text-anchor=\"end\">0</text>\n")
    for (index, month) in months.enumerated() {
      let bar = most > 0 ? height * Double(month.items) / Double(most) : 0
      let x = left + step * index
      append(
        "<rect x=\"\(x + 3)\" y=\"\(coordinate(130 - max(bar, 1)))\" width=\"\(step - 6)\" "
          + "height=\"\(coordinate(max(bar, 1)))\" fill=\"#000\"/>")
      append(
        "<text x=\"\(x + 13)\" y=\"138\" text-anchor=\"end\" "
          + "transform=\"rotate(-90 \(x + 13) 138)\">\(month.key)</text>\n")
    }
    append("</svg>\n")
  }

  // MARK: - Lists

  private mutating func appendPersons() {
    let terms = report.terms.filter { !$0.result.custodians.isEmpty }
    guard !terms.isEmpty else { return }
    appendHeading(
      "Terms by custodian",
      "The \(Self.personLimit) with most items of each; CSV and JSON have all.")
    append("<table>\n")
    appendHeader([report.isList ? "Line" : "Row", "Query", "Custodians, with items"])
    append("<tbody>\n")
    for term in terms {
      append("<tr><td class=\"number\">\(term.number)</td><td class=\"text\" dir=\"auto\">")
      bytes.appendHTML(term.text)
      append("</td><td dir=\"auto\">")
      let people = term.result.custodians
      for (index, person) in people.prefix(Self.personLimit).enumerated() {
        if index > 0 { append(", ") }
        append("<bdi>")
        bytes.appendHTML(person.name.isEmpty ? "(none)" : person.name)
        append("</bdi> \(grouped(Int64(person.items)))")
      }
      if people.count > Self.personLimit {
        append(" and \(people.count - Self.personLimit) more")
      }
      append("</td></tr>\n")
    }
    append("</tbody>\n</table>\n")
  }

  private mutating func appendUnsearchable() throws {
    guard !report.reasons.isEmpty else { return }
    appendHeading(
      "Files without text",
      "No search sees what is in these files; their items are found by their other texts.")
    append("<table class=\"numbers\">\n")
    appendHeader(["Reason", "Extension", "Files"])
    append("<tbody>\n")
    for reason in report.reasons {
      append("<tr><td>\(reason.code.rawValue)</td><td dir=\"auto\">")
      bytes.appendHTML(reason.fileExtension.isEmpty ? "(none)" : reason.fileExtension)
      append("</td>")
      appendNumbers([Int64(reason.files)])
      append("</tr>\n")
    }
    append("</tbody>\n</table>\n<table>\n")
    appendHeader(["Item", "Time", "Custodian", "File", "Reason"])
    append("<tbody>\n")
    var count = 0
    try report.forEachUnsearchable { file in
      count += 1
      append("<tr><td class=\"id\">\(file.item.text)</td>")
      append("<td>\(file.time?.rfc3339 ?? "")</td><td dir=\"auto\">")
      bytes.appendHTML(file.custodian)
      append("</td><td class=\"text\" dir=\"auto\">")
      bytes.appendHTML(file.name.isEmpty ? "(no name)" : file.name)
      append("</td><td>\(file.reason.rawValue)</td></tr>\n")
      return count < Self.rowLimit
    }
    append("</tbody>\n</table>\n")
    appendRest(report.reasons.reduce(0) { $0 + $1.files } - count)
  }

  private mutating func appendExceptions() {
    guard !report.exceptions.isEmpty else { return }
    appendHeading(
      "Records not taken in",
      "Open exceptions of the whole store: what could not be read cannot be found.")
    append("<table class=\"numbers\">\n")
    appendHeader(["Reason", "Source", "Records"])
    append("<tbody>\n")
    for total in report.exceptions {
      append("<tr><td>")
      bytes.appendHTML(total.code)
      append("</td><td dir=\"auto\">")
      bytes.appendHTML(total.sourceName)
      append("</td>")
      appendNumbers([Int64(total.count)])
      append("</tr>\n")
    }
    append("</tbody>\n</table>\n")
  }
}

/// A number with a thin space between groups of three digits, which no locale reads as a point.
private func grouped(_ number: Int64) -> String {
  let digits = String(number)
  var text = ""
  for (index, digit) in digits.enumerated() {
    let left = digits.count - index
    if index > 0, left.isMultiple(of: 3), digits.first != "-" || index > 1 { text += "\u{202F}" }
    text.append(digit)
  }
  return text
}

/// A coordinate with one decimal, so that the page never depends on how numbers are printed.
private func coordinate(_ value: Double) -> String {
  let tenths = Int((value * 10).rounded())
  return tenths.isMultiple(of: 10) ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
}

private let style = """

  body { color: #000; background: #fff; font-family: sans-serif; font-size: 10pt; margin: 1em auto;
    max-width: 75em; padding: 0 1em; }
  h1 { font-size: 1.5em; }
  h2 { border-bottom: 1px solid #000; break-after: avoid; font-size: 1.15em; margin-top: 1.8em; }
  table { border-collapse: collapse; margin: 0.7em 0; }
  th, td { border-bottom: 1px solid #bbb; padding: 0.2em 0.8em 0.2em 0; text-align: left;
    vertical-align: top; }
  thead { display: table-header-group; }
  thead th { border-bottom: 1px solid #000; }
  tr { break-inside: avoid; }
  .number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
  .text { max-width: 32em; overflow-wrap: anywhere; }
  .id { font-size: 0.85em; overflow-wrap: anywhere; }
  .incomplete { border: 2px solid #000; font-weight: bold; padding: 0.5em; }
  .defs { position: absolute; }
  .bar { display: block; }
  .chart { break-inside: avoid; display: block; max-width: 100%; }
  .chart text { font-size: 9px; }
  @media print {
    body { margin: 0; max-width: none; padding: 0; }
    @page { margin: 15mm; }
  }

  """
