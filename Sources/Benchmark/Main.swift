// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

@main
struct Benchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure custody beside the raw engines on the same bytes.",
    subcommands: [
      GenerateCommand.self, RunCommand.self, PhaseCommand.self, SearchCommand.self,
      FormatsCommand.self,
    ],
    defaultSubcommand: RunCommand.self)
}
