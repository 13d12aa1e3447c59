// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Lists custodians.
struct CustodianList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List custodians by name.",
    discussion: discussion(
      "With --case only those of one case.", examples: ["custody custodian list"],
      statuses: .reading + [.notFound, .ambiguous]))

  @Option(name: .customLong("case"), help: "Only those of this case, by id or name.")
  var matter: String?
  @OptionGroup(title: "Output") var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    var printer = try ListPrinter<Custodian>(global.output(list), schema: Self.schemaName)
    try printer.print(
      try global.read { catalog in
        guard let matter else { return try catalog.custodians() }
        return try catalog.custodians(of: try catalog.matter(matter))
      })
  }
}
