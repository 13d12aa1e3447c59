// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Shows one exception.
struct ExceptionShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one exception.",
    discussion: discussion("Prints all fields.", statuses: .reading + [.notFound]))

  @Argument(help: "The exception, by id.") var exception: String
  @OptionGroup(title: "Output") var fields: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let record = try global.read { try $0.exceptions(ids: [exception]).first }
    guard let record else {
      throw CommandFailure(
        .notFound, "no exception '\(exception)'", whatToDo: "see custody exception list")
    }
    try global.output(fields).print(record, schema: Self.schemaName)
  }
}
