// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Changes a custodian's name or note.
struct CustodianUpdate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update",
    abstract: "Change a custodian's name or note.",
    discussion: discussion(
      "The old name stays an identity, as captures bear it.",
      examples: ["custody custodian update ada@example.org --note 'left in June'"],
      statuses: .changing + [.notFound, .ambiguous]))

  @Argument(help: "The custodian, by id, name or identity.") var custodian: String
  @Option(help: "A new name.") var name: String?
  @Option(help: ArgumentHelp("A remark.", valueName: "text")) var note: String?
  @OptionGroup var reason: ReasonOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if name == nil, note == nil {
      throw ValidationError("nothing to change; give --name or --note")
    }
  }

  func run() throws {
    let output = try global.output(change)
    let (before, after) = try global.change(change, by: Self.self) { change in
      let before = try change.catalog.custodian(custodian)
      return (
        before,
        try change.updateCustodian(before, name: name, note: note, reason: reason.reason)
      )
    }
    try output.print(
      ChangeRecord(
        .update, "custodian", id: after.id.text, name: after.name, isDryRun: change.dryRun,
        counts: before == after ? .init(already: 1) : .init(added: 1)), schema: Self.schemaName)
  }
}
