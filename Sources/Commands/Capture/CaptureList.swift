// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Lists the runs.
struct CaptureList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the runs, newest first.",
    discussion: discussion(
      "With --source only those of one source.", examples: ["custody capture list"],
      statuses: .reading + [.notFound, .ambiguous]))

  @Option(help: "Only the runs of this source, by id or name.") var source: String?
  @OptionGroup(title: "Output") var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    var printer = try ListPrinter<RunRecord>(global.output(list), schema: Self.schemaName)
    try printer.print(
      try global.read { catalog in
        try catalog.runs(of: try source.map { try catalog.source($0) })
      })
  }
}
