// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Capture
import Foundation
import Model
import Store

/// Makes a source.
struct SourceCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Create a source.",
    discussion: discussion(
      """
      Writes the source and an audit event. Nothing is captured yet. A source of the type \
      compliance-api is read by custody sync; its key lies in a file of one line that nobody else \
      may read, and is sent to no other address than that of the source.
      """,
      examples: [
        "custody source create laptop-exports --note 'exports handed over by counsel'",
        "custody source create acme --type compliance-api --key-file /etc/custody/acme.key",
      ],
      statuses: .changing + [.exists]))

  @Argument(help: "The name of the source, unique in the store.") var name: String
  @Option(
    name: [.customLong("type"), .customLong("kind")], help: "What kind of source it is.")
  var type: SourceKind = .files
  @OptionGroup(title: "Source") var fields: SourceFieldOptions
  @OptionGroup var reason: ReasonOption
  @OptionGroup var create: CreateOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    try fields.requireSafeAddress()
    if type == .files, fields.url != nil || fields.keyFile != nil {
      throw ValidationError("--url and --key-file belong to a source of the type compliance-api")
    }
    if type == .complianceAPI, fields.keyFile == nil {
      throw ValidationError("a source of the type compliance-api needs --key-file")
    }
  }

  func run() throws {
    let output = try global.output(create.change)
    let definition = SourceDefinition(
      name: name, kind: type, url: fields.url ?? "", keyFile: fields.absoluteKeyFile ?? "",
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
  @Option(
    name: [.customLong("url"), .customLong("base-url")],
    help: "The address of the service, https; without it, the vendor's own.")
  var url: String?
  @Option(
    help: ArgumentHelp("The path of the file with the key; the key itself stays there."),
    completion: .file())
  var keyFile: String?
  @Option(help: ArgumentHelp("A remark.", valueName: "text")) var note: String?

  /// The path of the key file from the root: a nightly job runs in another folder.
  var absoluteKeyFile: String? {
    keyFile.map { $0.isEmpty ? $0 : URL(fileURLWithPath: $0).standardizedFileURL.path }
  }

  /// Refuses an address that a key must not be sent to.
  func requireSafeAddress() throws {
    guard let url else { return }
    do throws(ComplianceError) {
      _ = try ComplianceAddress.checked(url)
    } catch {
      throw ValidationError(error.message)
    }
  }
}

extension SourceDefinition {
  /// What a source says now.
  init(_ source: SourceRecord) {
    self.init(
      name: source.name, kind: source.kind, url: source.url, keyFile: source.keyFile,
      note: source.note)
  }
}
