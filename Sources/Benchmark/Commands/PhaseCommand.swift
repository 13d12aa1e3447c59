// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// Runs one phase alone and prints its measurement as JSON.
struct PhaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "phase", abstract: "Run one phase alone and print what it cost, as JSON.")

  @Argument(help: "The phase.")
  var phase: Phase

  @OptionGroup var place: WorkplaceOptions

  func run() throws {
    let measurement = try phase.run(in: place.workplace)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    print(String(decoding: try encoder.encode(measurement), as: UTF8.self))
  }
}
