// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Store

/// Removes what a plan lists.
struct RetentionRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Remove what a plan lists, for good.",
    discussion: discussion(
      """
      Each conversation is judged anew, on its stored records, in the transaction that removes it: \
      what a hold, a review set, a retention or a new message keeps meanwhile stays, is counted by \
      reason, and the command ends with status 3. What waits for custody retention approve is left \
      and counted. A plan that was made under other policies is stale (27). Of what is removed a \
      tombstone remains, with ids, digests and counts. When the command ends with status 0, no byte \
      of it is left in the store; while a search that began before still reads, that is not \
      certain, the command ends with status 3, and the next command that changes the store, or \
      another run, finishes it. A run that was stopped goes on when it is run again. A plan that \
      would remove more than a tenth of the conversations in the store needs its number, too, which \
      --dry-run tells as removable: those that are due or approved, before holds are looked at. \
      custody retention update sets another bound.
      """,
      examples: [
        "custody retention run PLAN --dry-run",
        "custody retention run PLAN --confirm PLAN",
      ],
      statuses: .changing + [.partial, .notFound, .confirm, .stale, .disarmed]))

  @Argument(help: "The plan, by id.") var plan: String
  @OptionGroup var consent: ConfirmOption
  @Option(
    help: ArgumentHelp(
      "Confirm the number of conversations that the plan would remove.", valueName: "n"))
  var confirmCount: Int?
  @OptionGroup var wait: WaitOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() async throws {
    let output = try global.output(change)
    let store = try global.openForChanges(change)
    let (found, progress) = try store.read { catalog in
      let found = try catalog.plan(plan)
      return (found, try catalog.progress(of: found))
    }
    let bar = Progress(output)
    let action = RunAction(store: store, actor: .current(Self.self), wait: wait.duration)
    let result: RunAction.Result
    if change.dryRun {
      result = try action.rehearse(found, confirmedCount: confirmCount)
    } else {
      try store.read { catalog in
        try catalog.requireArmed()
        try catalog.requireRunnable(found)
      }
      try consent.confirm(
        "remove \(progress.removable) conversations for good", name: found.id.text,
        noInput: global.noInput)
      result = try await Interruption.deferring {
        try action.run(found, confirmedCount: confirmCount) { judged, total in
          bar.update("\(judged) of \(total) conversations judged")
          if let interrupted = Interruption.requested { throw interrupted }
        }
      }
    }
    bar.finish()
    try output.print(
      ChangeRecord(
        .run, "plan", id: found.id.text, isDryRun: change.dryRun, counts: nil,
        details: result.members + [.init("removable", FieldValue(progress.removable))]),
      schema: Self.schemaName)
    try judge(result)
  }

  private func judge(_ result: RunAction.Result) throws {
    guard result.isPartial else { return }
    if result.skippedCount > 0 {
      let would = change.dryRun ? "would stay" : "stay"
      throw CommandFailure(
        .partial, "\(result.skippedCount) conversations of the plan \(would)",
        why: result.skipped.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
          .joined(separator: ", "),
        whatToDo: "see custody why of a conversation, or custody retention show --results")
    }
    throw CommandFailure(
      .partial, "the removal is not complete: something still reads an older state of the store",
      whatToDo: "run the plan again when no search or export is running")
  }
}

extension RunAction.Result {
  var members: [FieldValue.Member] {
    [
      .init("purged", FieldValue(purged)), .init("already", FieldValue(already)),
      .init("skipped", FieldValue(skippedCount)), .init("waiting", FieldValue(waiting)),
      .init("simulated", FieldValue(simulated)), .init("bytes", .byteCount(bytes)),
      .init("pending", FieldValue(pending?.conversations ?? 0)),
      .init(
        "reasons",
        .object(
          skipped.sorted { $0.key < $1.key }.map { .init($0.key, FieldValue($0.value)) })),
      .init(
        "kept_by",
        .object(
          keeping.sorted { $0.key < $1.key }.map { .init($0.key.text, FieldValue($0.value)) })),
    ]
  }
}
