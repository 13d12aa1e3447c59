// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// How much is searched.
struct SearchOptions: ParsableArguments {
  @Option(help: "How often each query is asked.")
  var rounds = 9

  @Option(
    name: .customLong("question"),
    help: "Ask only this about each query; may be repeated. Default: all.")
  var questions: [SearchQuestion] = []

  @Option(
    name: .customLong("kind"),
    help: "Ask only queries of this kind; may be repeated. Default: all.")
  var kinds: [QueryKind] = []

  func validate() throws {
    guard rounds >= 1 else { throw ValidationError("--rounds must be at least 1") }
  }

  /// The options as arguments of a child process.
  var arguments: [String] {
    ["--rounds", String(rounds)] + questions.flatMap { ["--question", $0.rawValue] }
      + kinds.flatMap { ["--kind", $0.rawValue] }
  }
}
