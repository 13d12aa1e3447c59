// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Bytes
import Model
import Query
import Store

/// Computes a plan.
struct RetentionPlan: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Compute what may be disposed of now.",
    discussion: discussion(
      """
      Decides every conversation by all policies, labels and holds, and records those that are due, \
      with what decided. With names, only what these policies or labels decide is listed. Labels \
      that their rules fit are set on the way. With --query it plans a removal on request instead: \
      what the query selects is due now, and holds, retention and review sets keep it as ever; \
      not_selected counts the rest. A conversation without messages is selected by what is known of \
      it: id, title, persons, project, source and dates. start_unknown counts what nothing deletes \
      until its period starts, and nearer what is due earlier than it would be had the groups of its \
      custodian not changed. A plan as of another time answers a question and cannot be run.
      """,
      examples: [
        "custody retention plan",
        "custody retention plan --query budget --reason 'erasure request 17' --dry-run",
        "custody retention plan --as-of 2030-01-01 --dry-run --json",
      ], statuses: .changing + [.notFound, .ambiguous, .locked, .stale]))

  @Argument(help: "The policies or labels, by id or name; without any, all.")
  var policies: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Plan the removal of conversations with an item that the query selects.",
      valueName: "query"))
  var query: String?
  @OptionGroup(title: "Query") var reading: QueryOptionGroup
  @OptionGroup var reason: ReasonOption
  @Option(
    parsing: .unconditional,
    help: ClockTime.help("Decide as of this time"))
  var asOf: ClockTime?
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if query != nil, !policies.isEmpty {
      throw ValidationError("a removal on request is about no policy; name none with --query")
    }
    if query != nil, reason.reason.allSatisfy(\.isWhitespace) {
      throw ValidationError("a removal on request needs a --reason")
    }
  }

  func run() throws {
    let output = try global.output(change)
    let store = try global.openForChanges(change)
    var task = PlanAction.Task()
    task.asOf = asOf?.resolved(now: store.now, zone: .utc)
    if let time = task.asOf { output.note("as of \(time.rfc3339)") }
    if !policies.isEmpty { task.policies = try store.read(chosen) }
    if let query { task.request = try request(query, store, output) }
    if query == nil { try warn(of: task.policies, store, output) }
    let action = PlanAction(store: store, actor: .current(Self.self))
    let result = try action.plan(task, isRehearsed: change.dryRun)
    try output.print(
      ChangeRecord(
        .plan, "plan", id: result.plan?.id.text ?? "", isDryRun: change.dryRun,
        counts: nil, details: details(of: result)), schema: Self.schemaName)
  }

  /// Tells of groups and models in scopes that the store does not know.
  private func warn(
    of policies: [PolicyRecord]?, _ store: Store, _ output: OutputSettings
  ) throws {
    let asked = try policies ?? store.read { try $0.policies() }
    for policy in asked where policy.deleted == nil && policy.definition.mode != .off {
      for warning in try policy.definition.scope.warnings(in: store) {
        output.note("\(policy.name): \(warning)")
      }
    }
  }

  private func chosen(_ catalog: Catalog) throws -> [PolicyRecord] {
    try NameLookup(policies, by: \.id) { [try catalog.policy($0)] }
      .objects(called: "policy or label")
  }

  private func request(
    _ text: String, _ store: Store, _ output: OutputSettings
  ) throws -> (plan: PlanRequest, planner: RetentionPlanner.Request) {
    var compiled = try store.read { catalog in
      try QueryCompiler.compile(
        text, options: reading.options(clock: store.now, zone: .utc),
        directory: catalog.directory)
    }
    try compiled.checkExpansions(in: store)
    guard let node = compiled.node, let normalForm = compiled.normalForm else {
      throw QueryRefusal(text: compiled.text, diagnostics: compiled.diagnostics)
    }
    output.warn(about: compiled)
    return (
      PlanRequest(query: text, normalForm: normalForm, reason: reason.reason),
      RetentionPlanner.Request(node: node, reason: reason.reason)
    )
  }

  private func details(of result: PlanAction.Result) -> [FieldValue.Member] {
    result.counts.members + [
      .init("labelled", FieldValue(result.labelled)),
      .init("as_of", FieldValue(result.plan?.asOf)),
      .init("digest", FieldValue(result.plan?.digest?.hexadecimal)),
      .init("totals", .list(result.totals.map(\.fieldValue))),
    ]
  }
}

extension PlanCounts {
  /// The counts as fields.
  var members: [FieldValue.Member] {
    [
      .init("conversations", FieldValue(conversations)), .init("due", FieldValue(due)),
      .init("review", FieldValue(review)), .init("simulated", FieldValue(simulated)),
      .init("nearer", FieldValue(nearer)), .init("held", FieldValue(held)),
      .init("in_review_sets", FieldValue(inReviewSets)),
      .init("retained", FieldValue(retained)), .init("not_due", FieldValue(notDue)),
      .init("start_unknown", FieldValue(startUnknown)),
      .init("not_selected", FieldValue(notSelected)),
      .init("items", FieldValue(items)), .init("bytes", .byteCount(bytes)),
    ]
  }
}

extension PlanTotal {
  var fieldValue: FieldValue {
    .told(
      "\(object) \(state) \(conversationCount)",
      .object([
        .init("object", .text(object.text)), .init("state", .text(state)),
        .init("conversations", FieldValue(conversationCount)),
        .init("bytes", .byteCount(byteCount)),
      ]))
  }
}
