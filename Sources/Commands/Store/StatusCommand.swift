// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// What stands in a store, on one page.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Tell on one page what stands and what needs a person.",
    discussion: discussion(
      """
      Ends with status 7 while an exception or a gap is open or the answer to a hold notice is \
      overdue, where sensitive types were looked \
      for by another version, files are not read yet or their reader is not installed, chats wait to \
      be deleted at their source, or where --max-age is given and a source has had no complete capture \
      within it; an import that found nothing to keep is none. custody capture lag tells for which custodians. \
      due and waiting are what the newest plan for all policies lists and is still here.
      """,
      statuses: [.attention] + .reading))

  @Option(
    help: ArgumentHelp(
      "The age of a source's last capture that is late, such as 26h.",
      valueName: "age"))
  var maxAge: String?
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws { try MaximumAge.validate(maxAge) }

  func run() throws {
    let output = try global.output(fieldOptions)
    let bound = MaximumAge.bound(maxAge, now: output.console.now())
    let store = try global.openForReading()
    var status = try store.read { try StoreStatus($0, lateBefore: bound) }
    status.note(otherDetectorIn: try store.partitionsWithOtherDetector())
    try ignoringClosedPipe { try output.print(status, schema: Self.schemaName) }
    guard !status.reasons.isEmpty else { return }
    throw CommandFailure(
      .attention, "something needs a person", why: status.reasons.joined(separator: ", "),
      whatToDo: "see custody exception list, custody capture lag, custody hold notice status and "
        + "custody retention status")
  }
}

/// The page.
struct StoreStatus: Displayable {
  static let recordType = "status"
  static let plural = "statuses"

  var storeID: String
  var captures: [FieldValue]
  var custodians: Int
  var cases: Int
  var holds: Int
  /// What the newest plan for all policies lists and is still here.
  var due: PlanProgress?
  var unattributed: Int
  var failures: Int
  var gaps: Int
  /// Answers to hold notices that have not come in time.
  var overdueNotices: Int
  /// Custodians on hold whose captures are late; nil where nobody asked.
  var lateOnHold: Int?
  var lacks: [(code: ProblemCode, count: Int)]
  var events: Int
  var reasons: [String]

  init(_ catalog: Catalog, lateBefore bound: Instant?) throws {
    storeID = try catalog.storeDescription().id.text
    custodians = try catalog.custodians().count
    cases = try catalog.matters(.open).count
    let standing = try catalog.holds().filter { $0.state != .released }
    holds = standing.count
    due = try catalog.runnablePlans().first { $0.request == nil && $0.policies == nil }
      .map { try catalog.progress(of: $0) }
    overdueNotices = try standing.reduce(0) { try $0 + catalog.overdueNotices(of: $1).count }
    unattributed = try catalog.unattributedConversationCount()
    failures = try catalog.exceptionCount(ExceptionFilter(state: .open, kind: .failure))
    gaps = try catalog.exceptionCount(ExceptionFilter(state: .open, kind: .gap))
    lacks = try catalog.fileTextLacks()
    events = Int(try catalog.auditHead().count)
    reasons = []
    captures = []
    for source in try catalog.sources() {
      let last = try catalog.lastCompleteRun(of: source)
      captures.append(
        .object([.init("source", .text(source.name)), .init("last", FieldValue(last))]))
      if let bound, last.map({ $0 < bound }) ?? true {
        reasons.append("the source \(source.name) is late")
      }
    }
    if let bound {
      let late = try catalog.captureLags().filter { $0.isOnHold && $0.isLate(before: bound) }
      let count = Set(late.map(\.custodian.key)).count
      lateOnHold = count
      if count > 0 {
        reasons.append(
          count == 1
            ? "captures of 1 custodian on hold are late"
            : "captures of \(count) custodians on hold are late")
      }
    }
    if failures > 0 {
      reasons.append(failures == 1 ? "1 exception is open" : "\(failures) exceptions are open")
    }
    if overdueNotices > 0 {
      reasons.append(
        overdueNotices == 1
          ? "the answer to 1 hold notice is overdue"
          : "the answers to \(overdueNotices) hold notices are overdue")
    }
    if let disarming = try catalog.disarming() {
      reasons.append("purging is disarmed, because \(disarming.reason.text)")
    }
    if let pending = try catalog.pendingRemovals() {
      reasons.append("the removal of \(pending.conversations) purged conversations is not complete")
    }
    if let missing = lacks.first(where: { $0.code == .readerMissing })?.count {
      reasons.append(
        "the program that reads them is missing for \(missing) files; install poppler-utils and run "
          + "custody reindex")
    }
    let unread = try catalog.pendingFileTextCount()
    if unread > 0 { reasons.append("\(unread) files are not read yet; run custody reindex") }
    let atSource = try catalog.pendingSourceDeletionCount()
    if atSource > 0 { reasons.append(RetentionPage.atSourceReason(atSource)) }
    if gaps > 0 { reasons.append(gaps == 1 ? "1 gap is open" : "\(gaps) gaps are open") }
  }

  /// Takes in which partitions another version looked for sensitive types.
  mutating func note(otherDetectorIn partitions: [Int]) {
    guard !partitions.isEmpty else { return }
    reasons.append(
      "sensitive types were looked for by another version in \(partitions.count) partitions; "
        + "run custody reindex")
  }

  var identifier: String { storeID }

  static let fields: [Field<StoreStatus>] = [
    Field("store") { .text($0.storeID) },
    Field("captures") { .list($0.captures) },
    Field("custodians") { FieldValue($0.custodians) },
    Field("open_cases") { FieldValue($0.cases) },
    Field("holds") { FieldValue($0.holds) },
    // As the newest plan for all policies has it; without one that can be run nobody knows.
    Field("due") { FieldValue($0.due?.removable) },
    Field("waiting") { FieldValue($0.due?.waiting) },
    Field("unattributed_conversations") { FieldValue($0.unattributed) },
    Field("open_exceptions") { FieldValue($0.failures) },
    Field("open_gaps") { FieldValue($0.gaps) },
    Field("overdue_notices") { FieldValue($0.overdueNotices) },
    Field("late_custodians_on_hold") { FieldValue($0.lateOnHold) },
    Field("files_not_searchable") { status in
      .list(
        status.lacks.map { lack in
          .told(
            "\(lack.code.rawValue): \(lack.count)",
            .object([
              .init("reason", .text(lack.code.rawValue)), .init("files", FieldValue(lack.count)),
            ]))
        })
    },
    Field("audit_events") { FieldValue($0.events) },
    Field("needs_attention") { FieldValue($0.reasons) },
  ]
}
