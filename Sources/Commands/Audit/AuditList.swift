// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Lists audit events.
struct AuditList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List audit events.",
    discussion: discussion(
      "In the order of the log; where a limit cuts the list, the newest are shown.",
      examples: ["custody audit list --action hold --since -7d"], statuses: .reading))

  @Option(help: "Only this action, or all of a noun: hold shows hold.create and hold.release.")
  var action: String?
  @Option(help: ArgumentHelp("Only events about the object with this id.", valueName: "id"))
  var object: String?
  @Option(help: "Only events of this account.") var account: String?
  @OptionGroup(title: "Interval") var time: TimeOptions
  @OptionGroup(title: "Output") var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(list)
    let filter = AuditFilter(
      action: action, object: object, account: account, interval: try time.interval(output))
    var printer = try ListPrinter<EventRecord>(output, schema: Self.schemaName)
    try global.read { catalog in
      if let limit = printer.rowLimit {
        for event in try catalog.events(filter, limit: limit).reversed() {
          try printer.append(event)
        }
        try printer.finish(total: try catalog.eventCount(filter))
      } else {
        try catalog.forEachEvent(filter) { try printer.append($0) }
        try printer.finish()
      }
    }
  }
}
