// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Checks the tables of a report against its files and manifest (export-formats sections 1.6
/// and 8).
enum ReportChecks {
  static func run(
    _ contents: VolumeContents, manifest: JSONValue, report: inout VerificationReport
  ) {
    report.problems += contents.loadFile.defects
    let facts = contents.loadFile.report ?? ReportFacts()
    for name in ReportIntake.names + ["Locations.csv", "Settings.csv", "Statistics.csv"]
    where contents.entries[name] == nil && !contents.unreadable.contains(name) {
      report.note(.missing, name, "every report has this file")
    }
    let logs = contents.loadFile.logs.rows
    let treated = Set((logs[LogIntake.privileges] ?? []).map(\.number))
    checkItems(facts.items, treated: treated, contents, &report)
    LogChecks.run(
      facts.items.map { LogChecks.Document(number: $0.number) }, contents, manifest: manifest,
      report: &report)
    if !treated.isEmpty {
      var wanted = ["LOGS/privilege-log.html"]
      if manifest["counts"]?["redacted"]?.integerValue != 0 { wanted.append(LogIntake.redactions) }
      for path in wanted
      where contents.entries[path] == nil && !contents.unreadable.contains(path) {
        report.note(.missing, path, "a report with a privilege log has this file")
      }
    }
    let payload = contents.entries.filter { !$0.key.hasPrefix("MANIFEST/") }
    func compare(_ what: String, _ told: Int64?, _ found: Int) {
      guard told != Int64(found) else { return }
      report.note(
        .inconsistent, "MANIFEST/manifest.json",
        "counts.\(what) is \(told.map(String.init) ?? "nothing"), found \(found)")
    }
    let counts = manifest["counts"]
    compare("documents", counts?["documents"]?.integerValue, facts.items.count)
    compare(
      "families", counts?["families"]?.integerValue, facts.items.count { $0.parent.isEmpty })
    compare("messages", counts?["messages"]?.integerValue, facts.selectedMessages)
    compare("context_messages", counts?["context_messages"]?.integerValue, facts.contextMessages)
    compare("files", counts?["files"]?.integerValue, payload.count)
    compare(
      "bytes", counts?["bytes"]?.integerValue, Int(payload.values.reduce(0) { $0 + $1.byteCount }))
    for (key, found) in [
      ("messages_exported", facts.selectedMessages), ("documents", facts.items.count),
      ("context_messages", facts.contextMessages), ("errors", facts.errorCount),
    ] where facts.summary[key] != String(found) {
      report.note(
        .inconsistent, "Summary.csv", "\(key) is \(facts.summary[key] ?? "nothing"), found \(found)"
      )
    }
  }

  private static func checkItems(
    _ items: [ReportFacts.Item], treated: Set<String>, _ contents: VolumeContents,
    _ report: inout VerificationReport
  ) {
    var names: Set<String> = []
    var previous = ""
    var parent = ""
    for item in items {
      if !previous.isEmpty, !previous.utf8.lexicographicallyPrecedes(item.number.utf8) {
        report.note(.inconsistent, item.number, "control numbers do not rise")
      }
      previous = item.number
      if item.parent.isEmpty { parent = item.number }
      if item.family != parent || !item.parent.isEmpty && item.parent != parent {
        report.note(.inconsistent, item.number, "its family is not that of the parent before it")
      }
      for path in item.paths where !path.isEmpty {
        if !names.insert(path).inserted {
          report.note(.inconsistent, path, "two items name it")
        }
        if contents.entries[path] == nil, !contents.unreadable.contains(path) {
          report.note(.missing, path, "\(item.number) names it")
        }
      }
      if !item.paths[0].isEmpty, treated.contains(item.number) {
        report.note(
          .inconsistent, item.paths[0],
          "\(item.number) is withheld or redacted, its native is not")
      }
      if item.paths[0].isEmpty {
        if item.errors.isEmpty, !treated.contains(item.number) {
          report.note(.inconsistent, item.number, "it has neither a native nor an error")
        }
      } else if let native = contents.entries[item.paths[0]],
        item.sha256 != native.digests.sha256 || item.md5 != native.digests.md5
          || item.byteCount != String(native.byteCount)
      {
        report.note(.inconsistent, item.paths[0], "Items.csv gives \(item.number) other digests")
      }
    }
    for path in contents.entries.keys.sorted()
    where !names.contains(path)
      && ["natives/", "text/", "transcripts/"].contains(where: { path.hasPrefix($0) })
    {
      report.note(.inconsistent, path, "no item names it")
    }
  }
}
