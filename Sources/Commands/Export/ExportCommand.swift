// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Productions.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Produce review sets as volumes.",
    subcommands: [
      ExportCreate.self, ExportList.self, ExportShow.self, ExportVerify.self,
      ExportStamp.self, ExportDiff.self,
    ])
}
