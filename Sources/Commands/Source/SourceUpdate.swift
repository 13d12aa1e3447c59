// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Changes the fields of a source.
struct SourceUpdate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update",
    abstract: "Change the fields of a source.",
    discussion: discussion(
      """
      Fields that are not named stay as they are; what was captured stays untouched. The name stays \
      while a query of a hold, policy or label would select something else under another one; word \
      such queries by the source's id.
      """,
      examples: ["custody source update laptop-exports --note 'second delivery'"],
      statuses: .changing + [.notFound, .ambiguous, .exists, .held, .denied]))

  @Argument(help: "The source, by id or name.") var source: String
  @Option(help: "A new name.") var name: String?
  @OptionGroup(title: "Source") var fields: SourceFieldOptions
  @OptionGroup var reason: ReasonOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    try fields.requireSafeAddress()
    if [name, fields.url, fields.keyFile, fields.note].allSatisfy({ $0 == nil }) {
      throw ValidationError("nothing to change; name a field, such as --note")
    }
  }

  func run() throws {
    let output = try global.output(change)
    let (before, after) = try global.change(change, by: Self.self) { change in
      let before = try change.catalog.source(source)
      var definition = SourceDefinition(before)
      definition.name = name ?? definition.name
      definition.url = fields.url ?? definition.url
      definition.keyFile = fields.absoluteKeyFile ?? definition.keyFile
      definition.note = fields.note ?? definition.note
      return (before, try change.updateSource(before, to: definition, reason: reason.reason))
    }
    try output.print(
      ChangeRecord(
        .update, "source", id: after.id.text, name: after.name, isDryRun: change.dryRun,
        counts: before == after ? .init(already: 1) : .init(added: 1)), schema: Self.schemaName)
  }
}
