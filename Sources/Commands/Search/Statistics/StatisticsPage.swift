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
    let digest = Data(SHA256Digest(of: Self.style).bytes).base64EncodedString()
    append(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src \
      'sha256-\(digest)'; base-uri 'none'; form-action 'none'">
      <meta name="viewport" content="width=device-width">
      <meta name="color-scheme" content="light dark">
      <title>Hit report</title>
      <style>\(Self.style)</style>
      </head>
      <body>
      <svg class="defs" width="0" height="0" aria-hidden="true"><defs><pattern id="hatch" \
      width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect \
      width="1.5" height="4" fill="currentColor"/></pattern>\
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
    append("<tr><th scope=\"row\">\(name)</th><td class=\"long\" dir=\"auto\">")
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
    appendHeader(
      numbers: ["Items", "Conversations", "Custodians", "Bytes", "Items not searchable in full"])
    append("<tr>")
    for value in [
      Int64(total.items), Int64(total.conversations), Int64(total.custodians), total.bytes,
      Int64(report.statistics.partial),
    ] {
      append("<td class=\"number\">\(grouped(value))</td>")
    }
    append("</tr>\n</table>\n")
    if total.items == 0 { append("<p>Nothing in scope is found.</p>\n") }
    append(
      "<p>An item is one prompt, one response or one document, in whichever of its versions "
        + "matches. The last number is of items in scope, whether or not the query finds them.</p>\n"
    )
  }

  /// The heads of the columns: those of texts, then those of numbers, which stand to the right.
  private mutating func appendHeader(
    first: String? = nil, _ texts: [String] = [], numbers: [String] = [], isPlotted: Bool = false
  ) {
    append("<thead><tr>")
    if let first { append("<th scope=\"col\" class=\"number\">\(first)</th>") }
    for name in texts { append("<th scope=\"col\">\(name)</th>") }
    for name in numbers { append("<th scope=\"col\" class=\"number\">\(name)</th>") }
    // What the bars show is said beside the table, and the numbers are in it.
    if isPlotted { append("<td></td>") }
    append("</tr></thead>\n")
  }

  private mutating func appendTerms() {
    guard !report.terms.isEmpty else { return }
    appendHeading(
      "Terms",
      "Each query alone, in the same scope. Unique items are found by this one and by no other; "
        + "they are the solid part of the bar, what others find too is hatched.")
    append("<table class=\"numbers\">\n")
    appendHeader(
      first: report.isList ? "Line" : "Row", ["Query"],
      numbers: ["Items", "Conversations", "Custodians", "Bytes", "Unique"], isPlotted: true)
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
      append(bar(tally.items, solid: term.result.unique, of: most))
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
      ["Condition"], numbers: ["Items", "Conversations", "Custodians", "Bytes", "Taken away"],
      isPlotted: true)
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
      append(bar(tally.items, solid: report.statistics.total.items, of: most))
      append("</td></tr>\n")
    }
    append("</tbody>\n</table>\n<p>The solid part of the bar is what the whole query finds.</p>\n")
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
          + table.rawValue.dropFirst().replacing("_", with: " ")
      ], numbers: ["Items", "Conversations", "Bytes"], isPlotted: true)
    append("<tbody>\n")
    let most = shares.map(\.items).max() ?? 0
    for share in shares.prefix(Self.rowLimit) {
      append("<tr><td class=\"text\" dir=\"auto\">")
      bytes.appendHTML(share.name.isEmpty ? "(none)" : share.name)
      append("</td>")
      appendNumbers([Int64(share.items), Int64(share.conversations), share.bytes])
      append("<td>")
      append(bar(share.items, solid: share.items, of: most))
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

  // MARK: - Months

  /// Charts of three years at most, one below the other, and the numbers.
  private mutating func appendMonths() {
    let months = report.statistics.groups[.month] ?? []
    guard !months.isEmpty else { return }
    appendHeading("Months", "Items by the month in which they were sent, in the zone above.")
    bytes += MonthChart.charts(of: months).utf8
    appendGroupTable(months)
  }

  private mutating func appendGroupTable(_ months: [SearchStatistics.Share]) {
    append("<table class=\"numbers\">\n")
    appendHeader(["Month"], numbers: ["Items", "Conversations", "Bytes"])
    append("<tbody>\n")
    for month in months {
      append("<tr><td>\(month.key.isEmpty ? "(no time)" : month.key)</td>")
      appendNumbers([Int64(month.items), Int64(month.conversations), month.bytes])
      append("</tr>\n")
    }
    append("</tbody>\n</table>\n")
  }

  // MARK: - Lists

  private mutating func appendPersons() {
    let terms = report.terms.filter { !$0.result.custodians.isEmpty }
    guard !terms.isEmpty else { return }
    appendHeading(
      "Terms by custodian",
      "The \(Self.personLimit) with most items of each; CSV and JSON have all.")
    append("<table>\n")
    appendHeader(first: report.isList ? "Line" : "Row", ["Query", "Custodians, with items"])
    append("<tbody>\n")
    for term in terms {
      append("<tr><td class=\"number\">\(term.number)</td><td class=\"text\" dir=\"auto\">")
      bytes.appendHTML(term.text)
      append("</td><td class=\"long\">")
      let people = term.result.custodians
      for (index, person) in people.prefix(Self.personLimit).enumerated() {
        if index > 0 { append("; ") }
        append("<bdi>")
        bytes.appendHTML(person.name.isEmpty ? "(none)" : person.name)
        append("</bdi>\u{A0}\(grouped(Int64(person.items)))")
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
    appendHeader(["Reason", "Extension"], numbers: ["Files"])
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
      append("<td>\(file.time?.rfc3339 ?? "")</td><td class=\"text\" dir=\"auto\">")
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
    appendHeader(["Reason", "Source"], numbers: ["Records"])
    append("<tbody>\n")
    for total in report.exceptions {
      append("<tr><td>")
      bytes.appendHTML(total.code)
      append("</td><td class=\"text\" dir=\"auto\">")
      bytes.appendHTML(total.sourceName)
      append("</td>")
      appendNumbers([Int64(total.count)])
      append("</tr>\n")
    }
    append("</tbody>\n</table>\n")
  }
}

/// A number with a thin space between groups of three digits, which no locale reads as a point.
func grouped(_ number: Int64) -> String {
  let digits = String(number)
  var text = ""
  for (index, digit) in digits.enumerated() {
    let left = digits.count - index
    if index > 0, left.isMultiple(of: 3), digits.first != "-" || index > 1 { text += "\u{202F}" }
    text.append(digit)
  }
  return text
}
