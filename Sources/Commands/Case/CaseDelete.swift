// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Deletes a case that never had a hold or a review set.
struct CaseDelete: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete a case that never had a hold or a review set.",
    discussion: discussion(
      "A case with holds, whatever their state, cannot be deleted. It must be confirmed by name.",
      examples: ["custody case delete mistyped --confirm mistyped"],
      statuses: .changing + [.notFound, .ambiguous, .held, .confirm]))

  @Argument(help: ArgumentHelp("The case, by id or name.", valueName: "case")) var matter: String
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConfirmOption
  @OptionGroup var delete: DeleteOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(delete.change)
    let known = try global.read { catalog in try found { try catalog.matter(matter) } }
    guard let known else {
      return try delete.reportNone(
        "case", matter, listedBy: "case", output, schema: Self.schemaName)
    }
    if !delete.change.dryRun {
      try consent.confirm(
        "delete the case '\(known.name)'", name: known.name, noInput: global.noInput)
    }
    try global.change(delete.change, by: Self.self) { change in
      try change.deleteMatter(
        try change.catalog.matter("id:" + known.id.text), reason: reason.reason)
    }
    try output.print(
      ChangeRecord(.delete, known, isDryRun: delete.change.dryRun, counts: .init(added: 1)),
      schema: Self.schemaName)
  }
}
