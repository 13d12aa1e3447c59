// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Runs of import and sync.
struct CaptureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capture",
    abstract: "Look at the runs of import and sync, and at what is late.",
    discussion: """
      Each run keeps what it read and what became of it: read = stored + updated + duplicates + \
      merged + skipped + exceptions. Gaps, which a source does not give, are counted apart.
      """,
    subcommands: [CaptureList.self, CaptureShow.self, CaptureLagCommand.self])
}
