// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Deletes a policy or label.
struct PolicyDelete: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete a policy or label.",
    discussion: discussion(
      """
      What it retained may become due by other settings, and conversations lose the label. What it \
      said stays on record. It must be confirmed by the name; a locked one cannot be deleted.
      """,
      examples: ["custody policy delete sales --confirm sales"],
      statuses: .changing + [.notFound, .ambiguous, .denied, .confirm, .stale]))

  @Argument(help: "The policy or label, by id or name.") var policy: String
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConfirmOption
  @OptionGroup var delete: DeleteOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(delete.change)
    let known = try global.read { catalog in try found { try catalog.policy(policy) } }
    guard let known, known.deleted == nil else {
      return try delete.reportNone(
        "policy", policy, noun: "policy or label", listedBy: "policy", output,
        schema: Self.schemaName)
    }
    if known.locked == nil, !delete.change.dryRun {
      try consent.confirm(
        "delete the \(known.kind.rawValue) '\(known.name)'", name: known.name,
        noInput: global.noInput)
    }
    let deleted = try global.change(delete.change, by: Self.self) { change in
      let current = try change.catalog.policy(known.id.text)
      // What was confirmed must be what is deleted.
      guard current == known else {
        throw CommandFailure.changedMeanwhile("the \(known.kind.rawValue) \(known.name)", known.id)
      }
      return try change.deletePolicy(current, reason: reason.reason)
    }
    try output.print(
      ChangeRecord(.delete, deleted, isDryRun: delete.change.dryRun, counts: .init(added: 1)),
      schema: Self.schemaName)
  }
}
