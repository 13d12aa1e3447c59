// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Notices of holds.
struct NoticeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "notice",
    abstract: "Tell custodians of holds, and keep who answered.",
    discussion: """
      Notices are messages in a folder, for a mail program to take from there. What was issued to \
      whom, when, and the digest of the text stay on record, and so do the answers. Nobody is told \
      of a silent hold.
      """,
    subcommands: [NoticeSend.self, NoticeStatus.self, NoticeAcknowledge.self])
}

/// Which holds a command about notices looks at.
struct HoldChoice: ParsableArguments {
  @Argument(help: "The holds, by id or name; without any, all.") var holds: [String] = []
  @Option(
    name: .customLong("case"), help: ArgumentHelp("Only of this case.", valueName: "case"))
  var matter: String?

  /// The holds without repeats; all unknown names are told at once.
  func chosen(_ catalog: Catalog) throws -> [HoldRecord] {
    let matter = try self.matter.map { try catalog.matter($0) }
    guard !holds.isEmpty else { return try catalog.holds(of: matter) }
    return try catalog.holds(holds, in: matter)
  }
}
