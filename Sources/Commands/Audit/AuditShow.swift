// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Shows one audit event.
struct AuditShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one audit event.",
    discussion: discussion(
      "Events are numbered from 1 without a gap.", examples: ["custody audit show 1"],
      statuses: .reading + [.notFound]))

  @Argument(help: ArgumentHelp("The number of the event.", valueName: "number")) var number: Int64
  @OptionGroup(title: "Output") var fields: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    try global.output(fields).print(
      try global.read { try $0.event(number) }, schema: Self.schemaName)
  }
}
