// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Labels on conversations.
struct LabelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "label",
    abstract: "Set labels on conversations and take them away.",
    discussion: """
      A label is made with custody policy create --kind label. A conversation bears one label at \
      most. Where a label has a condition, a retention plan sets it on conversations without a \
      label, the oldest label first; it never replaces one.
      """,
    subcommands: [LabelAdd.self, LabelRemove.self, LabelList.self])
}
