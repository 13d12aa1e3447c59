// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Retention
import Store

/// Tells why a conversation is still here.
struct WhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Tell why a conversation is still here and when it will go.",
    discussion: discussion(
      """
      Names each policy and label that applies and what it asks for, which principle decided, each \
      hold that protects it with its case and the reason, the review sets that keep it, and the \
      resulting dates. It is decided now on the stored records, or as of another time. Of a purged \
      conversation it tells when it went, by which plan and on whose authority.
      """,
      examples: [
        "custody why conv_djux6z3lkz64q6iybmzhcrixyw",
        "custody why conv_djux6z3lkz64q6iybmzhcrixyw --as-of 2030-01-01",
      ], statuses: [.notFound, .ambiguous] + .reading))

  @Argument(help: "The conversation, by our id or the source's.") var id: String
  @Option(
    parsing: .unconditional,
    help: ClockTime.help("Decide as of this time"))
  var asOf: ClockTime?
  @Flag(help: "Count policies that are simulated, too.") var simulate = false
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(fieldOptions)
    let store = try global.openForReading()
    if let purged = try store.read({ try $0.purged(written: id) }) {
      try output.print(purged, schema: Self.schemaName)
      return
    }
    let record = try store.read { try $0.conversation(written: id) }
    let time = asOf?.resolved(now: store.now, zone: .utc)
    let decision = try RetentionCheck(store: store).decision(
      on: record, asOf: time, modes: simulate ? [.on, .simulate] : [.on])
    let label = try store.read { try $0.label(of: record.key) }
    try output.print(
      Explanation(
        record: record, label: label, decision: decision,
        earlier: try store.read { try $0.tombstones(written: record.id.text) }),
      schema: Self.schemaName)
  }
}

/// Why a conversation is still here, and when it will go.
struct Explanation: Displayable {
  static let recordType = "explanation"
  static let plural = "explanations"

  var record: ConversationRecord
  var label: LabelAssignment?
  var decision: RetentionDecision
  /// Of earlier captures that were purged.
  var earlier: [Tombstone]

  var identifier: String { record.id.text }

  static let fields: [Field<Explanation>] = [
    Field("id") { FieldValue($0.record.id) },
    Field("native_id") { .text($0.record.nativeID) },
    Field("custodian") { .text($0.record.custodian) },
    Field("started") { FieldValue($0.record.started) },
    Field("captured") { FieldValue($0.record.firstCaptured) },
    Field("as_of") { .time($0.decision.now) },
    Field("outcome") { .text($0.decision.outcome.name) },
    Field("held") { .boolean(!$0.decision.holds.isEmpty) },
    Field("retain_until") { FieldValue($0.decision.retainUntil) },
    Field("delete_at") { FieldValue($0.decision.deleteAt) },
    Field("purge_at") { FieldValue($0.decision.purgeAt) },
    Field("label") { FieldValue($0.label?.name) },
    Field("holds") { .list($0.decision.holds.map(\.fieldValue)) },
    Field("review_sets") { FieldValue($0.decision.reviewSets.map(\.name)) },
    // People read them in the steps.
    Field("settings") { .told("", .list($0.decision.settings.map(\.fieldValue))) },
    Field("steps") { .list($0.decision.steps.map(\.fieldValue)) },
    Field("earlier_removals") { .list($0.earlier.map(\.fieldValue)) },
  ]
}

extension FieldValue {
  /// A date in words where it is no time.
  init(_ date: RetentionDate?) {
    switch date {
    case nil: self = .missing
    case .at(let instant): self = .time(instant)
    case .unknown: self = .text("unknown")
    case .never: self = .text("never")
    }
  }
}

extension Protection {
  fileprivate var fieldValue: FieldValue {
    .object([
      .init("hold", .text(hold.text)), .init("name", .text(holdName)),
      .init("case", .text(matterName)), .init("certain", .boolean(isCertain)),
      .init("until", FieldValue(until)),
      .init("because", .text(grounds.map(\.text).joined(separator: "; "))),
    ])
  }
}

extension AppliedSetting {
  fileprivate var fieldValue: FieldValue {
    .object([
      .init("id", .text(rule.policy.text)), .init("name", .text(rule.name)),
      .init("kind", .text(rule.kind.rawValue)), .init("mode", .text(rule.mode.rawValue)),
      .init("action", .text(rule.action.rawValue)), .init("period", .text(rule.period.text)),
      .init("start", .text(rule.start.rawValue)), .init("starts_at", FieldValue(startsAt)),
      .init("retain_until", FieldValue(retainsUntil)), .init("delete_at", FieldValue(deletesAt)),
      .init("not_known", FieldValue(grounds.map(\.text))),
    ])
  }
}

extension DecisionStep {
  fileprivate var fieldValue: FieldValue {
    .told(
      (principle.map { "(\($0)) " } ?? "") + text,
      .object([
        .init("principle", FieldValue(principle)), .init("text", .text(text)),
        .init("objects", FieldValue(objects.map(\.text))), .init("date", FieldValue(date)),
      ]))
  }
}
