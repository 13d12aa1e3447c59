// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Bytes
import Model
import Store

/// Issues notices.
struct NoticeSend: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send",
    abstract: "Write the notices that custodians have not been given yet.",
    discussion: discussion(
      """
      Writes one message a person into a folder: a hold notice to everybody whom a hold names, and \
      a release notice to everybody who was told and whom no wording of the hold protects any more. \
      Run it every night: it issues what has not been issued, and goes on where it was killed. \
      --again issues a hold notice anew where its text changed. Templates are texts with \
      {{custodian}}, {{case}}, {{due}} and {{contact}}, and may begin with a line 'Subject: ...'. \
      The built-in hold notice asks for an answer, so it needs --due. Who has no address that can \
      be used is named, and the status is 3. Nobody is told of a silent hold, nor of another hold \
      of a case in which a silent hold names them. The files of a folder have fixed names; a \
      message that is written again because its file went away too early has the same Message-ID.
      """,
      examples: [
        "custody hold notice send --output notices --from legal@example.org --due 14d",
        "custody hold notice send mail --case smith --output notices --from legal@example.org "
          + "--template notice.txt --again --due 14d",
      ], statuses: .changing + [.notFound, .ambiguous, .partial, .exists]))

  @OptionGroup var choice: HoldChoice
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The folder for the messages; made if need be.", valueName: "dir"),
    completion: .directory)
  var output: String
  @Option(help: ArgumentHelp("The sender's address.", valueName: "address")) var from: String
  @Option(help: ArgumentHelp("The sender's name.", valueName: "name")) var fromName = ""
  @Option(
    help: ArgumentHelp(
      "Whom to turn to; without it, the sender.", valueName: "text"))
  var contact: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Until when to answer: a date, or a time from now such as 14d.", valueName: "time"))
  var due: String?
  @Option(
    help: ArgumentHelp("The text of hold notices.", valueName: "file"), completion: .file())
  var template: String?
  @Option(
    help: ArgumentHelp("The text of release notices.", valueName: "file"), completion: .file())
  var releaseTemplate: String?
  @Flag(help: "Issue a hold notice anew where its text changed.") var again = false
  @OptionGroup var wait: WaitOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let settings = try global.output(change)
    let store = try global.openForChanges(change)
    let holds = try store.read { try choice.chosen($0) }
    let options = try options(now: store.now)
    let action = NoticeAction(options, actor: .current(Self.self))
    let ids = holds.map(\.id)
    let outcome =
      change.dryRun
      ? try action.rehearse(ids, in: store)
      : try action.send(ids, in: store, wait: wait.duration)
    try tell(outcome, holds, settings)
    guard outcome.obstacles.isEmpty else {
      let names = outcome.obstacles.map {
        "\($0.custodian.id.text) \($0.custodian.name): \($0.code.rawValue), hold \($0.hold.name)"
      }
      throw CommandFailure(
        .partial, "\(outcome.obstacles.count) notices could not be issued",
        why: "the person has no e-mail address that can be used",
        whatToDo: "give one with custody custodian add --email and run it again",
        objects: names)
    }
  }

  private func tell(
    _ outcome: NoticeAction.Outcome, _ holds: [HoldRecord], _ settings: OutputSettings
  ) throws {
    if settings.printsIDsOnly {
      for notice in outcome.issued {
        try settings.console.output.write(notice.id.text.escapedLine)
      }
      try settings.console.output.flush()
      return
    }
    for hold in holds where hold.state == .active && hold.definition.scope.custodians.isEmpty {
      settings.note("the hold '\(hold.name)' names no person, so there is nobody to tell")
    }
    let exceptions = outcome.obstacles.map { obstacle -> FieldValue in
      .object([
        .init("code", .text(obstacle.code.rawValue)),
        .init("custodian", .text(obstacle.custodian.id.text)),
        .init("name", .text(obstacle.custodian.name)),
        .init("hold", .text(obstacle.hold.id.text)),
      ])
    }
    let notices = outcome.issued.map { notice -> FieldValue in
      .object([
        .init("id", FieldValue(change.dryRun ? nil : notice.id)),
        .init("kind", .text(notice.kind.rawValue)), .init("file", .text(notice.file)),
        .init("address", .text(notice.address)),
        .init("text_sha256", .text(notice.textDigest.hexadecimal)),
      ])
    }
    var record = ChangeRecord(
      .send, "notice", id: "", isDryRun: change.dryRun,
      counts: .init(
        added: outcome.issued.count, already: outcome.already, skipped: outcome.silent,
        failed: outcome.obstacles.count))
    record.details = [
      .init("written", FieldValue(outcome.written)),
      .init("resumed", FieldValue(outcome.resumed)),
      .init("withdrawn", FieldValue(outcome.withdrawn)),
      .init("exceptions", .list(exceptions)),
    ]
    // People have the folder and status for the single notices.
    if settings.format != .human { record.details.append(.init("notices", .list(notices))) }
    try settings.print(record, schema: Self.schemaName)
  }

  private func options(now: Instant) throws -> NoticeAction.Options {
    guard let sender = MailAddress(from) else {
      throw CommandFailure.usage(
        "--from takes an e-mail address, not '\(from)'", whatToDo: "write name@example.org")
    }
    guard contact?.allSatisfy(\.isWhitespace) != true else {
      throw CommandFailure.usage("--contact is empty", whatToDo: "leave it out to name the sender")
    }
    guard !output.isEmpty else {
      throw CommandFailure.usage("--output is empty", whatToDo: "name a folder")
    }
    let (deadline, isRelative) = try deadline(now: now)
    let templates: [NoticeKind: NoticeTemplate] = [
      .hold: try read(template, .hold, "--template"),
      .release: try read(releaseTemplate, .release, "--release-template"),
    ]
    for (kind, template) in templates where template.uses(.due) {
      if kind == .release {
        throw CommandFailure.usage(
          "a release notice has no {{due}}", whatToDo: "take it out of --release-template")
      }
      if deadline == nil {
        throw CommandFailure.usage(
          "the notice asks for an answer by {{due}}, and there is no --due",
          whatToDo: "give --due, such as 14d, or a --template without it")
      }
    }
    return NoticeAction.Options(
      fromName: fromName, from: sender,
      contact: contact ?? (fromName.isEmpty ? from : "\(fromName) <\(from)>"), due: deadline,
      isDueRelative: isRelative, templates: templates, folder: absolutePath(output), again: again)
  }

  private func deadline(now: Instant) throws -> (Instant?, isRelative: Bool) {
    guard let due else { return (nil, false) }
    if let span = ClockTime.Span(due) {
      let end: Instant =
        switch span {
        case .seconds(let seconds): now.advanced(bySeconds: Int(seconds))
        case .months(let months): now.advanced(byMonths: months)
        }
      // A day is what people keep; it begins in UTC.
      return (Instant(startOf: end.utcDate), true)
    }
    guard let time = ClockTime(due)?.resolved(now: now, zone: .utc) else {
      throw CommandFailure.usage(
        "--due takes a date such as 2027-01-31 or a time from now such as 14d, not '\(due)'")
    }
    guard NoticeRecord.deadline(of: time) > now else {
      throw CommandFailure.usage(
        "--due lies in the past: \(time)", whatToDo: "give a time that is still to come")
    }
    return (time, false)
  }

  private func read(_ path: String?, _ kind: NoticeKind, _ option: String) throws -> NoticeTemplate
  {
    let bytes =
      try path.map { try readBytes($0, option: option) } ?? Array(kind.builtInTemplate.utf8)
    do {
      return try NoticeTemplate(bytes, for: kind)
    } catch {
      throw CommandFailure.usage(
        "'\(path ?? "the built-in notice")' cannot be used", why: error.message,
        whatToDo: "correct the template")
    }
  }
}
