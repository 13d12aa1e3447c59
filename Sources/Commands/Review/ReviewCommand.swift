// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Review sets.
struct ReviewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review",
    abstract: "Freeze what a case's reviewers look at, and code it.",
    subcommands: [
      ReviewCreate.self, ReviewAdd.self, ReviewRemove.self, ReviewDelete.self, ReviewList.self,
      ReviewShow.self,
      ItemCommand.self, TagCommand.self, NoteCommand.self, FilterCommand.self,
      RedactionCommand.self, ReviewUndo.self, ReviewHistory.self, ReviewAnalyze.self,
      DuplicateCommand.self, ReviewSampleCommand.self, ReviewValidate.self, ReviewReport.self,
    ])
}
