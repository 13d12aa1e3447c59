// SPDX-License-Identifier: Apache-2.0
import Model

/// Checks the tables under LOGS against the documents and the manifest (export-formats section
/// 11.5).
enum LogChecks {
  /// A document, as the load file or the items of a report have it.
  struct Document {
    var number: String
    /// Nil where the documents do not tell of it.
    var isWithheld: Bool?
    var isRedacted: Bool?
  }

  static func run(
    _ documents: [Document], _ contents: VolumeContents, manifest: JSONValue,
    report: inout VerificationReport
  ) {
    let tables = contents.loadFile.logs.rows
    let numbers = Set(documents.map(\.number))
    for (path, rows) in tables.sorted(by: { $0.key < $1.key }) {
      for row in rows where !numbers.contains(row.number) {
        report.note(.inconsistent, path, "\(row.number) is no document of the volume")
      }
    }
    let counts = manifest["counts"]
    if let rows = tables[LogIntake.exceptions] {
      let told = manifest["exceptions"]?.countValues?.values.reduce(0, +)
      compare(LogIntake.exceptions, told, rows.count, &report)
    }
    if contents.entries[LogIntake.numbers] != nil {
      compare(
        LogIntake.duplicates, counts?["suppressed_duplicates"]?.integerValue.map(Int.init),
        tables[LogIntake.duplicates]?.count ?? 0, &report)
    }
    if let rows = tables[LogIntake.numbers], rows.map(\.number) != documents.map(\.number) {
      report.note(.inconsistent, LogIntake.numbers, "its numbers are not those of the documents")
    }
    checkPrivileges(documents, tables, counts, &report)
  }

  private static func checkPrivileges(
    _ documents: [Document], _ tables: [String: [LogFacts.Row]], _ counts: JSONValue?,
    _ report: inout VerificationReport
  ) {
    let rows = tables[LogIntake.privileges] ?? []
    func compareCount(_ treatment: String, _ member: String) {
      compare(
        LogIntake.privileges, counts?[member]?.integerValue.map(Int.init),
        rows.count { $0.state == treatment }, &report)
    }
    compareCount("WITHHELD", "withheld")
    compareCount("REDACTED", "redacted")
    let withheld = Set(rows.filter { $0.state == "WITHHELD" }.map(\.number))
    let redacted = Set(rows.filter { $0.state == "REDACTED" }.map(\.number))
    if withheld.count + redacted.count != rows.count || !withheld.isDisjoint(with: redacted) {
      report.note(.inconsistent, LogIntake.privileges, "a document has two rows, or no treatment")
    }
    // A parent whose files alone are blacked out has no row of its own.
    let blackedOut = Set((tables[LogIntake.redactions] ?? []).map(\.number))
    if !blackedOut.isSubset(of: redacted) || blackedOut.isEmpty != redacted.isEmpty {
      report.note(
        .inconsistent, LogIntake.redactions, "its documents are not those that were redacted")
    }
    for document in documents
    where document.isWithheld.map({ $0 != withheld.contains(document.number) }) == true
      || document.isRedacted.map({ $0 != redacted.contains(document.number) }) == true
    {
      report.note(
        .inconsistent, document.number, "the privilege log tells otherwise how it was treated")
    }
  }

  private static func compare(
    _ path: String, _ told: Int?, _ found: Int, _ report: inout VerificationReport
  ) {
    guard told != found else { return }
    report.note(
      .inconsistent, path, "\(found) rows, the manifest counts \(told.map(String.init) ?? "none")")
  }
}
