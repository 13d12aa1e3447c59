// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// Writes a corpus.
struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Write a corpus in the shape of a claude.ai data export.")

  @Option(help: "Number of messages.")
  var messages = 100_000

  @Option(help: "The same seed gives the same bytes.")
  var seed: UInt64 = 1

  @Option(
    help: "The conversations.json to write; users.json and corpus.json go beside it.",
    completion: .file())
  var output: String

  func validate() throws {
    guard (1...100_000_000).contains(messages) else {
      throw ValidationError("--messages must be from 1 to 100000000")
    }
  }

  func run() throws {
    let start = ContinuousClock.now
    let description = try CorpusGenerator.write(
      CorpusPlan(messageCount: messages, seed: seed), conversations: URL(fileURLWithPath: output))
    let seconds = (ContinuousClock.now - start).seconds
    print(
      """
      \(description.messages) messages, \(description.conversations) conversations, \
      \(description.users) users, \(description.fileBytes) bytes, \(description.textBytes) bytes \
      of text, \(seconds.formatted(.number.precision(.fractionLength(1)))) s
      """)
  }
}
