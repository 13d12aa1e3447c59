// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Store

/// Takes a release back.
struct HoldReinstate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reinstate",
    abstract: "Take a release or narrowing back while its cool-down lasts.",
    discussion: discussion(
      """
      A hold that was narrowed gets the wording before; what only the newer wording covered falls \
      out, which is shown and must be confirmed as any narrowing. After the cool-down only a new \
      hold protects.
      """,
      examples: ["custody hold reinstate mail --case smith"],
      statuses: .changing + [.notFound, .ambiguous, .confirm, .stale]))

  @Argument(help: "The hold, by id or name.") var hold: String
  @Option(name: .customLong("case"), help: ArgumentHelp("The case to look in.", valueName: "case"))
  var matter: String?
  @Option(
    help: ArgumentHelp(
      "How long what the newer wording covered besides is still protected.",
      valueName: "duration"))
  var coolDown: CoolDown = .standard
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConfirmOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let store = try global.openForReading()
    let (known, now) = try store.read { catalog in
      (try catalog.hold(hold, in: try matter.map { try catalog.matter($0) }), catalog.now)
    }
    let ticks = coolDown.ticks(after: now)
    let preview = try narrowing(known, now: now, ticks: ticks, store, output)
    if let preview, !change.dryRun {
      try consent.confirm(
        "give the hold '\(known.name)' its earlier wording; \(preview.sentence)",
        name: known.name, noInput: global.noInput)
    }
    let after = try global.change(change, by: Self.self) { change in
      let current = try change.catalog.hold("id:" + known.id.text)
      // What was shown must be what is brought back; a hold that ended meanwhile tells so itself.
      guard current.current == known.current else {
        throw CommandFailure.changedMeanwhile("the hold \(known.name)", known.id)
      }
      let reinstate = { (change: Change) in
        try change.reinstateHold(current, coolDown: ticks, reason: reason.reason)
      }
      guard let preview else { return try reinstate(change) }
      return try preview.consent(to: .holds([known])).make(in: change, reinstate)
    }
    var record = ChangeRecord(
      .reinstate, after, isDryRun: change.dryRun, counts: .init(added: 1))
    record.details += preview?.details ?? []
    try output.print(record, schema: Self.schemaName)
  }

  /// What only the newer wording covers; nil where nothing can fall out.
  private func narrowing(
    _ known: HoldRecord, now: Instant, ticks: Int64, _ store: Store, _ output: OutputSettings
  ) throws -> ReleasePreview? {
    guard known.state == .active, let wording = known.wordingToReinstate(at: now),
      known.definition.narrows(to: wording)
    else { return nil }
    let preview = try ReleasePreview(
      of: known, by: { _ = try $0.reinstateHold(known, coolDown: ticks) },
      as: .current(Self.self), store: store, output: output)
    preview.tell(output)
    return preview
  }
}
