// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Begins the release of a hold.
struct HoldRelease: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release",
    abstract: "Release a hold after a cool-down.",
    discussion: discussion(
      """
      The hold goes on protecting until the cool-down has passed; until then hold reinstate takes \
      the release back, after it only a new hold protects. It must be confirmed by the hold's name.
      """,
      examples: ["custody hold release mail --case smith --confirm mail --reason 'case settled'"],
      statuses: .changing + [.notFound, .ambiguous, .confirm]))

  @Argument(help: "The hold, by id or name.") var hold: String
  @Option(name: .customLong("case"), help: ArgumentHelp("The case to look in.", valueName: "case"))
  var matter: String?
  @Option(
    help: ArgumentHelp("How long it still protects: 30d, 6mo, 1y.", valueName: "duration"))
  var coolDown: CoolDown = .standard
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConfirmOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let (known, now) = try global.read { catalog in
      (try catalog.hold(hold, in: try matter.map { try catalog.matter($0) }), catalog.now)
    }
    if known.state == .active {
      let end = Instant(ticks: now.ticks + coolDown.ticks(after: now)).flooredToSecond
      output.note(
        "the hold '\(known.name)' of the case '\(known.matter.name)' protects until \(end)")
    }
    if !change.dryRun, known.state == .active {
      try consent.confirm(
        "release the hold '\(known.name)' of the case '\(known.matter.name)'", name: known.name,
        noInput: global.noInput)
    }
    let released = try global.change(change, by: Self.self) { change in
      try change.releaseHold(
        try change.catalog.hold("id:" + known.id.text), coolDown: coolDown.ticks(after: change.now),
        reason: reason.reason)
    }
    try output.print(
      ChangeRecord(.release, released, isDryRun: change.dryRun, counts: .init(added: 1)),
      schema: Self.schemaName)
  }
}
