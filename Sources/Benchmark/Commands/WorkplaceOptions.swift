// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// The corpus and the folder to work in.
struct WorkplaceOptions: ParsableArguments {
  @Option(help: "The conversations.json to measure with.", completion: .file())
  var corpus: String

  @Option(
    help: "A folder for what the measurements write; its files are replaced.",
    completion: .directory)
  var work: String

  @OptionGroup var tuning: RawIndexTuning

  var workplace: Workplace {
    Workplace(
      corpus: URL(fileURLWithPath: corpus), folder: URL(fileURLWithPath: work, isDirectory: true),
      tuning: tuning)
  }
}
