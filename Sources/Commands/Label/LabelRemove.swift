// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Takes a label away.
struct LabelRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Take a label from conversations.",
    discussion: discussion(
      """
      A conversation that bears another label keeps it. Where a conversation becomes due earlier by \
      it, that must be confirmed by the label's name, and is refused while the label is locked.
      """,
      statuses: .changing + [.notFound, .ambiguous, .denied, .confirm, .stale]))

  @Argument(help: "The label, by id or name.") var label: String
  @OptionGroup(title: "Conversations") var conversations: ConversationOptions
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConsentOptions
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    try changeLabels(
      of: label, isSet: false, conversations, LabelRun(command: Self.self, verb: .remove), consent,
      change, global, reason: reason.reason)
  }
}
