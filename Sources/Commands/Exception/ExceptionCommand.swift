// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Failures and gaps of captures and holds.
struct ExceptionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exception",
    abstract: "Work through failures and gaps of captures and holds.",
    discussion: """
      What could not be taken in, what a source did not give, and where a hold cannot protect, is \
      an exception with a reason code, never a silence. It stays open until a person resolves it \
      with a reason.
      """,
    subcommands: [ExceptionList.self, ExceptionShow.self, ExceptionResolve.self])
}
