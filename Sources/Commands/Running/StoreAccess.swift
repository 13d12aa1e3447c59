// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

extension AuditActor {
  /// Who runs a command, for the audit log.
  static func current(_ command: any ParsableCommand.Type) -> AuditActor {
    .current(
      program: "\(Program.name) \(Program.version)", command: commandPath(of: command))
  }
}

extension GlobalOptions {
  /// Opens the store for questions.
  func openForReading() throws -> Store {
    try Store.open(at: storePath(), access: .reading)
  }

  /// Opens the store for changes, or for questions alone when nothing is to change.
  func openForChanges(_ change: ChangeOptions) throws -> Store {
    try change.dryRun ? openForReading() : openForWriting()
  }

  /// Opens the store for changes, and finishes removals that were interrupted.
  ///
  /// That they cannot be finished now keeps no command from its work: status and verify tell of them.
  func openForWriting() throws -> Store {
    let store = try Store.open(at: storePath(), access: .writing)
    _ = try? store.finishRemovals(
      as: .current(program: "\(Program.name) \(Program.version)", command: "finish removals"))
    return store
  }
}

/// The names that invoke a command, such as `hold create`.
func commandPath(of command: any ParsableCommand.Type) -> String {
  func path(in group: any ParsableCommand.Type) -> [String]? {
    for child in group.configuration.subcommands {
      if child == command { return [child.commandName] }
      if let rest = path(in: child) { return [child.commandName] + rest }
    }
    return nil
  }
  return path(in: Root.self)?.joined(separator: " ") ?? command.commandName
}

extension ParsableCommand {
  /// The name of the command's output: `hold-create`.
  static var schemaName: String {
    commandPath(of: self).split(separator: " ").joined(separator: "-")
  }
}

extension GlobalOptions {
  /// Answers a question from the catalog.
  func read<Result>(_ body: (Catalog) throws -> Result) throws -> Result {
    try openForReading().read(body)
  }

  /// Changes the catalog in one transaction, or under `--dry-run` a copy that is forgotten.
  func change<Result>(
    _ options: ChangeOptions, by command: any ParsableCommand.Type,
    _ body: (Change) throws -> Result
  ) throws -> Result {
    let store = try openForChanges(options)
    let actor = AuditActor.current(command)
    return options.dryRun
      ? try store.rehearse(as: actor, body) : try store.change(as: actor, body)
  }
}

/// What a lookup finds; nil when there is no such object.
func found<Object>(_ lookup: () throws -> Object) throws -> Object? {
  do {
    return try lookup()
  } catch let error as StoreError where error.code == .notFound {
    return nil
  }
}
