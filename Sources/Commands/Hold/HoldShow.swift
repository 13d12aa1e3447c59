// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Shows one hold.
struct HoldShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one hold with all its versions.",
    discussion: discussion(
      "Prints what the hold says now and when each wording was made and released.",
      examples: ["custody hold show mail --case smith"],
      statuses: .reading + [.notFound, .ambiguous]))

  @Argument(help: "The hold, by id or name.") var hold: String
  @Option(name: .customLong("case"), help: ArgumentHelp("The case to look in.", valueName: "case"))
  var matter: String?
  @OptionGroup(title: "Output") var fields: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let record = try global.read { catalog in
      try catalog.hold(hold, in: try matter.map { try catalog.matter($0) })
    }
    try global.output(fields).print(HoldWithVersions(hold: record), schema: Self.schemaName)
  }
}
