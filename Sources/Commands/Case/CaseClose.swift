// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Store

/// Closes a case.
struct CaseClose: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "close",
    abstract: "Close a case.",
    discussion: discussion(
      """
      Refuses while active holds exist, unless --release-holds is given and confirmed by the name of \
      the case: what becomes deletable is listed, and they begin their cool-down, in which they \
      still protect. The review sets of a closed case keep nothing: what only they kept is listed \
      too, and must be confirmed by the name.
      """,
      examples: ["custody case close smith --yes"],
      statuses: .changing + [.notFound, .ambiguous, .held, .confirm, .stale]))

  @Argument(help: ArgumentHelp("The case, by id or name.", valueName: "case")) var matter: String
  @Flag(help: "Release the active holds of the case with it.") var releaseHolds = false
  @Option(
    help: ArgumentHelp(
      "How long the released holds still protect: 30d, 6mo, 1y.", valueName: "duration"))
  var coolDown: CoolDown = .standard
  @OptionGroup var reason: ReasonOption
  @Flag(name: .shortAndLong, help: "Answer yes to the question.") var yes = false
  @Option(
    help: ArgumentHelp(
      "Confirm by the name of the case, where something becomes deletable.", valueName: "name"))
  var confirm: String?
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let (known, active) = try global.read { catalog in
      let matter = try catalog.matter(matter)
      return (matter, try catalog.holds(of: matter).filter { $0.state == .active })
    }
    var preview: ReleasePreview?
    var consent: ReleaseConsent?
    if active.isEmpty || releaseHolds {
      let store = try global.openForReading()
      let found = try ReleasePreview(
        closing: known, releasing: active, coolDown: coolDown.ticks(after: store.now),
        store: store, output: output)
      found.tell(output)
      consent = found.consent(to: .closing(known, releasing: active))
      preview = active.isEmpty && found.deletable == 0 ? nil : found
    }
    if !change.dryRun, active.isEmpty || releaseHolds {
      try askConsent(for: known, releasing: active, preview)
    }
    let released = try global.change(change, by: Self.self) { change in
      let current = try change.catalog.matter("id:" + known.id.text)
      // What was shown and confirmed must be what is released.
      let holds = try change.catalog.holds(of: current).filter { $0.state == .active }
      guard !releaseHolds || holds.map(\.current.key) == active.map(\.current.key) else {
        throw CommandFailure(
          .stale, "the holds of the case \(known.name) were changed meanwhile",
          whatToDo: "run it again", objects: [known.id.text])
      }
      let close = { (change: Change) in
        try change.closeMatter(
          current, releasingHoldsAfter: releaseHolds ? coolDown.ticks(after: change.now) : nil,
          reason: reason.reason)
      }
      guard let consent else { return try close(change) }
      return try consent.make(in: change, close)
    }
    var record = ChangeRecord(.close, known, isDryRun: change.dryRun, counts: .init(added: 1))
    record.details = [
      .init("released_holds", .list(released.map { .text($0.id.text) })),
      .init("protected_until", FieldValue(released.compactMap(\.protectsUntil).max())),
    ]
    record.details += preview?.details ?? []
    try output.print(record, schema: Self.schemaName)
  }

  private func askConsent(
    for matter: MatterRecord, releasing holds: [HoldRecord], _ preview: ReleasePreview?
  ) throws {
    let consent = ConsentOptions(yes: yes, confirm: confirm)
    guard !holds.isEmpty || preview != nil else {
      return try consent.confirm(
        "close the case '\(matter.name)'", name: matter.name, isSevere: false,
        noInput: global.noInput)
    }
    let names = holds.map { "'\($0.name)'" }.joined(separator: ", ")
    let release = holds.isEmpty ? "lets go what its review sets keep" : "releases \(names)"
    let outcome = preview.map { "; " + $0.sentence } ?? ""
    try consent.confirm(
      "closing the case '\(matter.name)' \(release)\(outcome)", name: matter.name,
      isSevere: true, noInput: global.noInput)
  }
}
