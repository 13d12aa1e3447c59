// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Shows one case.
struct CaseShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one case with its custodians, holds and searches.",
    discussion: discussion(
      "Searches are shown newest first.", examples: ["custody case show smith"],
      statuses: .reading + [.notFound, .ambiguous]))

  @Argument(help: ArgumentHelp("The case, by id or name.", valueName: "case")) var matter: String
  @OptionGroup(title: "Output") var fields: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let details = try global.read { try CaseDetails(try $0.matter(matter), in: $0) }
    try global.output(fields).print(details, schema: Self.schemaName)
  }
}
