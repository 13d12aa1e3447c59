// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Lists holds.
struct HoldList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List holds by case and name.",
    discussion: discussion(
      "Released holds stay on record for good and are listed too.",
      examples: ["custody hold list --state active"],
      statuses: .reading + [.notFound, .ambiguous]))

  @Option(
    name: .customLong("case"), help: ArgumentHelp("Only those of this case.", valueName: "case"))
  var matter: String?
  @Option(help: "Only holds in this state.") var state: HoldState?
  @OptionGroup(title: "Output") var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    var printer = try ListPrinter<HoldRecord>(global.output(list), schema: Self.schemaName)
    let holds = try global.read { catalog in
      try catalog.holds(of: try matter.map { try catalog.matter($0) })
    }
    try printer.print(holds.filter { state == nil || $0.state == state })
  }
}

extension HoldState: ExpressibleByArgument {}
