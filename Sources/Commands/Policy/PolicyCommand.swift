// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Retention policies and labels.
struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "Make and change retention policies and labels.",
    discussion: """
      A policy says how long conversations in its scope are kept, when they are deleted, or both. A \
      label is the same for single conversations: a person sets it, or its condition does. A legal \
      hold comes before all of them; then retention wins over deletion, the longest retention wins, \
      what names somebody decides over what is for everyone, and the shortest deletion wins. A new \
      policy is simulated until it is switched on.
      """,
    subcommands: [
      PolicyCreate.self, PolicyList.self, PolicyShow.self, PolicyUpdate.self, PolicyLock.self,
      PolicyDelete.self,
    ])
}
