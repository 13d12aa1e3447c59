// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Takes a release back.
struct HoldReinstate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reinstate",
    abstract: "Take a release back while its cool-down lasts.",
    discussion: discussion(
      "After the cool-down only a new hold protects.",
      examples: ["custody hold reinstate mail --case smith"],
      statuses: .changing + [.notFound, .ambiguous]))

  @Argument(help: "The hold, by id or name.") var hold: String
  @Option(name: .customLong("case"), help: ArgumentHelp("The case to look in.", valueName: "case"))
  var matter: String?
  @OptionGroup var reason: ReasonOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let hold = try global.change(change, by: Self.self) { change in
      let catalog = change.catalog
      return try change.reinstateHold(
        try catalog.hold(self.hold, in: try matter.map { try catalog.matter($0) }),
        reason: reason.reason)
    }
    try output.print(
      ChangeRecord(.reinstate, hold, isDryRun: change.dryRun, counts: .init(added: 1)),
      schema: Self.schemaName)
  }
}
