// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// The tables of a report that are written when all documents are known (export-formats
/// section 8).
struct ReportTables {
  let description: VolumeDescription
  let tally: ReportTally
  private let encoder = CSVEncoder(neutralisesFormulas: true)

  init(_ description: VolumeDescription, _ tally: ReportTally) {
    self.description = description
    self.tally = tally
  }

  static let names = ["Locations.csv", "Settings.csv", "Statistics.csv", "Summary.csv"]

  /// Names and contents.
  var files: [(name: String, bytes: [UInt8])] {
    [
      ("Locations.csv", locations), ("Settings.csv", settings), ("Statistics.csv", statistics),
      ("Summary.csv", summary),
    ]
  }

  private func table(_ header: [String], _ rows: [[String]]) -> [UInt8] {
    var bytes: [UInt8] = description.options.loadFiles.csvHasMark ? ByteOrderMark.utf8 : []
    bytes += encoder.record(header)
    for row in rows { bytes += encoder.record(row) }
    return bytes
  }

  private var summary: [UInt8] {
    let all = description.tally
    var rows: [[String]] = [
      ["volume", description.name], ["matter", description.options.scope.matter],
      ["review_set", description.options.scope.selection],
      ["date", description.options.date.isoText],
      ["first_control_number", description.first], ["last_control_number", description.last],
      ["documents", String(all.documents)], ["families", String(all.families)],
      ["messages_exported", String(all.selectedMessages)],
      ["context_messages", String(all.contextMessages)],
      ["attachments", String(all.documents - all.families)],
      ["natives", String(all.natives)], ["texts", String(all.texts)],
      ["slip_sheets", String(all.slipSheets)],
      ["withheld", String(all.withheld)], ["redacted", String(all.redacted)],
      ["suppressed_duplicates", String(all.suppressedDuplicates)],
      ["errors", String(all.exceptions.values.reduce(0, +))],
      ["custodians", String(all.custodians.count)],
    ]
    for (type, count) in sorted(all.recordTypes) {
      rows.append(["documents_" + type.lowercased(), String(count)])
    }
    return table(["Key", "Value"], rows)
  }

  // Every option with the value that it had, defaults included.
  private var settings: [UInt8] {
    let scope = description.options.scope
    var rows: [[String]] = [
      ["tool", description.options.tool.name + " " + description.options.tool.version],
      ["time_zone", description.options.zone.identifier],
      ["control_number_prefix", description.options.numbers.prefix],
      ["selection_sha256", scope.selectionSHA256],
      ["everyone", String(scope.hasEveryone)],
      ["custodians", scope.custodians.joined(separator: "; ")],
      ["projects", scope.projects.joined(separator: "; ")],
      ["sources", scope.sources.joined(separator: "; ")],
      ["from", scope.since?.rfc3339 ?? ""],
      ["before", scope.before?.rfc3339 ?? ""],
      ["query", scope.query],
      ["deduplication", scope.deduplication],
    ]
    for load in scope.loads { rows.append(["load_\(load.number)", scope.text(of: load)]) }
    if case .object(let members) = description.optionValues {
      for (key, value) in members.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
      {
        rows.append([key, value.stringValue ?? value.canonical])
      }
    }
    return table(["Key", "Value"], rows)
  }

  private var locations: [UInt8] {
    let rows = tally.locations.map { location, counts in
      [
        location.source, location.account, String(counts.requested), String(counts.found),
        String(counts.exported), String(counts.errors),
      ]
    }
    return table(
      ["Source", "Account", "Requested", "Found", "Exported", "Errors"],
      rows.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) })
  }

  private var statistics: [UInt8] {
    var rows: [[String]] = []
    for hits in description.options.scope.queryHits {
      rows.append(["query", hits.query, String(hits.count), ""])
    }
    for (name, counts) in sorted(tally.custodians) {
      rows.append(["custodian", name, String(counts.messages), String(counts.documents)])
    }
    for (day, counts) in sorted(tally.days) {
      rows.append([
        "day", day.isEmpty ? "undated" : day, String(counts.messages), String(counts.documents),
      ])
    }
    return table(["Category", "Key", "Messages", "Documents"], rows)
  }

  private func sorted<Value>(_ values: [String: Value]) -> [(String, Value)] {
    values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value) }
  }
}
