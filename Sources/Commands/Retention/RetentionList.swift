// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Bytes
import Model
import Store

/// Lists plans.
struct RetentionList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List plans, the newest first.",
    discussion: discussion(
      "A stale plan was computed under other policies and cannot be run.",
      examples: ["custody retention list"], statuses: .reading))

  @OptionGroup(title: "Output") var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    var printer = try ListPrinter<PlanSummary>(global.output(list), schema: Self.schemaName)
    let plans = try global.read { catalog in
      try catalog.plans().map { PlanSummary(plan: $0, isStale: try catalog.isStale($0)) }
    }
    try printer.print(plans)
  }
}

/// A plan as lists show it.
struct PlanSummary: Displayable {
  static let recordType = "plan"
  static let plural = "plans"

  var plan: PlanRecord
  var isStale: Bool
  var totals: [PlanTotal] = []

  var identifier: String { plan.id.text }

  static var fields: [Field<PlanSummary>] {
    [
      Field("id", heading: "ID") { .text($0.plan.id.text) },
      Field("created", heading: "Created") { .time($0.plan.created) },
      Field("as_of") { FieldValue($0.plan.asOf) },
      Field("stale", heading: "Stale") { .boolean($0.isStale) },
      Field("conversations") { FieldValue($0.plan.counts.conversations) },
      Field("due", heading: "Due") { FieldValue($0.plan.counts.due) },
      Field("review", heading: "Review") { FieldValue($0.plan.counts.review) },
      Field("simulated", heading: "Simulated") { FieldValue($0.plan.counts.simulated) },
      Field("nearer") { FieldValue($0.plan.counts.nearer) },
      Field("held", heading: "Held") { FieldValue($0.plan.counts.held) },
      Field("in_review_sets") { FieldValue($0.plan.counts.inReviewSets) },
      Field("retained") { FieldValue($0.plan.counts.retained) },
      Field("not_due") { FieldValue($0.plan.counts.notDue) },
      Field("start_unknown") { FieldValue($0.plan.counts.startUnknown) },
      Field("not_selected") { FieldValue($0.plan.counts.notSelected) },
      Field("items") { FieldValue($0.plan.counts.items) },
      Field("bytes", heading: "Bytes") { .byteCount($0.plan.counts.bytes) },
      Field("query") { FieldValue($0.plan.request?.query) },
      Field("normal_form") { FieldValue($0.plan.request?.normalForm) },
      Field("reason") { FieldValue($0.plan.request?.reason) },
      Field("policies") { FieldValue(($0.plan.policies ?? []).map(\.text)) },
      Field("policies_sha256") { .text($0.plan.policyDigest.hexadecimal) },
      Field("sha256") { FieldValue($0.plan.digest?.hexadecimal) },
      Field("account") { .text($0.plan.account) },
      Field("totals") { .list($0.totals.map(\.fieldValue)) },
    ]
  }
}
