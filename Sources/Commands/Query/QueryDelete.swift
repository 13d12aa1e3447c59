// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Deletes a saved query.
struct QueryDelete: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete a saved query.",
    discussion: discussion(
      "Searches that it was used for stay on record with its text.",
      examples: ["custody query delete northgate --yes"],
      statuses: .changing + [.notFound, .ambiguous, .confirm]))

  @Argument(help: "The saved query, by id or name.") var query: String
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: YesOption
  @OptionGroup var delete: DeleteOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(delete.change)
    let known = try global.read { catalog in try found { try catalog.savedQuery(query) } }
    guard let known else {
      return try delete.reportNone(
        "query", query, noun: "saved query", listedBy: "query", output, schema: Self.schemaName)
    }
    if !delete.change.dryRun {
      try consent.confirm("delete the saved query '\(known.name)'?", noInput: global.noInput)
    }
    try global.change(delete.change, by: Self.self) { change in
      try change.deleteSavedQuery(
        try change.catalog.savedQuery("id:" + known.id.text), reason: reason.reason)
    }
    try output.print(
      ChangeRecord(
        .delete, "query", id: known.id.text, name: known.name, isDryRun: delete.change.dryRun,
        counts: .init(added: 1)), schema: Self.schemaName)
  }
}
