// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Shows one source.
struct SourceShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one source.",
    discussion: discussion(
      "Prints all fields.", examples: ["custody source show laptop-exports"],
      statuses: .reading + [.notFound, .ambiguous]))

  @Argument(help: "The source, by id or name.") var source: String
  @OptionGroup(title: "Output") var fields: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    try global.output(fields).print(
      try global.read { try $0.source(source) }, schema: Self.schemaName)
  }
}
