// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Lists exceptions.
struct ExceptionList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List exceptions in the order in which they were first met.",
    discussion: discussion(
      "Several conditions narrow the list; without any, resolved ones are shown too.",
      examples: ["custody exception list --state open"],
      statuses: .reading + [.notFound, .ambiguous]))

  @Option(help: "Only open or only resolved ones.") var state: ExceptionState?
  @Option(help: "Only failures or only gaps.") var kind: ExceptionKind?
  @Option(help: "Only those with this reason code.") var code: String?
  @Option(help: "Only those of this source, by id or name.") var source: String?
  @Option(help: ArgumentHelp("Only those that this run met, by id.", valueName: "run"))
  var capture: String?
  @Option(help: "Only those that are this hold's own, by id or name.") var hold: String?
  @Option(
    name: .customLong("case"),
    help: ArgumentHelp("The case to look for the hold in.", valueName: "case"))
  var matter: String?
  @OptionGroup(title: "Output") var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if matter != nil, hold == nil { throw ValidationError("--case goes with --hold") }
  }

  func run() throws {
    var printer = try ListPrinter<ExceptionRecord>(global.output(list), schema: Self.schemaName)
    let (rows, total) = try global.read { catalog in
      let filter = ExceptionFilter(
        state: state, kind: kind, code: code, source: try source.map { try catalog.source($0).key },
        run: try capture.map { try catalog.run($0).key },
        hold: try hold.map { try catalog.hold($0, in: matter.map(catalog.matter)).key })
      return (
        try catalog.exceptions(filter, limit: printer.rowLimit), try catalog.exceptionCount(filter)
      )
    }
    for row in rows { try printer.append(row) }
    try printer.finish(total: total)
  }
}
