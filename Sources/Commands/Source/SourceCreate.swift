// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Makes a source.
struct SourceCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Create a source.",
    discussion: discussion(
      "Writes the source and an audit event. Nothing is captured yet.",
      examples: ["custody source create laptop-exports --note 'exports handed over by counsel'"],
      statuses: .changing + [.exists]))

  @Argument(help: "The name of the source, unique in the store.") var name: String
  @Option(help: "What kind of source it is.") var type: SourceKind = .files
  @OptionGroup(title: "Source") var fields: SourceFieldOptions
  @OptionGroup var reason: ReasonOption
  @OptionGroup var create: CreateOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(create.change)
    let definition = SourceDefinition(
      name: name, kind: type, url: fields.url ?? "", keyFile: fields.keyFile ?? "",
      note: fields.note ?? "")
    let (source, isNew) = try global.change(create.change, by: Self.self) { change in
      if create.ifNotExists, let source = try found({ try change.catalog.source("name:" + name) }),
        SourceDefinition(source) == definition
      {
        return (source, false)
      }
      return (try change.createSource(definition, reason: reason.reason), true)
    }
    try output.print(
      ChangeRecord(
        .create, "source", id: source.id.text, name: source.name, isDryRun: create.change.dryRun,
        counts: isNew ? .init(added: 1) : .init(already: 1)), schema: Self.schemaName)
  }
}

/// The fields of a source that may be set.
struct SourceFieldOptions: ParsableArguments {
  @Option(help: "The address of the service.") var url: String?
  @Option(
    help: ArgumentHelp("The path of the file with the key; the key itself stays there."),
    completion: .file())
  var keyFile: String?
  @Option(help: ArgumentHelp("A remark.", valueName: "text")) var note: String?
}

extension SourceDefinition {
  /// What a source says now.
  init(_ source: SourceRecord) {
    self.init(
      name: source.name, kind: source.kind, url: source.url, keyFile: source.keyFile,
      note: source.note)
  }
}
