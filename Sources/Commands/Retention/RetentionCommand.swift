// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Plans of what may be disposed of.
struct RetentionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retention",
    abstract: "Plan what may be disposed of, and remove it.",
    discussion: """
      A plan lists the conversations that policies and labels let go, and what simulated ones would \
      let go. It deletes nothing. Whole conversations go, never parts of one. What a hold or a \
      review set of an open case keeps is counted and not listed. A run removes what a plan lists, \
      after it judged each conversation again. There is no other way to remove content.
      """,
    subcommands: [
      RetentionPlan.self, RetentionList.self, RetentionShow.self, RetentionApprove.self,
      RetentionRun.self, RetentionStatus.self, RetentionCertificate.self, RetentionUpdate.self,
      RetentionArm.self,
    ])
}
