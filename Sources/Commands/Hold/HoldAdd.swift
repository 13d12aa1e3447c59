// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Adds to the scope of a hold.
struct HoldAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add custodians, projects, sources or everyone to a hold.",
    discussion: discussion(
      """
      Acts at once, on all that is here and all to come. Unknown names stop the command, naming all \
      of them. --everyone holds everything; who is named besides stays named and is told by notices. --create-missing creates persons as \
      custody hold create does, and asks as it does.
      """,
      examples: [
        "custody hold add mail --case smith --custodian ben@example.org --custodian cleo@example.org"
      ],
      statuses: .changing + [.notFound, .ambiguous, .confirm, .stale]))

  @Argument(help: "The hold, by id or name.") var hold: String
  @Option(name: .customLong("case"), help: ArgumentHelp("The case to look in.", valueName: "case"))
  var matter: String?
  @OptionGroup(title: "Scope") var scope: ScopeOptions
  @Flag(help: "Create custodians that the directory does not know.") var createMissing = false
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConfirmOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let names = try scope.namesOfHold()
    let add = { (change: Change) in
      let catalog = change.catalog
      let known = try catalog.hold(self.hold, in: try matter.map { try catalog.matter($0) })
      let made =
        createMissing
        ? try change.createUnknown(names.custodians, reason: "named by the hold \(known.name)") : []
      let effect = try known.definition.scope.adding(
        names.resolved(in: change.catalog), in: change.catalog)
      var definition = known.definition
      definition.scope = effect.scope
      let after = try change.updateHold(known, to: definition, reason: reason.reason)
      return (hold: after, effect: effect, made: made)
    }
    let due =
      createMissing
      ? try DuePreview(
        of: [], by: { try add($0).made }, as: .current(Self.self),
        store: global.openForReading(), output: output)
      : nil
    if let due, due.count > 0, !change.dryRun {
      let name = try global.read { catalog in
        try catalog.hold(self.hold, in: try matter.map { try catalog.matter($0) }).name
      }
      try consent.confirm(
        "add to the hold '\(name)' and create custodians\(due.clause)", name: name,
        noInput: global.noInput)
    }
    let (hold, effect, made) = try global.change(change, by: Self.self) { change in
      guard let due else { return try add(change) }
      return try due.make(in: change) { change in
        let result = try add(change)
        return (result.made, result)
      }
    }
    for custodian in made {
      output.note("created custodian \(custodian.id.text) (\(custodian.name))")
    }
    try output.print(
      ChangeRecord(
        .add, hold, isDryRun: change.dryRun,
        counts: .init(added: effect.changed, already: effect.unchanged)),
      schema: Self.schemaName)
  }
}
