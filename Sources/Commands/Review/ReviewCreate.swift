// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Makes a review set.
struct ReviewCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Create a review set in a case.",
    discussion: discussion(
      "The set is empty; custody review add fills it.",
      examples: ["custody review create 'First look' --case 'Pier 9 tender'"],
      statuses: [.notFound, .exists, .ambiguous] + .changing))

  @Argument(help: "The name, unique in the case.") var name: String
  @Option(name: .customLong("case"), help: ArgumentHelp("The case.", valueName: "case"))
  var matter: String
  @Option(help: "What it is for.") var description = ""
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let store = try global.openForChanges(change)
    func create(_ change: Change) throws -> ReviewSet {
      try change.createReviewSet(
        name: name, in: change.catalog.matter(matter), description: description)
    }
    let actor = AuditActor.current(Self.self)
    let set =
      try change.dryRun
      ? store.rehearse(as: actor, create) : store.change(as: actor, create)
    try output.print(
      ChangeRecord(
        .create, "review set", id: set.id.text, name: set.name, isDryRun: change.dryRun,
        counts: .init(added: 1)), schema: Self.schemaName)
  }
}
