// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Locks a policy or label.
struct PolicyLock: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock",
    abstract: "Lock a policy or label that retains.",
    discussion: discussion(
      """
      From then on it can be lengthened and widened, never shortened, narrowed, switched off or \
      deleted, and nothing takes the lock off again. It must be confirmed by the name. A lock limits \
      changes; it keeps nothing by itself.
      """,
      examples: ["custody policy lock contracts --confirm contracts"],
      statuses: .changing + [.notFound, .ambiguous, .denied, .confirm, .stale]))

  @Argument(help: "The policy or label, by id or name.") var policy: String
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConfirmOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let known = try global.read { try $0.policy(policy) }
    if known.locked == nil, known.definition.action.retains, !change.dryRun {
      try consent.confirm(
        "lock the \(known.kind.rawValue) '\(known.name)' for good", name: known.name,
        noInput: global.noInput)
    }
    let locked = try global.change(change, by: Self.self) { change in
      let current = try change.catalog.policy(known.id.text)
      // What was confirmed must be what is locked.
      guard current == known else {
        throw CommandFailure.changedMeanwhile(
          "the \(known.kind.rawValue) \(known.name)", known.id)
      }
      return try change.lockPolicy(current, reason: reason.reason)
    }
    try output.print(
      ChangeRecord(
        .lock, locked, isDryRun: change.dryRun,
        counts: known.locked == nil ? .init(added: 1) : .init(already: 1)),
      schema: Self.schemaName)
  }
}
