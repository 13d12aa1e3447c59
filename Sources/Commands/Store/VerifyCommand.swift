// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// A finding as a row.
struct DisplayedFinding: Displayable {
  var finding: Finding

  static let recordType = "finding"
  static let plural = "findings"

  var identifier: String { finding.object }

  static let fields: [Field<DisplayedFinding>] = [
    Field("kind", heading: "kind") { .text($0.finding.kind.rawValue) },
    Field("object", heading: "object") { .text($0.finding.object) },
    Field("detail", heading: "detail") { .text($0.finding.detail) },
  ]
}

/// Checks a store.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check every digest, index and reference of the store.",
    discussion: discussion(
      """
      Reads all native records and compares them with their digests, the counts with the catalog, \
      the full-text index with the texts, and the audit chain with itself. Changes nothing. What \
      it finds is listed; without a finding the list is empty. Where nothing can be written into the \
      store's folder, the store is checked by reading alone, no writer is kept out, and what could not be \
      checked so is named, with status 3.
      """,
      examples: ["custody verify"], statuses: [.damaged, .audit, .partial] + .reading))

  @OptionGroup var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(list)
    let store = try Store.openForChecking(at: global.storePath())
    var printer = try ListPrinter<DisplayedFinding>(output, schema: Self.schemaName)
    let summary = try ContentVerifier(store, actor: .current(Self.self)).verify { finding in
      try ignoringClosedPipe { try printer.append(DisplayedFinding(finding: finding)) }
    }
    try ignoringClosedPipe { try printer.finish() }
    output.note(
      "\(summary.conversations) conversations, \(summary.versions) versions, \(summary.items) "
        + "items in \(summary.partitions) partitions looked at")
    let audit = try store.read { try $0.verifyAudit() }
    guard summary.damage == 0 else {
      throw CommandFailure(
        .damaged, "\(summary.damage) of \(summary.findings) findings are damage",
        whatToDo: "see the list; restore the files named from a backup")
    }
    guard audit.isSound else {
      throw CommandFailure(
        .audit, "the audit log does not verify", whatToDo: "see custody audit verify")
    }
    guard summary.unchecked.isEmpty else {
      throw CommandFailure(
        .partial, "not checked: " + summary.unchecked.joined(separator: ", "),
        why: "nothing can be written into the store's folder",
        whatToDo:
          "run it as the account that the store belongs to, or on a copy that can be written",
        objects: summary.unchecked)
    }
  }
}
