// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Capture
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
      custody retention update sets another bound. With --at-source the chats among them that a source \
      of the type compliance-api brought are deleted there too, for good: each is read again first, and \
      one that changed since its last capture stays, is captured and judged anew; then it is removed \
      here, the holds and the joins between routes are read once more, and only then is the request \
      sent. What was imported from files has nothing to be deleted; it is counted as without_source. \
      The key of the source needs the scope delete:compliance_user_data. The section NOTES tells the rest.
      """,
      examples: [
        "custody retention run PLAN --dry-run",
        "custody retention run PLAN --confirm PLAN",
        "custody retention run PLAN --at-source --dry-run",
      ],
      statuses: .changing + [
        .partial, .notFound, .denied, .confirm, .stale, .disarmed, .backend, .secret,
      ]))

  @Argument(help: "The plan, by id.") var plan: String
  @OptionGroup var consent: ConfirmOption
  @Option(
    help: ArgumentHelp(
      "Confirm the number of conversations that the plan would remove.", valueName: "n"))
  var confirmCount: Int?
  @Flag(help: "Delete chats at their source too, once they are removed here.") var atSource = false
  @Option(
    help: ArgumentHelp(
      "Calls of the sources in a minute, all together, from 1 to 599; 300 when not given. More to an "
        + "address on this machine.", valueName: "calls"))
  var rate: Int?
  @OptionGroup var wait: WaitOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    guard let rate else { return }
    if !atSource { throw ValidationError("--rate goes with --at-source") }
    if rate < 1 { throw ValidationError("--rate takes a number from 1") }
  }

  func run() async throws {
    let output = try global.output(change)
    let store = try global.openForChanges(change)
    let (found, progress) = try store.read { catalog in
      let found = try catalog.plan(plan)
      return (found, try catalog.progress(of: found))
    }
    let bar = Progress(output)
    let action = RunAction(
      store: store, actor: .current(Self.self), wait: wait.duration, access: access(bar))
    let result: RunAction.Result
    if change.dryRun {
      let brake = try store.read { try $0.brake(on: found) }
      if confirmCount == nil, brake.stops {
        output.note(brake.sentence + ": a run needs --confirm-count \(brake.count)")
      }
      result = try action.rehearse(found, confirmedCount: confirmCount)
    } else {
      try store.read { catalog in
        try catalog.requireArmed()
        try catalog.requireRunnable(found)
      }
      var place = atSource ? ", here and their chats at the source" : ""
      let earlier = try atSource ? store.read { try $0.adoptableSourceDeletionCount(of: found) } : 0
      if earlier > 0 {
        place +=
          earlier == 1
          ? ", and 1 chat of what was removed here before"
          : ", and \(earlier) chats of what was removed here before"
      }
      try consent.confirm(
        "remove \(progress.removable) conversations for good\(place)", name: found.id.text,
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
    if let failure = result.failure {
      throw CommandFailure(
        failure.error, source: failure.source.isEmpty ? nil : failure.source)
    }
    try judge(result)
  }

  /// How sources are reached; nil where nothing is deleted there.
  private func access(_ bar: Progress) -> SourceAccess? {
    guard atSource else { return nil }
    let rate = rate ?? SyncSettings().callsPerMinute
    var access = SourceAccess(
      key: { source in
        try source.requireFits(rate: rate)
        do {
          return try source.serviceKey()
        } catch let error as ComplianceError {
          throw CommandFailure(error, source: source.name)
        }
      },
      check: { step in
        if !step.isEmpty { bar.update(step) }
        if let interrupted = Interruption.requested { throw interrupted }
      })
    access.settings.callsPerMinute = rate
    access.settings.wait = wait.duration
    return access
  }

  private func judge(_ result: RunAction.Result) throws {
    guard result.isPartial else { return }
    if let atSource = result.atSource, atSource.isPartial {
      let parts =
        atSource.failed.sorted { $0.key < $1.key }.map { "\($0.value) failed: \($0.key)" }
        + atSource.kept.sorted { $0.key < $1.key }.map { "\($0.value) kept: \($0.key)" }
        + result.skipped.sorted { $0.key < $1.key }.map { "\($0.value) skipped: \($0.key)" }
      throw CommandFailure(
        .partial, "not every chat is deleted at its source",
        why: parts.isEmpty ? nil : parts.joined(separator: ", "),
        whatToDo: atSource.pending > 0
          ? "run a plan with --at-source again; \(atSource.pending) wait for it"
          : "see custody retention show PLAN --results")
    }
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
    ] + (atSource.map { [.init("at_source", $0.fieldValue)] } ?? [])
  }
}

extension AtSourceResult {
  fileprivate var fieldValue: FieldValue {
    func counts(_ reasons: [String: Int]) -> FieldValue {
      .object(reasons.sorted { $0.key < $1.key }.map { .init($0.key, FieldValue($0.value)) })
    }
    guard let deletable else {
      return .object([
        .init("deleted", FieldValue(deleted)), .init("gone", FieldValue(gone)),
        .init("without_source", FieldValue(withoutSource)), .init("kept", counts(kept)),
        .init("captured", FieldValue(captured)), .init("failed", counts(failed)),
        .init("pending", FieldValue(pending)), .init("calls", FieldValue(calls)),
      ])
    }
    return .object([
      .init("deletable", FieldValue(deletable)),
      .init("without_source", FieldValue(withoutSource)), .init("pending", FieldValue(pending)),
    ])
  }
}
