// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Shows one run with the files that it read.
struct CaptureShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one run with the files that it read.",
    discussion: discussion(
      "Prints all counts, and each file with its size, digest, format and outcome.",
      statuses: .reading + [.notFound]))

  @Argument(help: ArgumentHelp("The run, by id.", valueName: "run")) var id: String
  @OptionGroup(title: "Output") var fields: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let record = try global.read { catalog in
      let record = try catalog.run(id)
      return RunWithInputs(run: record, inputs: try catalog.inputs(of: record))
    }
    try global.output(fields).print(record, schema: Self.schemaName)
  }
}
