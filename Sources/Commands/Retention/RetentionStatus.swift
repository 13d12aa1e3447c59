// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Tells what stands of retention.
struct RetentionStatus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Tell whether plans can be run, and what is to be done.",
    discussion: discussion(
      """
      Ends with status 7 where purging is disarmed, a removal is not complete, or chats were removed \
      here and are still to be deleted at their source.
      """,
      examples: ["custody retention status"], statuses: [.attention] + .reading))

  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(fieldOptions)
    let page = try global.read { try RetentionPage($0) }
    try output.print(page, schema: Self.schemaName)
    guard !page.reasons.isEmpty else { return }
    throw CommandFailure(
      .attention, "something needs a person", why: page.reasons.joined(separator: ", "),
      whatToDo: page.disarming != nil
        ? "see custody retention arm"
        : page.pending != nil
          ? "run a plan again when no search or export is running"
          : "run a plan with --at-source again")
  }
}

/// The page.
struct RetentionPage: Displayable {
  static let recordType = "retention_status"
  static let plural = "statuses"

  struct Plan {
    var record: PlanRecord
    var progress: PlanProgress
  }

  var storeID: String
  var disarming: Disarming?
  var pending: PendingRemovals?
  /// Chats that are still to be deleted at their source.
  var pendingAtSource: Int
  var limits: DisposalLimits
  /// Plans that can be run and have something to do.
  var plans: [Plan]

  init(_ catalog: Catalog) throws {
    storeID = try catalog.storeDescription().id.text
    disarming = try catalog.disarming()
    pending = try catalog.pendingRemovals()
    pendingAtSource = try catalog.pendingSourceDeletionCount()
    limits = try catalog.disposalLimits()
    plans = try catalog.runnablePlans().map { plan in
      Plan(record: plan, progress: try catalog.progress(of: plan))
    }.filter { $0.progress.removable + $0.progress.waiting > 0 }
  }

  var identifier: String { storeID }

  var reasons: [String] {
    var reasons: [String] = []
    if let disarming {
      reasons.append("purging is disarmed, because \(disarming.reason.text)")
    }
    if let pending {
      reasons.append("the removal of \(pending.conversations) conversations is not complete")
    }
    if pendingAtSource > 0 { reasons.append(RetentionPage.atSourceReason(pendingAtSource)) }
    return reasons
  }

  /// Why chats that are still to be deleted at their source need a person.
  static func atSourceReason(_ count: Int) -> String {
    count == 1
      ? "1 chat was removed here and is not deleted at its source"
      : "\(count) chats were removed here and are not deleted at their source"
  }

  static let fields: [Field<RetentionPage>] = [
    Field("store") { .text($0.storeID) },
    Field("armed") { .boolean($0.disarming == nil) },
    Field("disarmed_since") { FieldValue($0.disarming?.time) },
    Field("disarmed_because") { FieldValue($0.disarming?.reason.rawValue) },
    Field("pending") { FieldValue($0.pending?.conversations ?? 0) },
    Field("pending_partitions") {
      .list(($0.pending?.partitions ?? []).map { .integer(Int64($0)) })
    },
    Field("pending_at_source") { FieldValue($0.pendingAtSource) },
    Field("brake") {
      .told("\($0.limits.brakePercent) %", .integer(Int64($0.limits.brakePercent)))
    },
    Field("second_person") { .boolean($0.limits.needsSecondPerson) },
    // Of the newest plan: older ones mostly list the same.
    Field("due") { FieldValue($0.plans.first?.progress.removable ?? 0) },
    Field("waiting") { FieldValue($0.plans.first?.progress.waiting ?? 0) },
    Field("plans") { .list($0.plans.map(\.fieldValue)) },
    Field("needs_attention") { FieldValue($0.reasons) },
  ]
}

extension RetentionPage.Plan {
  fileprivate var fieldValue: FieldValue {
    .told(
      "\(record.id): \(progress.removable) to remove, \(progress.waiting) to approve",
      .object([
        .init("plan", .text(record.id.text)), .init("created", .time(record.created)),
        .init("removable", FieldValue(progress.removable)),
        .init("waiting", FieldValue(progress.waiting)),
        .init("purged", FieldValue(progress.purged)),
        .init("skipped", FieldValue(progress.skipped)),
      ]))
  }
}
