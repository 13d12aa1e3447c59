// SPDX-License-Identifier: Apache-2.0
import Bytes
import Store

extension OutputSettings {
  /// Prints a hit report.
  ///
  /// - Throws: ``ClosedPipe``, or ``CommandFailure`` when the output cannot be written.
  func print(_ report: StatisticsReport) throws {
    switch format {
    case .human: try printTables(of: report)
    case .json: try printDocument(of: report)
    case .jsonl: try printRecords(of: report)
    case .csv: try printLines(of: report)
    }
    try console.output.flush()
  }

  // MARK: - For programs

  /// One object; tables are arrays in it, written row by row.
  private func printDocument(of report: StatisticsReport) throws {
    var bytes: [UInt8] = []
    bytes.appendJSON([.init("type", .text("statistics"))] + report.facts)
    bytes.removeLast()
    var open: StatisticsReport.Table?
    var missing = StatisticsReport.Table.allCases[...]
    func end() -> String { open == nil || open == .total ? "" : "\n]" }
    func begin(_ table: StatisticsReport.Table) -> String { ",\n\"\(table.plural)\":[" }
    try console.output.write(bytes)
    try report.forEachRow { table, row in
      var text = ""
      if table != open {
        text += end()
        while let next = missing.popFirst(), next != table { text += begin(next) + "]" }
        text += table == .total ? ",\n\"total\":" : begin(table) + "\n"
        open = table
      } else {
        text += ",\n"
      }
      var bytes = Array(text.utf8)
      bytes.appendJSON(row)
      try console.output.write(bytes)
    }
    try console.output.write(end() + missing.map { begin($0) + "]" }.joined() + "\n}\n")
  }

  private func printRecords(of report: StatisticsReport) throws {
    var stream = try RecordStream(
      to: console.output, schema: "search-statistics", members: report.facts)
    try report.forEachRow { table, row in
      try stream.append([.init("type", .text(table.rawValue))] + row)
    }
    try stream.finish(incomplete: report.isIncomplete, partial: report.statistics.partial)
  }

  /// The columns of the one table that CSV has room for; cells that a row has no value for are
  /// empty.
  private static let columns = [
    "key", "name", "normal_form", "items", "conversations", "custodians", "bytes", "unique",
    "excluded", "partial", "files", "records", "reason", "extension", "conversation", "time",
    "custodian",
  ]

  private func printLines(of report: StatisticsReport) throws {
    let header = (["table"] + Self.columns + ["incomplete"]).joined(separator: ",")
    try console.output.write(header + "\n")
    try report.forEachRow { table, row in
      var bytes = Array(table.rawValue.utf8)
      for column in Self.columns {
        bytes.append(UInt8(ascii: ","))
        if let member = row.first(where: { $0.name == column }) {
          bytes.appendCSV(member.value, csvSafety)
        }
      }
      bytes.append(contentsOf: (report.isIncomplete ? ",true\n" : ",false\n").utf8)
      try console.output.write(bytes)
    }
  }

  // MARK: - For people

  private func printTables(of report: StatisticsReport) throws {
    let statistics = report.statistics
    let limit = limit ?? Self.humanRowLimit
    func counted(_ value: FieldValue) -> FieldValue {
      report.isIncomplete ? .told(value.shown() + " (incomplete)", value) : value
    }
    try console.output.write(
      labelledLines([
        ("query", .text(report.query)), ("normal form", .text(report.normalForm)),
        ("items", counted(FieldValue(statistics.total.items))),
        ("conversations", counted(FieldValue(statistics.total.conversations))),
        ("custodians", counted(FieldValue(statistics.total.custodians))),
        ("size", counted(.byteCount(statistics.total.bytes))),
        ("partial", counted(FieldValue(statistics.partial))),
      ]))
    var open: StatisticsReport.Table?
    var table = TextTable(headings: [], columns: nil, isBold: false)
    var count = 0
    func finish() throws {
      try console.output.write(table.finish())
      if count > limit, let open {
        note("\(limit) of \(count) \(open.heading) shown; --limit N shows more")
      }
      count = 0
    }
    try report.forEachRow { next, row in
      guard next != .total, next != .termCustodian else { return }
      if next != open {
        if open != nil { try finish() }
        open = next
        let word = report.isIncomplete ? " (incomplete)" : ""
        try console.output.write("\n\(next.heading)\(word)\n")
        table = TextTable(
          headings: next.columns(of: report).map { $0.heading.uppercased() },
          columns: console.outputColumns, isBold: usesColor)
      }
      count += 1
      guard count <= limit else { return }
      let cells = next.columns(of: report).map { column in
        let value = row.first { $0.name == column.name }?.value ?? .missing
        return column.name == "name" && value.isEmpty ? .text("(none)") : value
      }
      try console.output.write(table.append(cells))
    }
    if open != nil { try finish() }
  }
}

extension StatisticsReport.Table {
  /// What stands above it.
  var heading: String {
    switch self {
    case .total: "total"
    case .term: "terms"
    case .condition: "conditions, each alone"
    case .month: "months"
    case .custodian: "custodians"
    case .source: "sources"
    case .model: "models"
    case .kind: "kinds"
    case .sensitiveType: "sensitive types, each found in so many"
    case .termCustodian: "terms by custodian"
    case .unsearchableReason: "files without text or not all of it, by reason"
    case .unsearchable: "files without text"
    case .exception: "records not taken in, of the whole store"
    }
  }

  /// The members that people are shown, with the heading of each column.
  func columns(of report: StatisticsReport) -> [(name: String, heading: String)] {
    let tally = [("items", "items"), ("conversations", "conversations")]
    let people = [("custodians", "custodians"), ("bytes", "size")]
    return switch self {
    case .total: tally + people
    case .term:
      [("key", report.isList ? "line" : "row"), ("name", "query")] + tally + people
        + [("unique", "unique")]
    case .condition: [("name", "condition")] + tally + people + [("excluded", "excluded")]
    case .month, .custodian, .source, .model, .kind, .sensitiveType:
      [("name", rawValue.replacing("_", with: " "))] + tally + [("bytes", "size")]
    case .termCustodian: [("key", "term"), ("name", "custodian"), ("items", "items")]
    case .unsearchableReason: [("key", "reason"), ("name", "extension"), ("files", "files")]
    case .unsearchable:
      [
        ("key", "item ID"), ("time", "time"), ("custodian", "custodian"), ("name", "file"),
        ("reason", "reason"),
      ]
    case .exception: [("key", "reason"), ("name", "source"), ("records", "records")]
    }
  }
}
