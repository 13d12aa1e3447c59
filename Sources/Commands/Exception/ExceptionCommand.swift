// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Failures and gaps of captures.
struct ExceptionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exception",
    abstract: "Work through failures and gaps of captures.",
    discussion: """
      What could not be taken in, and what a source did not give, is an exception with a reason \
      code, never a silence. It stays open until a person resolves it with a reason.
      """,
    subcommands: [ExceptionList.self, ExceptionShow.self, ExceptionResolve.self])
}
