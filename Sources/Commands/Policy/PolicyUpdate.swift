// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Query
import Store

/// Gives a policy or label another wording.
struct PolicyUpdate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update",
    abstract: "Change what a policy or label says, or switch it on or off.",
    discussion: discussion(
      """
      What is not named stays as it is. A scope that is named takes the place of the old one, and so \
      does what is excluded. Whatever could make something due earlier must be confirmed by the \
      name: a shorter period, a narrower scope or the end of what retains, a wider scope or the \
      start of what deletes, another condition. A locked policy can be lengthened and widened alone.
      """,
      examples: [
        "custody policy update standard --mode on --confirm standard",
        "custody policy update standard --period 3y --yes",
      ], statuses: .changing + [.notFound, .ambiguous, .exists, .denied, .confirm, .stale]))

  @Argument(help: "The policy or label, by id or name.") var policy: String
  @Option(help: "A new name.") var name: String?
  @Option(help: "What it does.") var action: RetentionAction?
  @Option(help: ArgumentHelp("How long: 90d, 18mo, 7y, forever.", valueName: "period"))
  var period: RetentionPeriod?
  @Option(help: "From when the period counts.") var start: RetentionStart?
  @OptionGroup(title: "Scope") var scope: ScopeOptions
  @OptionGroup(title: "Scope") var more: PolicyScopeOptions
  @Flag(help: "Leave nothing out any more.") var noExclusions = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Only conversations that the query selects.", valueName: "query"))
  var condition: String?
  @Flag(help: "Without a condition.") var noCondition = false
  @OptionGroup(title: "Query") var reading: QueryOptionGroup
  @Option(help: "Whether it counts.") var mode: PolicyMode?
  @Option(help: "Whether a person reviews what is due before it goes.")
  var disposition: Disposition?
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConsentOptions
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if condition != nil, noCondition {
      throw ValidationError("--condition and --no-condition contradict each other")
    }
  }

  func run() throws {
    let output = try global.output(change)
    let typed = try TypedPolicyScope(scope, more)
    if noExclusions, typed.excluded != nil {
      throw CommandFailure.usage(
        "--no-exclusions leaves no room for what is excluded", whatToDo: "give one of the two")
    }
    let known = try global.read { try $0.policy(policy) }
    let store = try global.openForReading()
    let (wanted, compiled) = try store.rehearse(as: .current(Self.self)) { change in
      try definition(of: known, typed, change)
    }
    try compiled?.requireExpansions(in: store)
    guard name != nil || wanted != known.definition else {
      try output.print(record(known, known), schema: Self.schemaName)
      return
    }
    for warning in try wanted.scope.warnings(in: store) { output.note(warning) }
    let effect = PolicyChange(from: known.definition, to: wanted, kind: known.kind)
    for line in effect.loosens + effect.tightens { output.note("\(known.name): \(line)") }
    if let compiled { output.warn(about: compiled) }
    if known.locked == nil || effect.breaksLock.isEmpty, !change.dryRun {
      try consent.confirm(
        "change the \(known.kind.rawValue) '\(known.name)'", name: known.name,
        isSevere: effect.isSevere, noInput: global.noInput)
    }
    let after = try global.change(change, by: Self.self) { change in
      let current = try change.catalog.policy(known.id.text)
      // What was shown and confirmed must be what is changed.
      guard current == known else {
        throw CommandFailure.changedMeanwhile(
          "the \(known.kind.rawValue) \(known.name)", known.id)
      }
      return try change.updatePolicy(current, name: name, to: wanted, reason: reason.reason)
    }
    try output.print(record(known, after), schema: Self.schemaName)
  }

  private func definition(
    of policy: PolicyRecord, _ typed: TypedPolicyScope, _ change: Change
  ) throws -> (PolicyDefinition, CompiledQuery?) {
    var definition = policy.definition
    if let action { definition.action = action }
    if let period { definition.period = period }
    if let start { definition.start = start }
    if let mode { definition.mode = mode }
    if let disposition { definition.disposition = disposition }
    if noExclusions { definition.scope.excluded = PolicyNames() }
    definition.scope = try typed.resolved(in: change.catalog, over: definition.scope)
    if noCondition { definition.condition = nil }
    guard let condition else { return (definition, nil) }
    let compiled = try readCondition(condition, reading, change)
    definition.condition = StoredQuery(compiled)
    return (definition, compiled)
  }

  private func record(_ before: PolicyRecord, _ after: PolicyRecord) -> ChangeRecord {
    ChangeRecord(
      .update, after, isDryRun: change.dryRun,
      counts: before == after ? .init(already: 1) : .init(added: 1))
  }
}
