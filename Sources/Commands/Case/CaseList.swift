// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Lists cases.
struct CaseList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List cases by name.",
    discussion: discussion(
      "With --state only open or only closed ones.", examples: ["custody case list --state open"],
      statuses: .reading))

  @Option(help: "Only open or only closed ones.") var state: MatterState?
  @OptionGroup(title: "Output") var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    var printer = try ListPrinter<MatterRecord>(global.output(list), schema: Self.schemaName)
    try printer.print(try global.read { try $0.matters(state) })
  }
}
