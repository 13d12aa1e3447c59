// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Store

/// Lists holds.
struct HoldList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List holds by case and name.",
    discussion: discussion(
      """
      Released holds stay on record for good and are listed too. --custodian tells which holds touch \
      a person: those that name them or named them, and those in force over everyone or over a \
      project or source that conversations of theirs lie in. --conversation tells which protect a \
      conversation now, --item which select one message of it; custody why gives the reasons.
      """,
      examples: [
        "custody hold list --state active", "custody hold list --custodian ada@example.org",
      ],
      statuses: .reading + [.notFound, .ambiguous]))

  @Option(
    name: .customLong("case"), help: ArgumentHelp("Only those of this case.", valueName: "case"))
  var matter: String?
  @Option(help: "Only holds in this state.") var state: HoldState?
  @Option(help: ArgumentHelp("Only those that touch this person.", valueName: "person"))
  var custodian: String?
  @Option(
    help: ArgumentHelp("Only those that protect this conversation now.", valueName: "conversation"))
  var conversation: String?
  @Option(help: ArgumentHelp("Only those that select this item now.", valueName: "item"))
  var item: String?
  @OptionGroup(title: "Output") var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    var printer = try ListPrinter<HoldRecord>(global.output(list), schema: Self.schemaName)
    let store = try global.openForReading()
    let check = HoldCheck(store: store)
    var wanted: [Set<ObjectID>] = []
    if let custodian {
      wanted.append(try check.holds(touching: store.read { try $0.custodian(custodian) }))
    }
    if let conversation {
      let record = try store.read { try $0.conversation(written: conversation) }
      wanted.append(try check.holds(protecting: record))
    }
    if let item { wanted.append(try check.holds(protectingItem: item)) }
    let holds = try store.read { catalog in
      try catalog.holds(of: try matter.map { try catalog.matter($0) })
    }
    try printer.print(
      holds.filter { hold in
        (state == nil || hold.state == state) && wanted.allSatisfy { $0.contains(hold.id) }
      })
  }
}

extension HoldState: ExpressibleByArgument {}
