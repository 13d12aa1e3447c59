// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Review sets.
struct ReviewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review",
    abstract: "Freeze what a case's reviewers look at.",
    subcommands: [
      ReviewCreate.self, ReviewAdd.self, ReviewList.self, ReviewShow.self,
    ])
}
