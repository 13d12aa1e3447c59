// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Marks exceptions as dealt with.
struct ExceptionResolve: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolve",
    abstract: "Mark exceptions as dealt with.",
    discussion: discussion(
      """
      Records who resolved them, when and why. What was met stays on record; the same exception met \
      again stays resolved.
      """, statuses: .changing + [.notFound]))

  @Argument(help: ArgumentHelp("The exceptions, by id.", valueName: "exception"))
  var exceptions: [String] = []
  @OptionGroup var list: IDListOptions
  @Option(help: ArgumentHelp("Why they need no more care.", valueName: "text")) var reason: String
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if exceptions.isEmpty, !list.isGiven {
      throw ValidationError("name at least one exception, or a file with --ids-from")
    }
  }

  func run() throws {
    let output = try global.output(change)
    let unique = Array(Set(try exceptions + list.ids())).sorted()
    let resolved = try global.change(change, by: Self.self) { change in
      try change.resolveExceptions(unique, reason: reason)
    }
    try output.print(
      ChangeRecord(
        .resolve, "exception", id: unique.count == 1 ? unique[0] : "\(unique.count) exceptions",
        isDryRun: change.dryRun,
        counts: .init(added: resolved, already: unique.count - resolved)),
      schema: Self.schemaName)
  }
}
