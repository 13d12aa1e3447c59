// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Changes the fields of a case.
struct CaseUpdate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update",
    abstract: "Change the fields of a case.",
    discussion: discussion(
      "Fields that are not named stay as they are. The prefix begins the control numbers of exports.",
      examples: ["custody case update smith --control-prefix SMITH-"],
      statuses: .changing + [.notFound, .ambiguous, .exists]))

  @Argument(help: ArgumentHelp("The case, by id or name.", valueName: "case")) var matter: String
  @Option(help: "A new name.") var name: String?
  @Option(help: ArgumentHelp("What it is about.", valueName: "text")) var description: String?
  @Option(help: ArgumentHelp("How control numbers begin.", valueName: "prefix"))
  var controlPrefix: String?
  @OptionGroup var reason: ReasonOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if [name, description, controlPrefix].allSatisfy({ $0 == nil }) {
      throw ValidationError("nothing to change; name a field, such as --description")
    }
  }

  func run() throws {
    let output = try global.output(change)
    let (before, after) = try global.change(change, by: Self.self) { change in
      let before = try change.catalog.matter(matter)
      return (
        before,
        try change.updateMatter(
          before, name: name, description: description, controlPrefix: controlPrefix,
          reason: reason.reason)
      )
    }
    try output.print(
      ChangeRecord(
        .update, after, isDryRun: change.dryRun,
        counts: before == after ? .init(already: 1) : .init(added: 1)), schema: Self.schemaName)
  }
}
