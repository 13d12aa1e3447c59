// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Store

/// Lists saved queries.
struct QueryList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List saved queries.",
    discussion: discussion(
      "By name.", examples: ["custody query list"], statuses: .reading))

  @OptionGroup var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    var printer = try ListPrinter<SavedQuery>(global.output(list), schema: Self.schemaName)
    try printer.print(try global.read { try $0.savedQueries() })
  }
}
