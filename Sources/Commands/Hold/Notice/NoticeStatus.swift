// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Bytes
import Model
import Store

/// Tells who was told and who answered.
struct NoticeStatus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Tell who has been told of a hold, and who has not answered and since when.",
    discussion: discussion(
      """
      One row a hold and person: acknowledged; waiting for an answer; overdue when the due time, or \
      the whole of a due day in UTC, has passed; not-issued when the next notice send will tell them; no-address when it cannot; \
      silent when nobody may; released when they were told that the hold has ended. Ends with \
      status 7 where something is overdue, not issued, or cannot be.
      """,
      examples: [
        "custody hold notice status --unanswered --format csv",
        "custody hold notice status mail --case smith",
      ], statuses: [.attention, .notFound, .ambiguous] + .reading))

  @OptionGroup var choice: HoldChoice
  @Flag(help: "Only who has been told and has not answered.") var unanswered = false
  @Flag(help: "Only whose answer is overdue.") var overdue = false
  @OptionGroup(title: "Output") var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(list)
    var printer = try ListPrinter<NoticeRow>(output, schema: Self.schemaName)
    let rows = try global.read { catalog in
      try choice.chosen(catalog).flatMap { hold in
        try catalog.noticeStandings(of: hold).compactMap { NoticeRow($0, at: catalog.now) }
      }
    }
    try printer.print(
      rows.filter { row in
        (!unanswered || row.state.isUnanswered) && (!overdue || row.state == .overdue)
      })
    let concerned = rows.filter(\.state.needsAttention)
    guard concerned.isEmpty else {
      throw CommandFailure(
        .attention, "\(concerned.count) notices need a person",
        why: "they are overdue, not issued, or have no address",
        whatToDo: "run custody hold notice send, and ask who has not answered",
        objects: concerned.map {
          "\($0.standing.custodian.id.text) \($0.standing.custodian.name): \($0.state.rawValue), "
            + "hold \($0.standing.hold.name)"
        })
    }
  }
}

/// How far a person is with the notices of a hold.
enum NoticeState: String {
  case acknowledged
  case waiting
  case overdue
  case notIssued = "not-issued"
  case noAddress = "no-address"
  case silent
  case released

  var isUnanswered: Bool { self == .waiting || self == .overdue }
  var needsAttention: Bool { self == .overdue || self == .notIssued || self == .noAddress }
}

/// A row of the status.
struct NoticeRow: Displayable {
  static let recordType = "notice"
  static let plural = "notices"

  var standing: NoticeStanding
  var state: NoticeState
  /// The notice that the state is about; nil where there is none.
  var notice: NoticeRecord?
  /// Whole days for which an answer has been waited for.
  var waitingDays: Int?

  var identifier: String { notice?.id.text ?? standing.custodian.id.text }

  /// Nil for a person who was named once, was never told, and need not be.
  init?(_ standing: NoticeStanding, at now: Instant) {
    self.standing = standing
    let latest = standing.latest?.written == nil ? nil : standing.latest
    notice = latest
    if standing.isSilent, standing.isNamed {
      state = .silent
    } else if standing.missing != nil || (standing.latest != nil && latest == nil) {
      let canBeTold =
        standing.latest?.written == nil && standing.latest != nil
        || standing.addresses.contains { MailAddress($0) != nil }
      state = canBeTold ? .notIssued : .noAddress
    } else if let latest {
      switch latest.kind {
      case .release: state = .released
      case .hold where latest.acknowledged != nil: state = .acknowledged
      // Who is held no more need not answer, but has not been told yet that it is over.
      case .hold where !standing.isNamed: state = .waiting
      case .hold: state = standing.isOverdue(at: now) ? .overdue : .waiting
      }
    } else {
      return nil
    }
    if state.isUnanswered, let latest {
      waitingDays = Int((now.ticks - latest.issued.ticks) / Instant.ticksPerDay)
    }
  }

  static let fields: [Field<NoticeRow>] = [
    Field("id") { FieldValue($0.notice?.id) },
    Field("hold", heading: "Hold") { .text($0.standing.hold.name) },
    Field("hold_id") { .text($0.standing.hold.id.text) },
    Field("case", heading: "Case") { .text($0.standing.hold.matter.name) },
    Field("custodian", heading: "Custodian") { .text($0.standing.custodian.name) },
    Field("custodian_id") { .text($0.standing.custodian.id.text) },
    Field("state", heading: "State") { .text($0.state.rawValue) },
    Field("kind") { FieldValue($0.notice?.kind.rawValue) },
    Field("round") { FieldValue($0.notice?.round) },
    Field("address", heading: "Address") { FieldValue($0.notice?.address) },
    Field("issued", heading: "Issued") { FieldValue($0.notice?.issued) },
    Field("due", heading: "Due") { FieldValue($0.notice?.due) },
    Field("waiting_days", heading: "Days") { FieldValue($0.waitingDays) },
    Field("acknowledged", heading: "Acknowledged") { FieldValue($0.notice?.acknowledged) },
    Field("method", heading: "Method") { FieldValue($0.notice?.method) },
    Field("recorded") { FieldValue($0.notice?.recorded) },
    Field("recorder") { FieldValue($0.notice.flatMap { $0.recorder.isEmpty ? nil : $0.recorder }) },
    Field("file") { FieldValue($0.notice?.file) },
    Field("folder") { FieldValue($0.notice?.folder) },
    Field("text_sha256") { FieldValue($0.notice?.textDigest.hexadecimal) },
    Field("message_sha256") { FieldValue($0.notice?.digest.hexadecimal) },
    Field("template_sha256") { FieldValue($0.notice?.templateDigest.hexadecimal) },
  ]
}
