// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Takes custodians out of a case.
struct CaseRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove custodians from a case.",
    discussion: discussion(
      "Holds on them stay as they are.",
      examples: ["custody case remove smith --custodian ada@example.org --yes"],
      statuses: .changing + [.notFound, .ambiguous, .confirm]))

  @Argument(help: ArgumentHelp("The case, by id or name.", valueName: "case")) var matter: String
  @OptionGroup(title: "Custodians") var people: CustodianNames
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: YesOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws { try people.requireSome() }

  func run() throws {
    let output = try global.output(change)
    let names = try people.names()
    let (known, custodians) = try global.read { catalog in
      (try catalog.matter(matter), try catalog.custodians(names))
    }
    if !change.dryRun {
      try consent.confirm(
        "take \(custodians.count) custodians out of the case '\(known.name)'?",
        noInput: global.noInput)
    }
    let removed = try global.change(change, by: Self.self) { change in
      let catalog = change.catalog
      return try change.removeCustodians(
        try catalog.custodians(custodians.map { "id:" + $0.id.text }),
        from: try catalog.matter("id:" + known.id.text), reason: reason.reason)
    }
    try output.print(
      ChangeRecord(
        .remove, known, isDryRun: change.dryRun,
        counts: .init(added: removed, already: custodians.count - removed)),
      schema: Self.schemaName)
  }
}
