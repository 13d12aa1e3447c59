// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Opens a closed case again.
struct CaseReopen: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reopen",
    abstract: "Reopen a closed case.",
    discussion: discussion(
      "No hold comes back; the released ones are listed, so that new ones can be made.",
      examples: ["custody case reopen smith"],
      statuses: .changing + [.notFound, .ambiguous]))

  @Argument(help: ArgumentHelp("The case, by id or name.", valueName: "case")) var matter: String
  @OptionGroup var reason: ReasonOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let (matter, wasOpen, holds) = try global.change(change, by: Self.self) { change in
      let matter = try change.catalog.matter(self.matter)
      guard matter.state == .closed else { return (matter, true, [HoldRecord]()) }
      return (matter, false, try change.reopenMatter(matter, reason: reason.reason))
    }
    for hold in holds {
      output.warn("the hold '\(hold.name)' is \(hold.state.rawValue) and does not come back")
    }
    var record = ChangeRecord(
      .reopen, matter, isDryRun: change.dryRun,
      counts: wasOpen ? .init(already: 1) : .init(added: 1))
    record.details = [.init("holds_not_revived", .list(holds.map { .text($0.id.text) }))]
    try output.print(record, schema: Self.schemaName)
  }
}
