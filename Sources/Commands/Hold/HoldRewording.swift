// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Query
import Store

/// What every command does that gives a hold another wording: shows what falls out, asks, and
/// changes what was shown (holds-and-retention section 2.2).
struct HoldRewording: ParsableArguments {
  /// What a hold is to say.
  struct Wanted {
    var definition: HoldDefinition
    var name: String?
    var counts = ChangeRecord.Counts(added: 1)
    /// The query that was read anew.
    var query: CompiledQuery?
  }

  @Argument(help: "The hold, by id or name.") var hold: String
  @Option(name: .customLong("case"), help: ArgumentHelp("The case to look in.", valueName: "case"))
  var matter: String?
  @Option(
    help: ArgumentHelp(
      "How long what falls out is still protected: 30d, 6mo, 1y.", valueName: "duration"))
  var coolDown: CoolDown = .standard
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConsentOptions
  @OptionGroup var change: ChangeOptions

  /// Changes the hold.
  ///
  /// - Parameters:
  ///   - verb: Of the record.
  ///   - command: Who does it.
  ///   - global: The store.
  ///   - wording: What the hold is to say, given what it says; asked on a copy.
  /// - Throws: ``CommandFailure`` without consent or where the hold was changed meanwhile.
  func run(
    _ verb: ChangeVerb, _ command: any ParsableCommand.Type, _ global: GlobalOptions,
    wording: (HoldRecord, Change) throws -> Wanted
  ) throws {
    let output = try global.output(change)
    let store = try global.openForReading()
    let (known, wanted, now) = try store.rehearse(as: .current(command)) { change in
      let catalog = change.catalog
      let known = try catalog.hold(hold, in: try matter.map { try catalog.matter($0) })
      guard known.state == .active else {
        throw CommandFailure(
          .denied, "the hold '\(known.name)' is \(known.state.rawValue) and cannot be changed",
          whatToDo: "reinstate it while it is releasing, or create a new one",
          objects: [known.id.text])
      }
      return (known, try wording(known, change), change.now)
    }
    try tell(about: wanted, store: store, output)
    guard wanted.definition != known.definition || (wanted.name ?? known.name) != known.name else {
      var counts = wanted.counts
      counts.already += counts.added
      counts.added = 0
      try output.print(
        ChangeRecord(verb, known, isDryRun: change.dryRun, counts: counts),
        schema: command.schemaName)
      return
    }
    let ticks = coolDown.ticks(after: now)
    let apply = { (change: Change, hold: HoldRecord) in
      var after = try change.updateHold(
        hold, to: wanted.definition, coolDown: ticks, reason: reason.reason)
      if let name = wanted.name {
        after = try change.renameHold(after, to: name, reason: reason.reason)
      }
      return after
    }
    let isNarrowing = known.definition.narrows(to: wanted.definition)
    var preview: ReleasePreview?
    if isNarrowing {
      preview = try ReleasePreview(
        of: known, by: { _ = try apply($0, known) }, as: .current(command), store: store,
        output: output)
      preview?.tell(output)
    }
    let title = "the hold '\(known.name)' of the case '\(known.matter.name)'"
    if let preview {
      let end = Instant(ticks: now.ticks + ticks).flooredToSecond
      output.note("\(title): what falls out is protected until \(end); \(preview.sentence)")
    }
    let isDisclosing = known.definition.isSilent && !wanted.definition.isSilent
    if !change.dryRun, isNarrowing || isDisclosing {
      let effect =
        preview.map { "narrow \(title); \($0.sentence)" }
        ?? "let notices tell the custodians of \(title)"
      try consent.confirm(
        effect, name: known.name, isSevere: isNarrowing, noInput: global.noInput)
    }
    let after = try global.change(change, by: command) { change in
      let current = try change.catalog.hold("id:" + known.id.text)
      // What was shown and confirmed must be what is changed.
      guard current.current == known.current, current.name == known.name else {
        throw CommandFailure.changedMeanwhile("the hold \(known.name)", known.id)
      }
      guard let preview else { return try apply(change, current) }
      return try preview.consent(to: .holds([known])).make(in: change) { try apply($0, current) }
    }
    var record = ChangeRecord(verb, after, isDryRun: change.dryRun, counts: wanted.counts)
    record.details += preview?.details ?? []
    try output.print(record, schema: command.schemaName)
  }

  /// Tells the warnings about a new query, or refuses one that cannot be read.
  private func tell(about wanted: Wanted, store: Store, _ output: OutputSettings) throws {
    guard var query = wanted.query else { return }
    try query.checkExpansions(in: store)
    try query.stateScope(
      wanted.definition.scope.node(within: wanted.definition.interval), in: store)
    guard query.node != nil else {
      throw QueryRefusal(text: query.text, diagnostics: query.diagnostics)
    }
    output.warn(about: query)
  }
}
