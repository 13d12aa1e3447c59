// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Store

/// Deletes a set in which nothing was done.
struct ReviewDelete: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete a review set that never held an item.",
    discussion: discussion(
      """
      Its tags and filters go with it. A set into which items were loaded, or that was coded, sampled \
      or exported, stays on record.
      """,
      examples: ["custody review delete mistyped --yes"],
      statuses: .changing + [.notFound, .ambiguous, .denied, .confirm]))

  @Argument(help: "The review set, by id or name.") var set: String
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: YesOption
  @OptionGroup var delete: DeleteOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(delete.change)
    let known = try global.read { catalog in try found { try catalog.reviewSet(set) } }
    guard let known else {
      return try delete.reportNone(
        "review set", set, listedBy: "review", output, schema: Self.schemaName)
    }
    if !delete.change.dryRun {
      try consent.confirm("delete the review set '\(known.name)'?", noInput: global.noInput)
    }
    try ReviewAction(
      store: global.openForChanges(delete.change), actor: .current(Self.self)
    ).delete(known, reason: reason.reason, isRehearsed: delete.change.dryRun)
    try output.print(
      ChangeRecord(
        .delete, "review set", id: known.id.text, name: known.name,
        isDryRun: delete.change.dryRun, counts: .init(added: 1)), schema: Self.schemaName)
  }
}
