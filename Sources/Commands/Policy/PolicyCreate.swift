// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Query
import Store

/// Makes a policy or label.
struct PolicyCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Make a policy or label.",
    discussion: discussion(
      """
      It needs a scope: custodians, groups, projects, sources, models, or everyone; named things add \
      up, what is excluded is taken off. A condition narrows it further and sees the whole \
      conversation. Without --mode it is simulated: a plan lists what it would do, and nothing \
      happens. One that deletes and is switched on at once must be confirmed by its name.
      """,
      examples: [
        "custody policy create standard --everyone --action delete --period 2y",
        "custody policy create sales --group department=Sales --action retain-then-delete --period 7y --disposition review",
        "custody policy create contracts --kind label --everyone --condition contract --action retain --period 10y --mode on",
      ], statuses: .changing + [.notFound, .ambiguous, .exists, .confirm]))

  @Argument(help: "The name, unique among policies and labels.") var name: String
  @Option(help: "Whether many may apply, or one to each conversation.")
  var kind: PolicyKind = .policy
  @Option(help: "What it does.") var action: RetentionAction
  @Option(help: ArgumentHelp("How long: 90d, 18mo, 7y, forever.", valueName: "period"))
  var period: RetentionPeriod
  @Option(help: "From when the period counts.") var start: RetentionStart = .lastActivity
  @OptionGroup(title: "Scope") var scope: ScopeOptions
  @OptionGroup(title: "Scope") var more: PolicyScopeOptions
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Only conversations that the query selects.", valueName: "query"))
  var condition: String?
  @OptionGroup(title: "Query") var reading: QueryOptionGroup
  @Option(help: "Whether it counts.") var mode: PolicyMode = .simulate
  @Option(help: "Whether a person reviews what is due before it goes.")
  var disposition: Disposition = .automatic
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConfirmOption
  @OptionGroup var create: CreateOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(create.change)
    let typed = try TypedPolicyScope(scope, more)
    guard typed.included != nil else {
      throw CommandFailure.usage(
        "the \(kind.rawValue) has no scope",
        whatToDo: "name --custodian, --group, --project, --source or --model, or say --everyone")
    }
    let store = try global.openForReading()
    let named = try store.read { try typed.resolved(in: $0) }
    for warning in try named.warnings(in: store) { output.note(warning) }
    if mode == .on, action.deletes, !create.change.dryRun {
      try consent.confirm(
        "the \(kind.rawValue) '\(name)' begins to delete what is due", name: name,
        noInput: global.noInput)
    }
    try global.requireExpansions(of: condition, reading, zone: .utc, for: .condition)
    let result = try global.change(create.change, by: Self.self) { change in
      try make(typed, change)
    }
    if let query = result.query { output.warn(about: query) }
    try output.print(
      ChangeRecord(
        .create, result.policy, isDryRun: create.change.dryRun,
        counts: result.isNew ? .init(added: 1) : .init(already: 1)), schema: Self.schemaName)
  }

  private func make(
    _ typed: TypedPolicyScope, _ change: Change
  ) throws -> (policy: PolicyRecord, isNew: Bool, query: CompiledQuery?) {
    let compiled = try condition.map { try readCondition($0, reading, change) }
    let definition = PolicyDefinition(
      action: action, period: period, start: start,
      scope: try typed.resolved(in: change.catalog),
      condition: compiled.flatMap { StoredQuery($0) }, mode: mode, disposition: disposition,
      reason: reason.reason)
    if create.ifNotExists, let known = try found({ try change.catalog.policy("name:" + name) }),
      known.kind == kind, known.definition == definition
    {
      return (known, false, compiled)
    }
    return (try change.createPolicy(name: name, kind: kind, definition), true, compiled)
  }
}

/// Reads the condition of a policy or label.
///
/// - Throws: `QueryRefusal` for a query with an error, an empty one included.
func readCondition(
  _ text: String, _ options: QueryOptionGroup, _ change: Change
) throws -> CompiledQuery {
  let compiled = try QueryCompiler.compile(
    text, options: options.options(clock: change.now, zone: .utc, purpose: .condition),
    directory: change.catalog.directory)
  guard compiled.node != nil else {
    throw QueryRefusal(text: compiled.text, diagnostics: compiled.diagnostics)
  }
  return compiled
}
