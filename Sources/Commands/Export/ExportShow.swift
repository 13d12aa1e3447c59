// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Shows one export of the ledger.
struct ExportShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show an export on record.",
    discussion: discussion(
      "Its set, volume, control numbers and digest.",
      statuses: [.notFound] + .reading))

  @Argument(help: "The export's id.") var id: String
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(fieldOptions)
    let record = try global.openForReading().read { try $0.export(id) }
    try output.print(DisplayedExport(export: record), schema: Self.schemaName)
  }
}
