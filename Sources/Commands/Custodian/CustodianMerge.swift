// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Joins records that stand for one person.
struct CustodianMerge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Merge custodians that are one person.",
    discussion: discussion(
      """
      Identities, accounts and cases become those of the person named by --into. The other ids go \
      on meaning that person, so holds and searches by them lose nothing. Until the next directory \
      snapshot what retains counts the groups of each, and what deletes those that all are in. \
      Where conversations become due earlier by it, they are listed, and it must be confirmed by the \
      name of that person. It cannot be undone.
      """,
      examples: ["custody custodian merge 'A. Example' --into ada@example.org --yes"],
      statuses: .changing + [.notFound, .ambiguous, .confirm, .stale]))

  @Argument(help: ArgumentHelp("The custodians that are merged.", valueName: "custodian"))
  var others: [String]
  @Option(help: ArgumentHelp("The custodian that they become.", valueName: "custodian"))
  var into: String
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConsentOptions
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let (sources, target) = try global.read { catalog in
      (try catalog.custodians(others), try catalog.custodian(into))
    }
    let different = sources.filter { $0.key != target.key }
    guard !different.isEmpty else {
      try output.print(record(target, merged: 0, of: sources.count), schema: Self.schemaName)
      return
    }
    let merge = { (change: Change) in
      let catalog = change.catalog
      try change.mergeCustodians(
        try catalog.custodians(different.map { "id:" + $0.id.text }),
        into: try catalog.custodian("id:" + target.id.text), reason: reason.reason)
    }
    let due = try DuePreview(
      of: different + [target],
      by: {
        try merge($0)
        return []
      }, as: .current(Self.self),
      store: global.openForReading(), output: output)
    if !change.dryRun {
      let names = different.map { "'\($0.name)'" }.joined(separator: ", ")
      try consent.confirm(
        "merge \(names) into '\(target.name)'\(due.clause)", name: target.name,
        isSevere: due.count > 0, noInput: global.noInput)
    }
    try global.change(change, by: Self.self) { change in
      try due.make(in: change) { ([], try merge($0)) }
    }
    var record = record(target, merged: different.count, of: sources.count)
    record.details = due.details
    try output.print(record, schema: Self.schemaName)
  }

  private func record(_ target: Custodian, merged: Int, of count: Int) -> ChangeRecord {
    ChangeRecord(
      .merge, "custodian", id: target.id.text, name: target.name, isDryRun: change.dryRun,
      counts: .init(added: merged, already: count - merged))
  }
}
