// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Legal holds.
struct HoldCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold",
    abstract: "Set and release legal holds.",
    discussion: """
      A hold is a rule, not a list: it covers what is here and what will be captured later. Nothing \
      that a hold protects is removed. What cannot be decided for an item, such as the query on a \
      record that cannot be read, counts as held.
      """,
    subcommands: [
      HoldCreate.self, HoldList.self, HoldShow.self, HoldAdd.self, HoldRemove.self,
      HoldUpdate.self, HoldVerify.self, HoldRelease.self, HoldReinstate.self,
      NoticeCommand.self,
    ])
}
