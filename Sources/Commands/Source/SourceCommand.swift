// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Where captures come from.
struct SourceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "source",
    abstract: "Manage where captures come from.",
    discussion: """
      A source is a place that captures come from: files that somebody hands over, or a service. \
      A store keeps the path of a key file, never a key.
      """,
    subcommands: [
      SourceCreate.self, SourceList.self, SourceShow.self, SourceUpdate.self, SourceDelete.self,
    ])
}
