// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Deletes a source that brought nothing.
struct SourceDelete: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete a source that brought nothing.",
    discussion: discussion(
      "A source with captures, or one that a hold names, cannot be deleted.",
      examples: ["custody source delete mistyped --yes"],
      statuses: .changing + [.notFound, .ambiguous, .held, .confirm]))

  @Argument(help: "The source, by id or name.") var source: String
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: YesOption
  @OptionGroup var delete: DeleteOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(delete.change)
    let known = try global.read { catalog in try found { try catalog.source(source) } }
    guard let known else {
      return try delete.reportNone(
        "source", source, listedBy: "source", output, schema: Self.schemaName)
    }
    if !delete.change.dryRun {
      try consent.confirm("delete the source '\(known.name)'?", noInput: global.noInput)
    }
    try global.change(delete.change, by: Self.self) { change in
      try change.deleteSource(
        try change.catalog.source("id:" + known.id.text), reason: reason.reason)
    }
    try output.print(
      ChangeRecord(
        .delete, "source", id: known.id.text, name: known.name, isDryRun: delete.change.dryRun,
        counts: .init(added: 1)), schema: Self.schemaName)
  }
}
