// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
import Model

/// The root of all commands.
package struct Root: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: Program.name,
    abstract: "Keep, hold, search and produce captured Claude interactions.",
    discussion: """
      Captures go into a store, a folder of its own; holds and policies decide what stays; \
      searches, review sets and exports bring out what a case needs.

      Examples:
        custody init store
        custody version

      Every command has its page: custody-search(1), custody-hold(1), and so on.
      """,
    version: versionLine,
    groupedSubcommands: [
      CommandGroup(
        name: "Captures",
        subcommands: [
          ImportCommand.self, SyncCommand.self, SourceCommand.self, CaptureCommand.self,
          ExceptionCommand.self,
        ]),
      CommandGroup(
        name: "Cases",
        subcommands: [CustodianCommand.self, CaseCommand.self, HoldCommand.self]),
      CommandGroup(
        name: "Retention",
        subcommands: [PolicyCommand.self, LabelCommand.self, RetentionCommand.self]),
      CommandGroup(
        name: "Search",
        subcommands: [
          SearchCommand.self, QueryCommand.self, ShowCommand.self, WhyCommand.self,
        ]),
      CommandGroup(name: "Review", subcommands: [ReviewCommand.self, ExportCommand.self]),
      CommandGroup(
        name: "Store",
        subcommands: [
          InitCommand.self, StatusCommand.self, VerifyCommand.self, ReindexCommand.self,
          UpgradeCommand.self, BackupCommand.self, AuditCommand.self,
        ]),
      CommandGroup(
        name: "About the program", subcommands: [CompletionCommand.self, VersionCommand.self]),
    ])

  @OptionGroup(title: "Global options")
  package var global: GlobalOptions

  package init() {}
}

extension Root {
  /// What `--version` prints.
  package static var versionLine: String { Program.name + " " + Program.version }

  /// Whether the command is a group, which does nothing by itself.
  package static func isGroup(_ command: any ParsableCommand) -> Bool {
    !type(of: command).configuration.subcommands.isEmpty
  }
}
