// SPDX-License-Identifier: Apache-2.0
import Actions
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
      Names what becomes deletable, and when, before it asks; --dry-run shows the same. The hold \
      goes on protecting until the cool-down has passed; until then hold reinstate takes \
      the release back, after it only a new hold protects. It must be confirmed by the hold's name.
      """,
      examples: ["custody hold release mail --case smith --confirm mail --reason 'case settled'"],
      statuses: .changing + [.notFound, .ambiguous, .confirm, .stale]))

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
    var preview: ReleasePreview?
    if known.state == .active {
      let ticks = coolDown.ticks(after: now)
      let end = Instant(ticks: now.ticks + ticks).flooredToSecond
      let store = try global.openForReading()
      let found = try ReleasePreview([known], coolDown: ticks, store: store, output: output)
      found.tell(output)
      let title = "the hold '\(known.name)' of the case '\(known.matter.name)'"
      output.note("\(title) protects until \(end); \(found.sentence)")
      if !change.dryRun {
        try consent.confirm(
          "release \(title); \(found.sentence)", name: known.name, noInput: global.noInput)
      }
      preview = found
    }
    let released = try global.change(change, by: Self.self) { change in
      let current = try change.catalog.hold("id:" + known.id.text)
      // What was shown and confirmed must be what is released; a hold that is not active tells so
      // itself.
      guard current.state != .active || current.current == known.current else {
        throw CommandFailure.changedMeanwhile("the hold \(known.name)", known.id)
      }
      let release = { (change: Change) in
        try change.releaseHold(
          current, coolDown: coolDown.ticks(after: change.now), reason: reason.reason)
      }
      guard let preview else { return try release(change) }
      return try preview.consent(to: .holds([known])).make(in: change, release)
    }
    var record = ChangeRecord(
      .release, released, isDryRun: change.dryRun, counts: .init(added: 1))
    record.details += preview?.details ?? []
    try output.print(record, schema: Self.schemaName)
  }
}
