// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Bytes
import Model
import Store

/// Certifies what was removed under a plan.
struct RetentionCertificate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "certificate",
    abstract: "Certify what was removed under a plan, and on whose authority.",
    discussion: discussion(
      """
      Lists each conversation that the plan removed with its custodians and sources, the digests of \
      its native records, the policies or the request, the approver, and whether its removal is \
      complete, and what became of it at its source where it was to be deleted there. Names the \
      productions and backups on record that still hold something of it. With --verify the plan and \
      each tombstone are compared with the audit log, whose chain is verified.
      """,
      examples: [
        "custody retention certificate PLAN", "custody retention certificate PLAN --verify",
      ],
      statuses: .reading + [.notFound, .audit]))

  @Argument(help: "The plan, by id.") var plan: String
  @Flag(help: "Verify it against the audit log.") var verify = false
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(fieldOptions)
    let shown = try global.read { catalog in
      let plan = try catalog.plan(plan)
      var shown = ShownCertificate(certificate: try catalog.certificate(of: plan))
      if verify {
        shown.defects = try catalog.defects(of: plan)
        shown.isLogSound = try catalog.verifyAudit().isSound
      }
      try output.print(
        shown, schema: Self.schemaName,
        streaming: LongList(ShownCertificate.conversations) { body in
          try catalog.forEachTombstone(of: plan) { try body($0.fieldValue) }
        })
      return shown
    }
    guard shown.isLogSound else {
      throw CommandFailure(
        .audit, "the audit log does not verify", whatToDo: "see custody audit verify")
    }
    if let defects = shown.defects, let first = defects.first {
      throw CommandFailure(
        .audit, "\(defects.count) things are not what the audit log says",
        why: "\(first.object): \(first.detail)",
        whatToDo: "keep the store as it is, and compare with a backup or an exported log",
        objects: defects.map(\.object.text))
    }
  }
}

/// A certificate as it is printed, but for the list of conversations.
struct ShownCertificate: Displayable {
  static let conversations = "conversations"
  static let recordType = "certificate"
  static let plural = "certificates"

  var certificate: DispositionCertificate
  /// What a verification found; nil without one.
  var defects: [DispositionCertificate.Defect]?
  /// Whether the chain of the audit log verifies; true where nobody looked.
  var isLogSound = true

  private var plan: PlanRecord { certificate.plan }

  var identifier: String { plan.id.text }

  static let fields: [Field<ShownCertificate>] = [
    Field("plan") { .text($0.plan.id.text) },
    Field("planned") { .time($0.plan.created) },
    Field("planned_by") { .text($0.plan.account) },
    Field("sha256") { FieldValue($0.plan.digest?.hexadecimal) },
    Field("policies_sha256") { .text($0.plan.policyDigest.hexadecimal) },
    Field("request") { FieldValue($0.plan.request?.normalForm) },
    Field("reason") { FieldValue($0.plan.request?.reason) },
    Field("policies") { FieldValue($0.certificate.policies) },
    Field("removed_by") { FieldValue($0.certificate.removers) },
    Field("approvers") { FieldValue($0.certificate.approvers) },
    Field("first_removal") { FieldValue($0.certificate.firstRemoval) },
    Field("last_removal") { FieldValue($0.certificate.lastRemoval) },
    Field("purged") { FieldValue($0.certificate.conversationCount) },
    Field("items") { FieldValue($0.certificate.itemCount) },
    Field("bytes") { .byteCount($0.certificate.byteCount) },
    Field("complete") { .boolean($0.certificate.progress.pending == 0) },
    Field("at_source") { shown in
      let counts = shown.certificate.atSource
      return counts.isEmpty
        ? .missing
        : .object(
          SourceDeletion.State.allCases.compactMap { state in
            counts[state].map { .init(state.rawValue, FieldValue($0)) }
          })
    },
    Field("skipped") { FieldValue($0.certificate.progress.skipped) },
    Field("waiting") { FieldValue($0.certificate.progress.waiting) },
    Field("productions") { .list($0.certificate.productions.map(\.fieldValue)) },
    Field("backups") { FieldValue($0.certificate.backups) },
    Field("verified") { shown in
      FieldValue(shown.defects.map { $0.isEmpty && shown.isLogSound ? "yes" : "no" })
    },
    Field("defects") { shown in
      .list(
        (shown.defects ?? []).map {
          .object([
            .init("object", .text($0.object.text)), .init("detail", .text($0.detail)),
          ])
        })
    },
    // Streamed: there may be millions.
    Field(conversations) { _ in .list([]) },
  ]
}

extension ExportRecord {
  fileprivate var fieldValue: FieldValue {
    .told(
      "\(volume) of \(matterName) at \(output)",
      .object([
        .init("export", .text(id.text)), .init("volume", .text(volume)),
        .init("case", .text(matterName)), .init("output", .text(output)),
      ]))
  }
}

extension Tombstone {
  /// How it went, as a certificate, `why` and `show` tell it.
  var fieldValue: FieldValue {
    let sentence =
      "\(id) removed \(purged.flooredToSecond.rfc3339), \(itemCount) items, "
      + (state == .done ? "complete" : "not complete")
      + (atSource.map { ", \($0.state.words) \($0.source)" } ?? "")
    return .told(
      sentence,
      .object([
        .init("id", .text(id.text)), .init("native_id", .text(record.nativeID)),
        .init("kind", .text(record.kind)), .init("custodians", FieldValue(record.custodians)),
        .init("sources", FieldValue(record.sources)),
        .init(
          "versions",
          .list(
            record.versions.map {
              .object([
                .init("version", FieldValue($0.version)), .init("sha256", .text($0.sha256)),
                .init("bytes", .byteCount($0.bytes)), .init("items", FieldValue($0.items)),
                .init("captured", .text($0.captured)),
              ])
            })),
        .init("items", FieldValue(itemCount)), .init("bytes", .byteCount(byteCount)),
        .init("due", .text(record.due)), .init("purged", .time(purged)),
        .init("account", .text(record.account)), .init("plan", .text(plan.text)),
        .init("policies", FieldValue(record.policies)), .init("reason", FieldValue(record.reason)),
        .init("approver", FieldValue(record.approver)),
        .init("approval_reason", FieldValue(record.approvalReason)),
        .init("productions", FieldValue(record.exports)),
        .init("complete", .boolean(state == .done)), .init("completed", FieldValue(completed)),
        .init("recaptured", FieldValue(recaptured?.time)),
        .init("recaptured_by", FieldValue(recaptured?.run.text)),
        .init("at_source", atSource?.fieldValue ?? .missing),
        .init("sha256", .text(digest.hexadecimal)),
      ]))
  }
}

extension Tombstone.AtSource {
  /// With a sentence for people.
  var told: FieldValue {
    let reason = because.isEmpty ? "" : ": " + because
    return .told("\(state.words) \(source) \(time.flooredToSecond.rfc3339)\(reason)", fieldValue)
  }

  fileprivate var fieldValue: FieldValue {
    .object([
      .init("source", .text(source)), .init("state", .text(state.rawValue)),
      .init("because", .text(because)), .init("request_id", FieldValue(requestID)),
      .init("time", .time(time)),
    ])
  }
}

extension SourceDeletion.State {
  /// In words, before the name of a source.
  fileprivate var words: String {
    switch self {
    case .due, .sent, .failed: "not deleted yet at"
    case .deleted: "deleted at"
    case .gone: "gone before at"
    case .kept: "kept at"
    }
  }
}
