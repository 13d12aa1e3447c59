// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Adds custodians to a case.
struct CaseAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add custodians to a case.",
    discussion: discussion(
      "Searches of the case look at its custodians. Adding one holds nothing: see custody hold.",
      examples: ["custody case add smith --custodian ada@example.org"],
      statuses: .changing + [.notFound, .ambiguous]))

  @Argument(help: ArgumentHelp("The case, by id or name.", valueName: "case")) var matter: String
  @OptionGroup(title: "Custodians") var people: CustodianNames
  @OptionGroup var reason: ReasonOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws { try people.requireSome() }

  func run() throws {
    let output = try global.output(change)
    let names = try people.names()
    let (matter, added, count) = try global.change(change, by: Self.self) { change in
      let matter = try change.catalog.matter(self.matter)
      let custodians = try change.catalog.custodians(names)
      let added = try change.addCustodians(custodians, to: matter, reason: reason.reason)
      return (matter, added, custodians.count)
    }
    try output.print(
      ChangeRecord(
        .add, matter, isDryRun: change.dryRun,
        counts: .init(added: added, already: count - added)), schema: Self.schemaName)
  }
}
