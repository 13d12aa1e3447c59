// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Shows one saved query.
struct QueryShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a saved query.",
    discussion: discussion(
      "Its text, dialect, scope and interval, and who saved it when.",
      examples: ["custody query show northgate"],
      statuses: [.notFound, .ambiguous] + .reading))

  @Argument(help: "The saved query, by id or name.") var query: String
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(fieldOptions)
    try output.print(global.read { try $0.savedQuery(query) }, schema: Self.schemaName)
  }
}
