// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Lists all sources.
struct SourceList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List all sources.",
    discussion: discussion(
      "Ordered by name.", examples: ["custody source list"], statuses: .reading))

  @OptionGroup(title: "Output") var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    var printer = try ListPrinter<SourceRecord>(
      global.output(list), schema: Self.schemaName)
    try printer.print(try global.read { try $0.sources() })
  }
}
